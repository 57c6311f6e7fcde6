"""The GitHub Actions target: valid by the published schema, sound to a linter, and run for real.

GitHub itself cannot run here: its runner's part is played by this file, and `gh` by a script that
keeps what it was asked.
"""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from onespec import __version__
from onespec.compiler.changes.labels import LABELS, label_id
from onespec.compiler.compile import compile_spec
from onespec.targets.github_actions.settings import GithubActionsSettings, Label
from onespec.targets.github_actions.target import GITHUB_ACTIONS

REPO = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
PATH = os.pathsep.join((str(BIN), os.environ["PATH"]))


def _workflow(example: str = "flights", **settings: object) -> str:
    plan = compile_spec(REPO / "examples" / example / "pipeline.yaml")
    (one,) = GITHUB_ACTIONS.emit(plan, GithubActionsSettings.model_validate(settings))
    return one.text


def _valid(path: Path) -> subprocess.CompletedProcess[str]:
    command = [BIN / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", path]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _audited(path: Path) -> subprocess.CompletedProcess[str]:
    command = [BIN / "zizmor", "--offline", "--persona", "pedantic", "--no-progress", path]
    return subprocess.run(command, capture_output=True, text=True, check=False)


SETTINGS: list[dict[str, Any]] = [
    {},
    {
        "project": "products/delays",
        "branch": "trunk",
        "fail_on": ["breaks-callers", "retrain"],
        "install": ["onespec[run] @ git+https://git.example.com/onespec@v1"],
        "lock_check": {"schedule": "30 4 * * 1", "prepare": ["make", "data"], "runs_on": "inside"},
    },
    {"lock_check": None},
]


@pytest.mark.parametrize("settings", SETTINGS)
def test_valid_by_the_published_schema_and_clean_to_the_linter(
    settings: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "onespec.yaml"
    path.write_text(_workflow(**settings))
    valid = _valid(path)
    assert valid.returncode == 0, valid.stdout
    audited = _audited(path)
    assert audited.returncode == 0, audited.stdout + audited.stderr


def test_what_is_wrong_with_a_workflow_is_found(tmp_path: Path) -> None:
    path = tmp_path / "onespec.yaml"
    path.write_text(_workflow().replace("runs-on:", "runs_on:"))
    assert "runs_on" in _valid(path).stdout
    path.write_text(_workflow().replace("actions/checkout@08c6903", "actions/checkout@v"))
    assert "unpinned-uses" in _audited(path).stdout
    path.write_text(_workflow().replace('"$BASE...HEAD"', "${{ github.head_ref }}"))
    assert "template-injection" in _audited(path).stdout


def test_what_github_would_evaluate_stays_text() -> None:
    asked = "${{ secrets.TOKEN }}"
    jobs = yaml.safe_load(_workflow(branch=asked, lock_check={"prepare": ["echo", asked]}))
    assert jobs["on"]["push"]["branches"] == ["${{ '${{' }} secrets.TOKEN }}"]
    assert "'${{ '${{' }} secrets.TOKEN }}'" in json.dumps(jobs["jobs"]["lock"])


def test_every_word_of_diff_can_be_refused() -> None:
    assert get_args(Label) == tuple(label_id(label) for label in LABELS[:-1])


def test_no_lock_check_no_clock() -> None:
    workflow = yaml.safe_load(_workflow(lock_check=None))
    assert "schedule" not in workflow["on"]
    assert [*workflow["jobs"]] == ["check", "changes"]


# --- what the steps do ----------------------------------------------------------------------


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository that holds examples/minimal in a folder, compiled and committed."""
    project = tmp_path / "products" / "returns"
    shutil.copytree(
        REPO / "examples" / "minimal",
        project,
        ignore=shutil.ignore_patterns(".onespec", "build", "__pycache__"),
    )
    spec = project / "pipeline.yaml"
    spec.write_text(
        spec.read_text() + "  github-actions: {project: products/returns, fail_on: [retrain]}\n"
    )
    _git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    _onespec(project, "compile")
    _git(tmp_path, "add", "--all")
    _git(tmp_path, "commit", "--quiet", "--message", "first")
    return tmp_path


def _git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=n", "-c", "user.email=e@example.com"]
    done = subprocess.run(
        ["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def _onespec(folder: Path, *words: str) -> None:
    command = [sys.executable, "-m", "onespec", *words]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def _committed(checkout: Path) -> dict[str, Any]:
    path = checkout / ".github" / "workflows" / "onespec-order-returns.yaml"
    return dict(yaml.safe_load(path.read_text()))


def _play(
    job: dict[str, Any], checkout: Path, known: dict[str, str]
) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """What GitHub's runner does with a step of a job, by the step's name."""

    def value(text: str) -> str:
        return re.sub(r"\$\{\{ (\S+) \}\}", lambda found: known[found[1]], text)

    variables = {name: text for name, text in known.items() if "." not in name}

    def run(name: str) -> subprocess.CompletedProcess[str]:
        (step,) = (s for s in job["steps"] if s.get("name") == name)
        told = {key: value(text) for key, text in step.get("env", {}).items()}
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", value(step["run"])],
            cwd=checkout / job["defaults"]["run"]["working-directory"],
            env={**os.environ, "PATH": PATH, **told, **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.mark.slow
def test_the_steps_of_a_pull_request(checkout: Path, tmp_path: Path) -> None:
    base = _git(checkout, "rev-parse", "HEAD")
    job = _committed(checkout)["jobs"]
    check = _play(job["check"], checkout, {})
    assert check("The spec is right").returncode == 0
    assert check("The emitted files are those of the spec").returncode == 0

    spec = checkout / "products" / "returns" / "pipeline.yaml"
    spec.write_text(spec.read_text().replace("windows: [90d]", "windows: [60d]"))
    _git(checkout, "commit", "--quiet", "--all", "--message", "second")
    stale = check("The emitted files are those of the spec")
    assert stale.returncode == 1
    assert "+" in stale.stdout
    assert "out of date" in stale.stderr

    asked = tmp_path / "asked"
    gh = tmp_path / "bin" / "gh"
    gh.parent.mkdir()
    gh.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$*" >> "{asked}"\ncase "$*" in *--jq*) cat ids;; esac\n'
    )
    gh.chmod(gh.stat().st_mode | stat.S_IXUSR)
    known = {
        "github.event.pull_request.base.sha": base,
        "github.event.pull_request.number": "7",
        "github.token": "t",
        "runner.temp": str(tmp_path),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "GITHUB_REPOSITORY": "acme/products",
        "PATH": f"{gh.parent}{os.pathsep}{PATH}",
    }
    ids = checkout / "products" / "returns" / "ids"
    changes = _play(job["changes"], checkout, known)
    done = changes("Tell what changes")
    assert done.returncode == 0, done.stderr
    comment = (tmp_path / "onespec.md").read_text()
    assert comment.startswith("<!-- onespec order-returns -->\n### onespec diff\n")
    assert "| model `will_return` |" in comment
    assert "retrain" in comment
    assert (tmp_path / "summary.md").read_text() == comment
    assert changes("None of: retrain").returncode == 1
    for known_ids, wanted in (("", "--method POST"), ("12\n34\n", "comments/34")):
        ids.write_text(known_ids)
        assert changes("Say it on the pull request").returncode == 0
        assert wanted in asked.read_text().splitlines()[-1]
    assert f"body=@{tmp_path / 'onespec.md'}" in asked.read_text()


@pytest.mark.slow
def test_the_pull_request_that_adds_the_spec(checkout: Path, tmp_path: Path) -> None:
    _git(checkout, "checkout", "--quiet", "--orphan", "before")
    _git(checkout, "rm", "--quiet", "--force", "-r", "--cached", ".")
    _git(checkout, "commit", "--quiet", "--allow-empty", "--message", "empty")
    base = _git(checkout, "rev-parse", "HEAD")
    known = {
        "github.event.pull_request.base.sha": base,
        "runner.temp": str(tmp_path),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
    }
    job = _committed(checkout)["jobs"]["changes"]
    done = _play(job, checkout, known)("Tell what changes")
    assert done.returncode == 0, done.stderr
    assert _play(job, checkout, known)("None of: retrain").returncode == 0
    assert "adds the spec" in (tmp_path / "onespec.md").read_text()


@pytest.mark.slow
def test_the_scheduled_lock_check(checkout: Path) -> None:
    name = "The sources still have the columns that the spec was checked with"
    lock = _play(_committed(checkout)["jobs"]["lock"], checkout, {})
    assert lock(name).returncode == 0
    orders = checkout / "products" / "returns" / "data" / "orders.csv"
    orders.write_text(orders.read_text().replace("amount", "sum", 1))
    found = lock(name)
    assert found.returncode == 1
    assert "::error" in found.stdout
    assert "amount" in found.stdout


def test_onespec_is_installed_at_the_version_that_compiled() -> None:
    jobs = yaml.safe_load(_workflow())["jobs"]
    told = [step["run"] for job in jobs.values() for step in job["steps"] if "Install" in str(step)]
    assert {words.split()[-1].strip("'") for words in told} == {
        f"onespec=={__version__}",
        f"onespec[run]=={__version__}",
    }


# --- where it lies --------------------------------------------------------------------------


def test_it_lies_where_github_looks_and_leaves_others_alone(checkout: Path) -> None:
    workflows = checkout / ".github" / "workflows"
    (workflows / "mine.yaml").write_text("on: push")
    project = checkout / "products" / "returns"
    other = checkout / "products" / "other"
    shutil.copytree(project, other)
    spec = other / "pipeline.yaml"
    spec.write_text(spec.read_text().replace("name: order-returns", "name: others"))
    _onespec(other, "compile", "-t", "github-actions")
    assert sorted(path.name for path in workflows.iterdir()) == [
        "mine.yaml",
        "onespec-order-returns.manifest.json",
        "onespec-order-returns.yaml",
        "onespec-others.manifest.json",
        "onespec-others.yaml",
    ]
    _onespec(project, "compile", "--check")


@pytest.mark.parametrize("project", ["/srv/product", "../product"])
def test_a_project_outside_the_repository_is_refused(project: str) -> None:
    plan = compile_spec(REPO / "examples" / "minimal" / "pipeline.yaml")
    (one,) = GITHUB_ACTIONS.check(plan, GithubActionsSettings(project=project))
    assert (one.code, one.at) == ("E602", ("targets", "github-actions", "project"))
