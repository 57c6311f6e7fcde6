"""Compiling all environments of a spec into one bundle."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from onespec.cli.main import cli
from onespec.specs.diagnostic import SpecError

from .minimal import call, copy_minimal

ENVIRONMENTS = """
  kubernetes:
    image: registry.example.com/order-returns:1.0.0@sha256:{digest}
environments:
  staging: {{targets.kubernetes.namespace: staging}}
  prod: {{deploy.api.online.port: 9000}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The minimal example with two environments, for Ray and for Kubernetes."""
    copy_minimal(tmp_path)
    spec = tmp_path / "pipeline.yaml"
    text = spec.read_text()
    assert "kubernetes" not in text
    spec.write_text(text.rstrip("\n") + ENVIRONMENTS.format(digest="0" * 64))
    return tmp_path


def _compile(project: Path, *words: str) -> dict[str, str]:
    """The files of the Kubernetes bundle."""
    done = call("compile", project, "-t", "kubernetes", "-o", project / "out", *words)
    assert done.code == 0, done.told
    folder = project / "out" / "kubernetes"
    return {
        p.relative_to(folder).as_posix(): p.read_text() for p in folder.rglob("*") if p.is_file()
    }


def _edit(project: Path, old: str, new: str) -> None:
    spec = project / "pipeline.yaml"
    assert spec.read_text().count(old) == 1
    spec.write_text(spec.read_text().replace(old, new))


def _refused(project: Path) -> SpecError:
    words = ["compile", str(project), "-o", str(project / "out")]
    error = CliRunner().invoke(cli, words, standalone_mode=False).exception
    assert isinstance(error, SpecError), error
    assert not (project / "out").exists()
    return error


def test_each_environment_has_an_overlay_over_one_base(project: Path) -> None:
    files = _compile(project)
    assert {path.split("/")[1] for path in files if path.startswith("overlays/")} == {
        "staging",
        "prod",
    }
    assert "9000" in files["overlays/prod/api-service-patch.yaml"]
    assert 'namespace: "staging"' in files["overlays/staging/kustomization.yaml"]
    assert "9000" not in files["base/api-service.yaml"]


def test_an_environment_that_is_named_is_the_base(project: Path) -> None:
    _compile(project)
    files = _compile(project, "-e", "prod")
    assert not any(path.startswith("overlays/") for path in files), "and the overlays are stale"
    assert "9000" in files["base/api-service.yaml"]


def test_an_overlay_that_is_out_of_date_is_told(project: Path) -> None:
    _compile(project)
    words = ("compile", project, "-t", "kubernetes", "-o", project / "out", "--check")
    assert call(*words).code == 0
    _edit(project, "9000", "9001")
    done = call(*words)
    assert done.code == 1
    assert "overlays/prod/api-service-patch.yaml" in done.output


def test_what_is_wrong_in_an_environment_bears_its_name(project: Path) -> None:
    _edit(
        project,
        "deploy.api.online.port: 9000",
        "deploy.api.resources: {replicas: {min: 2, max: 2}}",
    )
    (found,) = _refused(project).diagnostics
    assert found.code == "E611"
    assert found.message.startswith("environment `prod`: target `kubernetes`: `api` has 2 replicas")
    assert found.span is not None
    assert "min: 2" in (project / "pipeline.yaml").read_text().splitlines()[found.span.line - 1]


def test_only_the_environments_that_are_named_get_an_overlay(project: Path) -> None:
    _edit(project, "  kubernetes:\n", "  kubernetes:\n    overlays: [prod]\n")
    files = _compile(project)
    assert {path.split("/")[1] for path in files if path.startswith("overlays/")} == {"prod"}


def test_an_unknown_environment_is_refused_at_its_line(project: Path) -> None:
    _edit(project, "  kubernetes:\n", "  kubernetes:\n    overlays: [prd]\n")
    (found,) = _refused(project).diagnostics
    assert found.code == "E602"
    assert found.label == "did you mean `prod`?"
    assert found.span is not None
    assert "overlays" in (project / "pipeline.yaml").read_text().splitlines()[found.span.line - 1]


def test_other_targets_are_compiled_without_environments(project: Path) -> None:
    _edit(project, "deploy.api.online.port: 9000", "sources.orders.path: 7")
    done = call("compile", project, "-t", "ray", "-o", project / "out")
    assert done.code == 0, done.told
