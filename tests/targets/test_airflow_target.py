"""The Airflow target without an Airflow: what its files say, import, and leave alone."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from onespec.compiler.compile import compile_spec
from onespec.compiler.plan import MAIN_JOB, Plan
from onespec.targets.airflow.flows import flows
from onespec.targets.airflow.settings import AirflowSettings
from onespec.targets.airflow.target import AIRFLOW
from onespec.targets.asks import is_monitor

REPO = Path(__file__).parents[2]
POD = {"image": "registry.example.com/product:1", "claim": "state", "secret": "stores"}
EVERYTHING: dict[str, Any] = {
    "schedule": "0 1 * * *",
    "project": "/srv/product",
    "state": "/state",
    "owner": "ops",
    "pool": "onespec",
    "callbacks": {"failure": "alerts.pager:page", "retry": "alerts.chat:tell"},
}
SETTINGS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "everything": EVERYTHING,
    "virtualenv": {"run_in": {"virtualenv": "/opt/onespec"}, "training_schedule": "0 3 * * 0"},
    "pods": {**EVERYTHING, "run_in": {"kubernetes_pod": POD}},
    "ray": {"run_in": {"ray": {"address": "ray://head:10001", "virtualenv": "/opt/onespec"}}},
}


@pytest.fixture(scope="module")
def plan() -> Plan:
    return compile_spec(REPO / "examples" / "flights" / "pipeline.yaml")


def emit(plan: Plan, **told: Any) -> dict[str, str]:
    settings = AirflowSettings.model_validate({"bundle": "build/airflow", **told})
    return {a.path: a.text for a in AIRFLOW.emit(plan, settings) if a.path.endswith(".py")}


@pytest.mark.parametrize("name", SETTINGS)
def test_files_are_formatted_and_pass_the_linter(name: str, plan: Plan, tmp_path: Path) -> None:
    for path, text in emit(plan, **SETTINGS[name]).items():
        (tmp_path / path).write_text(text, "utf-8")
    (tmp_path / "control.py").write_text("import os\nx = 'a'\n")
    # The oldest Python of Airflow 3.3.
    ruff = (sys.executable, "-m", "ruff")
    lint = [*ruff, "check", "--isolated", "--target-version", "py310", "--output-format", "concise"]
    found = subprocess.run([*lint, tmp_path], capture_output=True, text=True, check=False)
    assert {line.split(":")[0].rpartition("/")[2] for line in found.stdout.splitlines()[:-2]} == {
        "control.py"
    }, found.stdout
    form = [*ruff, "format", "--isolated", "--check", tmp_path]
    told = subprocess.run(form, capture_output=True, text=True, check=False).stdout
    assert "control.py" in told
    assert "1 file would be reformatted" in told


def imported(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("name", SETTINGS)
def test_files_import_airflow_and_the_standard_library(name: str, plan: Plan) -> None:
    for path, text in emit(plan, **SETTINGS[name]).items():
        modules = {module.partition(".")[0] for module in imported(text)}
        assert modules - {"airflow"} <= sys.stdlib_module_names, path
        assert "airflow" in modules


@pytest.mark.parametrize("name", SETTINGS)
def test_nothing_is_read_when_a_file_is_imported(name: str, plan: Plan) -> None:
    """Only names, literals, classes and functions stand at the top, and calls that make values."""
    for path, text in emit(plan, **SETTINGS[name]).items():
        calls = {
            ast.unparse(call.func)
            for statement in ast.parse(text).body
            if not isinstance(statement, ast.FunctionDef | ast.ClassDef)
            for call in ast.walk(statement)
            if isinstance(call, ast.Call)
        }
        values = {"Path", "Path(__file__).resolve", "str", "datetime", "timedelta"}
        made = {"DAG", "TaskGroup", "Param", "Asset", "CronDataIntervalTimetable", "step"}
        tasks = {"AnythingToDo", "Alert", "dag.get_task"}
        assert calls <= values | made | tasks, path


def test_the_dags_hold_every_step_once_for_each_job(plan: Plan) -> None:
    found = flows(plan)
    main = {s.id for f in found if f.kind not in ("monitor", "retraining") for s in f.steps}
    assert main == set(plan.job(MAIN_JOB).steps)
    for job in plan.jobs:
        if is_monitor(job):
            (flow,) = [f for f in found if f.dag_id == f"flight-delays_monitor_{job.name}"]
            assert tuple(step.id for step in flow.steps) == job.steps
            assert flow.schedule == job.schedule


def test_each_dag_holds_what_its_steps_stand_on(plan: Plan) -> None:
    for flow in flows(plan):
        here = {step.id for step in flow.steps}
        for step in flow.steps:
            assert {*step.inputs, *step.guards} <= here


def test_what_starts_a_dag_is_made_by_another(plan: Plan) -> None:
    found = flows(plan, schedule="0 1 * * *")
    made = {asset for f in found for _, asset in f.outlets} | {f.alerts for f in found}
    started = {flow.dag_id: flow.assets for flow in found if not flow.schedule}
    assert set(started) == {"flight-delays_training", "flight-delays_retraining_late_arrival"}
    assert all(assets and set(assets) <= made for assets in started.values())
    weekly = flows(plan, schedule="0 1 * * *", training="0 3 * * 0")
    assert [f.assets for f in weekly if f.kind == "training"] == [()]


def test_a_batch_without_a_schedule_waits_for_a_champion() -> None:
    plan = compile_spec(REPO / "examples" / "flights" / "pipeline.yaml")
    from dataclasses import replace

    jobs = tuple(replace(j, schedule=None) if j.name == "nightly" else j for j in plan.jobs)
    (flow,) = [f for f in flows(replace(plan, jobs=jobs)) if f.kind == "batch"]
    assert flow.assets == ("flight-delays/model/late_arrival",)


@pytest.mark.parametrize("name", ["everything", "pods"])
def test_hostile_settings_stay_literals(name: str, plan: Plan) -> None:
    """Nested settings, too: the text is a constant of the program, and nothing else changes."""
    hostile = "a'\"\n{{ 7*7 }}\\"
    benign = SETTINGS[name] | {"tags": ["benign"], "owner": "benign", "state": "/benign"}
    if name == "pods":
        benign["run_in"] = {"kubernetes_pod": {**POD, "image": "benign", "secret": "benign"}}
    wild = yaml.safe_load(yaml.safe_dump(benign).replace("benign", "WILD"))

    def put(value: Any) -> Any:
        match value:
            case dict():
                return {k: put(v) for k, v in value.items()}
            case list():
                return [put(v) for v in value]
            case str():
                return value.replace("WILD", hostile)
        return value

    def tree(text: str, said: str) -> str:
        found = ast.parse(text)
        for node in ast.walk(found):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                node.value = node.value.replace(said, "SAID")
        return ast.dump(found)

    one, other = emit(plan, **benign), emit(plan, **put(wild))
    assert [tree(t, "benign") for t in one.values()] == [tree(t, hostile) for t in other.values()]
    assert all("SAID" in tree(text, hostile) for text in other.values())


@pytest.mark.parametrize(
    "told",
    [
        {"run_in": {}},
        {"run_in": {"virtualenv": "/opt", "ray": {"address": "a"}}},
        {"callbacks": {"failure": "os; import sys"}},
        {"callbacks": {"failure": "no_colon"}},
        {"retries": -1},
        {"timeout": 0},
    ],
)
def test_bad_settings_are_refused(told: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - pydantic's, which names the field
        AirflowSettings.model_validate(told)


def test_gpus_take_slots_of_a_pool(plan: Plan) -> None:
    from dataclasses import replace

    from onespec.compiler.plan import Resources

    steps = tuple(
        replace(s, resources=Resources(2.0, 4 << 30, 1.5)) if s.kind == "train" else s for s in plan
    )
    bigger = replace(plan, steps=steps)
    training = emit(bigger, gpu_pool="h100")["flight_delays_training.py"]
    assert training.count('pool="h100"') == training.count("pool_slots=2") == 1
    pods = emit(bigger, **SETTINGS["pods"])["flight_delays_training.py"]
    assert '"limits": {"memory": "4294967296", "nvidia.com/gpu": "2"}' in pods
    assert '"requests": {"cpu": "2", "memory": "4294967296", "nvidia.com/gpu": "2"}' in pods
