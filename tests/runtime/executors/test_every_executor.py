"""The same plan, the same keys and the same bytes, whatever runs it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from onespec.compiler.plan import Resources
from onespec.runtime.engine import run
from onespec.runtime.errors import StepError
from onespec.runtime.events import Event, RunResult, StepRetried
from onespec.runtime.executors import EXECUTORS, make_executor
from onespec.runtime.executors.executor import Executor
from onespec.runtime.executors.inline import InlineExecutor
from onespec.runtime.open import place_of

sys.path.insert(0, str(Path(__file__).parent))
import fake_steps
from fake_steps import diamond, fake_plan, fake_step, journal, library


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """One local cluster for the module, with a GPU that is not there."""
    ray = pytest.importorskip("ray")
    from onespec.runtime.executors.ray_cluster import start_local, stop_local

    folder = start_local(num_cpus=2, num_gpus=1)
    ray.cloudpickle.register_pickle_by_value(fake_steps)
    yield ray
    ray.cloudpickle.unregister_pickle_by_value(fake_steps)
    stop_local(folder)
    assert not folder.exists()


@pytest.fixture(
    params=[pytest.param(n, marks=pytest.mark.ray if n == "ray" else ()) for n in EXECUTORS]
)
def executor(request: pytest.FixtureRequest) -> Executor:
    if request.param == "ray":
        request.getfixturevalue("cluster")
    return make_executor(request.param)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "data.txt").write_text("first")
    return tmp_path


def go(
    project: Path, plan: Any, executor: Executor, events: list[Event] | None = None
) -> RunResult:
    told = events if events is not None else []
    return run(plan, place_of(plan, project), executor, library=library, on_event=told.append)


def test_same_keys_and_same_bytes(
    executor: Executor, project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    reference = tmp_path_factory.mktemp("reference")
    (reference / "data.txt").write_text("first")
    expected = go(reference, diamond(), InlineExecutor())
    result = go(project, diamond(), executor)
    assert result.state == expected.state == "done"
    assert {i: s.key for i, s in result.steps.items()} == {
        i: s.key for i, s in expected.steps.items()
    }
    assert {i: s.value for i, s in result.steps.items()} == {
        i: s.value for i, s in expected.steps.items()
    }
    assert sorted(journal(project)) == sorted(journal(reference))
    again = go(project, diamond(), executor)
    assert {s.state for s in again.steps.values()} == {"cached"}


def test_errors_arrive_whole(executor: Executor, project: Path) -> None:
    plan = fake_plan(
        fake_step("refuse", do="refuse"), fake_step("gate", do="gate"), fake_step("bug", do="fail")
    )
    result = go(project, plan, executor)
    assert {i: s.state for i, s in result.steps.items()} == {
        "refuse": "failed", "gate": "gate_failed", "bug": "failed",
    }  # fmt: skip
    refuse = result.steps["refuse"].error
    assert refuse is not None
    assert (refuse.message, refuse.remedy) == ("bad rows", "mend them")
    assert refuse.rows == ({"row": 1}, {"row": 2})
    bug = result.steps["bug"].error
    assert bug is not None
    assert bug.message == "ZeroDivisionError: a bug in a step"
    saved = Path(bug.remedy.removeprefix("the traceback is in "))
    assert "raise ZeroDivisionError" in saved.read_text()


@pytest.mark.ray
def test_independent_steps_run_side_by_side(cluster: Any, project: Path) -> None:
    events: list[Event] = []
    result = go(project, diamond(seconds=1.0), make_executor("ray"), events)
    names = [f"{type(e).__name__} {getattr(e, 'step_id', '')}" for e in events]
    assert names.index("StepStarted right") < names.index("StepFinished left")
    assert result.seconds < result.steps["left"].seconds + result.steps["right"].seconds + 0.8


@pytest.mark.ray
def test_steps_that_hold_a_device_share_it_in_actors(cluster: Any, project: Path) -> None:
    half = Resources(cpu=0.5, gpu=0.5)
    plan = fake_plan(
        fake_step("one", do="device", text="one", resources=half),
        fake_step("two", do="device", text="two", resources=half),
        fake_step("whole", do="device", text="whole", resources=Resources(cpu=1, gpu=1)),
        fake_step("none", do="device", text="none", resources=Resources(cpu=2)),
    )
    result = go(project, plan, make_executor("ray"))
    assert result.state == "done"
    facts = {i: s.facts for i, s in result.steps.items()}
    assert [facts[i]["gpus"] for i in facts] == [["0"], ["0"], ["0"], []]
    assert [facts[i]["actor"] for i in facts] == [True, True, True, False]
    assert facts["none"]["threads"] == "2"


@pytest.mark.ray
@pytest.mark.parametrize(
    ("resources", "told"),
    [
        (Resources(gpu=8), "big: it asks for 8 GPU \\(the largest node has 1 GPU\\)"),
        (Resources(gpu=1.5), "big: 1.5 GPUs; more than one must be a whole number"),
        (Resources(cpu=500), "big: it asks for 500 CPU"),
        (Resources(memory=1 << 50), "GiB of memory"),
        (Resources(gpu=1, accelerator="H100"), "big: it asks for an accelerator H100"),
    ],
)
def test_what_the_cluster_can_never_give_is_refused_before_anything_runs(
    cluster: Any, project: Path, resources: Resources, told: str
) -> None:
    first = fake_step("first")
    plan = fake_plan(first, fake_step("big", first, resources=resources))
    with pytest.raises(StepError, match=told):
        go(project, plan, make_executor("ray"))
    assert journal(project) == []
    # What is cached need not fit; resources are no part of a key.
    assert go(project, fake_plan(first, fake_step("big", first)), InlineExecutor()).state == "done"
    assert go(project, plan, make_executor("ray")).state == "done"


@pytest.mark.ray
def test_a_step_whose_worker_is_lost_is_tried_again(cluster: Any, project: Path) -> None:
    from onespec.runtime.executors.ray_executor import RayExecutor

    events: list[Event] = []
    plan = fake_plan(fake_step("dies", do="die_once"), fake_step("fine"))
    result = go(project, plan, RayExecutor(backoff=0.1), events)
    assert result.state == "done"
    assert [e.step_id for e in events if isinstance(e, StepRetried)] == ["dies"]
    (project / "died").unlink()
    again = fake_plan(fake_step("dies", do="die_once", text="again"))
    result = go(project, again, RayExecutor(retries=0))
    error = result.steps["dies"].error
    assert error is not None
    assert "could not be run in 1 attempts" in error.message


@pytest.mark.ray
def test_a_cluster_elsewhere_is_sent_the_project(cluster: Any, project: Path) -> None:
    address = cluster.get_runtime_context().gcs_address
    script = Path(__file__).parent / "run_diamond.py"
    command = [sys.executable, str(script), str(project), "ray", "0", address]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.splitlines()[-1:] == ["run done"], done.stderr
    # The steps wrote in their copy of the project, and published in the shared state.
    assert journal(project) == []
    result = go(project, diamond(), InlineExecutor())
    assert {s.state for s in result.steps.values()} == {"cached"}


@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1"])
def test_a_cluster_that_is_not_there_is_told(address: str) -> None:
    pytest.importorskip("ray")
    from onespec.runtime.executors.ray_cluster import connect

    with pytest.raises(StepError, match=f"cannot connect to the Ray cluster at {address}"):
        connect(address, None)


@pytest.mark.ray
def test_ray_listens_on_loopback_behind_a_token(cluster: Any) -> None:
    assert os.environ["RAY_AUTH_MODE"] == "token"
    token = Path(os.environ["RAY_AUTH_TOKEN_PATH"])
    assert token.stat().st_mode & 0o777 == 0o600
    assert {node["NodeManagerAddress"] for node in cluster.nodes()} == {"127.0.0.1"}
    heard = [local for local in listening() if local not in ("0100007F", LOOPBACK_IN_SIX)]
    assert heard == []


LOOPBACK_IN_SIX = "0000000000000000FFFF00000100007F"


def listening() -> list[str]:
    """The local addresses, as /proc writes them, where this process and its children listen."""
    children = subprocess.run(
        ["ps", "-e", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
    )
    ours = {os.getpid()}
    for line in sorted(children.stdout.splitlines(), key=lambda text: int(text.split()[0])):
        pid, parent = map(int, line.split())
        if parent in ours:
            ours.add(pid)
    sockets = {name for pid in ours for name in open_sockets(pid)}
    found = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                found.append(fields[1].partition(":")[0])
    assert len(found) > 5
    return found


def open_sockets(pid: int) -> set[str]:
    try:
        return {str(name.readlink()) for name in Path(f"/proc/{pid}/fd").iterdir()}
    except OSError:
        return set()
