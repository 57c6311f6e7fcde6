"""A real Airflow runs the DAG files: the same steps, keys and bytes as a run of onespec alone."""

from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest

from onespec.compiler.compile import compile_spec
from onespec.targets.airflow.settings import AirflowSettings
from onespec.targets.airflow.target import AIRFLOW

from .project import EXAMPLES, Project, keys_of
from .real_airflow import RealAirflow
from .test_parity import MEASURED

WAYS: dict[str, dict[str, Any]] = {
    "path": {},
    "virtualenv": {"run_in": {"virtualenv": "/opt/onespec"}},
    "pods": {
        "project": "/srv/project",
        "run_in": {"kubernetes_pod": {"image": "registry.example.com/product:1", "claim": "state"}},
    },
    "ray": {"run_in": {"ray": {"address": "ray://head:10001"}}},
}


@pytest.fixture(scope="module")
def emitted(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Path]:
    """The DAG files of each example, for each way of running steps."""
    folders = {}
    for example in sorted(p.parent.name for p in EXAMPLES.glob("*/pipeline.yaml")):
        plan = compile_spec(EXAMPLES / example / "pipeline.yaml")
        for way, told in WAYS.items():
            folder = tmp_path_factory.mktemp(f"{example}-{way}")
            base = plan.targets.get("airflow", {"schedule": "@daily"})
            settings = AirflowSettings.model_validate({**base, **told, "bundle": "build/airflow"})
            for artifact in AIRFLOW.emit(plan, settings):
                (folder / artifact.path).write_text(artifact.text, "utf-8")
            folders[example, way] = folder
    return folders


@pytest.mark.slow
def test_airflow_reads_every_file(
    emitted: dict[tuple[str, str], Path], airflow: RealAirflow, tmp_path: Path
) -> None:
    """No error and no warning; every step of the plan is a task after the steps it needs; nothing
    is a template. The last folder is the control: what is wrong in a file is seen."""
    (tmp_path / "broken.py").write_text(
        "import warnings\nfrom airflow.sdk import DAG\n"
        "warnings.warn('old', DeprecationWarning)\nDAG(nonsense=1)\n"
    )
    found = airflow.look([*emitted.values(), tmp_path])
    broken = found[tmp_path]
    assert "nonsense" in str(broken["errors"])
    assert "old" in str(broken["warnings"])
    for (example, way), folder in emitted.items():
        told = found[folder]
        assert (told["errors"], told["warnings"]) == ({}, []), (example, way)
        plan = compile_spec(EXAMPLES / example / "pipeline.yaml")
        tasks = [task for dag in told["dags"].values() for task in dag["tasks"].items()]
        assert {name for name, _ in tasks} - {"anything_to_do", "alert"} == {s.id for s in plan}
        for name, task in tasks:
            assert task["templated"] == []
            if name in ("anything_to_do", "alert"):
                continue
            step, needs = plan.step(name), {*task["needs"]}
            # Those of `after` count in a DAG that holds both.
            assert {*step.inputs, *step.guards} <= needs, name
            assert needs <= {*step.inputs, *step.guards, *step.after, "anything_to_do"}, name


@pytest.mark.slow
def test_pods_are_valid_and_restricted(
    emitted: dict[tuple[str, str], Path], airflow: RealAirflow
) -> None:
    """What Airflow's operator would send to Kubernetes, by Kubernetes' own schema."""
    pods = airflow.pods(emitted["flights", "pods"])
    assert len(pods) > 40
    for pod in pods:
        kubernetes_validate.validate(pod, "1.37", strict=True)
        spec, container = pod["spec"], pod["spec"]["containers"][0]
        assert container["image"] == "registry.example.com/product:1"
        assert container["command"] == ["onespec"]
        assert spec["automountServiceAccountToken"] is False
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["requests"]["cpu"] in ("1", "2")
        mounted = {one["mountPath"] for one in container["volumeMounts"]}
        assert mounted == {"/tmp", "/srv/project/.onespec"}
    pods[0]["spec"]["containers"][0]["volumeMount"] = []
    with pytest.raises(kubernetes_validate.ValidationError):  # the control
        kubernetes_validate.validate(pods[0], "1.37", strict=True)


@pytest.mark.slow
@pytest.mark.timeout(900)  # a process a step
def test_airflow_runs_what_onespec_runs(
    prepared: Project, inline: tuple[Project, Any], airflow: RealAirflow, tmp_path: Path
) -> None:
    """`airflow dags test` of the whole flights pipeline: features, training, batch."""
    project = prepared.copy(tmp_path / "project")
    project.call("compile", "-t", "airflow")
    dags = project.folder / "build" / "airflow"
    names = ("features", "training", "batch_nightly")
    dag_ids = [f"flight-delays_{name}" for name in names]
    done = airflow.test(dags, *dag_ids)
    for dag_id in dag_ids:
        (run,) = airflow.runs(dag_id)
        assert run.state == "success", f"{run}\n{done.out[-5000:]}\n{done.err[-5000:]}"
    reference, steps = inline
    keys = keys_of(steps)
    assert set(keys) == set(reference.plan().job("main").steps)
    alone, here = reference.values(keys), project.values(keys)
    for step_id in keys.keys() - MEASURED:
        assert here[step_id].files == alone[step_id].files, step_id
