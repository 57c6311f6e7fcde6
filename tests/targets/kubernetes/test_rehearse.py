"""What a rehearsal makes of manifests: the words of the containers, with folders for the mounts."""

from pathlib import Path
from typing import Any

import pytest

from onespec.compiler.compile import compile_spec
from onespec.targets.kubernetes.rehearse import rehearse
from onespec.targets.kubernetes.settings import KubernetesSettings
from onespec.targets.rehearsal import Act, Stage

FLIGHTS = Path(__file__).parents[3] / "examples" / "flights" / "pipeline.yaml"
IMAGE = "registry.example.com/flights:1@sha256:" + "0" * 64


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    project = tmp_path / "a $(project)"
    return Stage(project, tmp_path / "state", project / "build", tmp_path / "platform")


def _acts(stage: Stage, **settings: Any) -> tuple[Act, ...]:
    told = KubernetesSettings.model_validate({"image": IMAGE, **settings})
    return rehearse(compile_spec(FLIGHTS), told, stage).acts


def test_jobs_are_commands_with_the_stage_for_the_mounts(stage: Stage) -> None:
    main, nightly = _acts(stage)
    assert main.part == "base/main-cron-job.yaml"
    plan, project = str(stage.bundle / "base" / "plan.json"), str(stage.project)
    where = ("--project", project, "--state", str(stage.state))
    run = ("onespec", "run", plan, "--select")
    assert main.argv == (*run, "job:main", "--executor", "inline", *where)
    assert nightly.argv == (*run, "job:nightly", "--executor", "inline", *where)
    assert main.env["ONESPEC_STATE"] == str(stage.state)
    assert main.env["OMP_NUM_THREADS"] == "2"


def test_monitors_take_no_part(stage: Stage) -> None:
    assert not any("monitor" in act.argv for act in _acts(stage))


def test_the_cluster_of_a_ray_job_starts_with_it(stage: Stage) -> None:
    main, *_ = _acts(stage, kuberay=True)
    assert main.part.startswith("base/main-")
    words = dict(zip(main.argv, main.argv[1:], strict=False))
    assert (words["--executor"], words["--select"]) == ("ray", "job:main")
    assert not {"--address", "--wait-for-nodes", "auto", "15m"} & set(main.argv)
    assert words["--project"] == str(stage.project)
