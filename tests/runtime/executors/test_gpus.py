"""Steps on GPUs that are only said to be there: who gets which, where, and who gets none."""

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from onespec.compiler.plan import Estimator, Feature, Resources, TrainParams
from onespec.runtime import devices, needed_libraries
from onespec.runtime.devices import Device, choose_device, is_of_type, place_here, visible_gpus
from onespec.runtime.engine import run
from onespec.runtime.errors import StepError
from onespec.runtime.events import Event, RunResult, StepFellBack, StepRetried
from onespec.runtime.executors.executor import Executor
from onespec.runtime.executors.inline import InlineExecutor
from onespec.runtime.executors.ray_executor import RayExecutor
from onespec.runtime.open import place_of
from onespec.runtime.single import run_single

sys.path.insert(0, str(Path(__file__).parent))
import fake_steps
from fake_steps import fake_plan, fake_step, journal, library

H100 = Resources(cpu=0.5, gpu=1, accelerator="H100")
HALF = Resources(cpu=0.5, gpu=0.5)
A100 = Resources(cpu=0.5, gpu=1, accelerator="A100")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two nodes, each a Ray node process of its own; only the second one has GPUs."""
    ray = pytest.importorskip("ray")
    from ray.cluster_utils import Cluster

    _forget_the_local_cluster()
    nodes = Cluster(
        initialize_head=True,
        head_node_args={"num_cpus": 1, "num_gpus": 0, "include_dashboard": False},
    )
    try:
        nodes.add_node(num_cpus=2, num_gpus=2, resources={"accelerator_type:H100": 1})
        ray.init(address=nodes.address, log_to_driver=False, logging_level="error")
        ray.cloudpickle.register_pickle_by_value(fake_steps)
        yield ray
        ray.cloudpickle.unregister_pickle_by_value(fake_steps)
    finally:
        ray.shutdown()
        nodes.shutdown()


def _forget_the_local_cluster() -> None:
    """An earlier test may have told Ray in this process that there will never be a second node."""
    os.environ.pop("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", None)
    core: Any = import_module("ray._raylet")
    core.Config.initialize("")
    core.AuthenticationTokenLoader.instance().reset_cache()
    constants: Any = import_module("ray._private.ray_constants")
    constants.ENABLE_RAY_CLUSTER = True


def go(project: Path, plan: Any, executor: Executor) -> tuple[RunResult, list[Event]]:
    events: list[Event] = []
    found = run(plan, place_of(plan, project), executor, library=library, on_event=events.append)
    return found, events


def device(name: str, resources: Resources, *before: Any) -> Any:
    return fake_step(name, *before, do="device", text=name, resources=resources)


@pytest.mark.ray
def test_each_step_gets_the_device_that_it_asks_for_where_that_is(
    cluster: Any, tmp_path: Path
) -> None:
    first = device("one", HALF)
    plan = fake_plan(
        first,
        device("two", HALF),
        device("typed", H100),
        # Both GPUs are whole again: the actors have given them back.
        device("both", Resources(cpu=1, gpu=2), first),
        device("none", Resources(cpu=0.5)),
    )
    result, events = go(tmp_path, plan, RayExecutor())
    assert result.state == "done"
    facts = {step_id: step.facts for step_id, step in result.steps.items()}
    shared = {*facts["one"]["gpus"], *facts["two"]["gpus"]}
    assert len(facts["one"]["gpus"]) == len(facts["two"]["gpus"]) == 1
    assert shared <= {"0", "1"}
    assert len(facts["typed"]["gpus"]) == 1
    assert sorted(facts["both"]["gpus"]) == ["0", "1"]
    assert facts["none"]["gpus"] == []
    assert [facts[name]["actor"] for name in plan_ids(plan)] == [True, True, True, True, False]
    with_gpus = {node["NodeID"] for node in cluster.nodes() if node["Resources"].get("GPU")}
    assert {facts[name]["node"] for name in ("one", "two", "typed", "both")} == with_gpus
    assert len(with_gpus) == 1
    assert not [event for event in events if isinstance(event, StepFellBack)]


@pytest.mark.ray
def test_halves_share_one_device_at_the_same_time(cluster: Any, tmp_path: Path) -> None:
    """Four halves on two GPUs: none of them waits for another to end."""
    quarter = replace(HALF, cpu=0.25)
    halves = [fake_step(f"half{i}", do="meet", text="4", resources=quarter) for i in range(4)]
    result, _ = go(tmp_path, fake_plan(*halves), RayExecutor())
    assert result.state == "done", [step.error for step in result.steps.values()]


@pytest.mark.ray
def test_without_such_a_gpu_nothing_runs(cluster: Any, tmp_path: Path) -> None:
    first = fake_step("first")
    plan = fake_plan(first, fake_step("big", first, resources=A100))
    with pytest.raises(StepError, match="big: it asks for an accelerator A100") as caught:
        go(tmp_path, plan, RayExecutor())
    assert "`fallback: cpu`" in caught.value.remedy
    assert journal(tmp_path) == []


@pytest.mark.ray
def test_with_a_fallback_the_step_runs_on_the_cpu_and_says_so(cluster: Any, tmp_path: Path) -> None:
    lacking = device("lacking", replace(A100, fallback="cpu"))
    has = device("has", replace(H100, fallback="cpu"), lacking)
    result, events = go(tmp_path, fake_plan(lacking, has), RayExecutor())
    assert result.state == "done"
    facts = {step_id: step.facts for step_id, step in result.steps.items()}
    assert (facts["lacking"]["gpus"], facts["lacking"]["actor"]) == ([], False)
    assert facts["lacking"]["device"] == "cpu"
    assert "accelerator A100" in facts["lacking"]["fallback"]
    assert len(facts["has"]["gpus"]) == 1, "a fallback that was not needed"
    assert "fallback" not in facts["has"]
    told = [event for event in events if isinstance(event, StepFellBack)]
    assert [event.step_id for event in told] == ["lacking"]
    assert told[0].reason == facts["lacking"]["fallback"]
    assert in_ledger(tmp_path, fake_plan(lacking, has))["lacking"]["fallback"] == told[0].reason
    # What was made without is used again, and still says so.
    again, _ = go(tmp_path, fake_plan(lacking, has), RayExecutor())
    assert {step.state for step in again.steps.values()} == {"cached"}
    assert again.steps["lacking"].facts["fallback"] == told[0].reason


@pytest.mark.ray
def test_a_fallback_is_for_the_gpu_alone(cluster: Any, tmp_path: Path) -> None:
    plan = fake_plan(fake_step("big", resources=replace(A100, cpu=500, fallback="cpu")))
    with pytest.raises(StepError, match="500 CPU"):
        go(tmp_path, plan, RayExecutor())


@pytest.mark.ray
def test_a_killed_actor_is_replaced_and_gives_its_device_back(cluster: Any, tmp_path: Path) -> None:
    whole = Resources(cpu=0.5, gpu=2)
    plan = fake_plan(fake_step("dies", do="die_once", resources=whole), device("after", whole))
    result, events = go(tmp_path, plan, RayExecutor(backoff=0.1))
    assert result.state == "done"
    assert [e.step_id for e in events if isinstance(e, StepRetried)] == ["dies"]
    assert journal(tmp_path).count("dies") == 1


# --- one process, without Ray ---


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The GPUs of this machine, as far as the test says."""
    names: list[str] = []
    monkeypatch.setattr(devices, "visible_gpus", lambda: tuple(names))
    return names


def test_one_process_uses_the_gpus_that_it_sees(tmp_path: Path, seen: list[str]) -> None:
    plan = fake_plan(fake_step("first"), fake_step("big", resources=H100))
    with pytest.raises(StepError, match="big: it asks for 1 GPU of type H100, and there is none"):
        go(tmp_path, plan, InlineExecutor())
    assert journal(tmp_path) == []
    seen.append("NVIDIA H100 80GB HBM3")
    result, events = go(tmp_path, plan, InlineExecutor())
    assert result.state == "done"
    assert "fallback" not in result.steps["big"].facts
    assert not [event for event in events if isinstance(event, StepFellBack)]


def test_one_process_falls_back_visibly(tmp_path: Path, seen: list[str]) -> None:
    seen.append("Tesla T4")
    plan = fake_plan(fake_step("big", resources=replace(H100, fallback="cpu")))
    result, events = go(tmp_path, plan, InlineExecutor())
    reason = "it asks for 1 GPU of type H100, and there is Tesla T4"
    assert result.steps["big"].facts["fallback"] == reason
    assert [e.reason for e in events if isinstance(e, StepFellBack)] == [reason]


def test_a_step_on_its_own_is_placed_as_in_a_run(tmp_path: Path, seen: list[str]) -> None:
    strict = fake_plan(fake_step("big", resources=H100))
    result = run_single(strict, "big", place_of(strict, tmp_path), library=library)
    assert result.state == "failed"
    assert journal(tmp_path) == []
    loose = fake_plan(fake_step("big", resources=replace(H100, fallback="cpu")))
    result = run_single(loose, "big", place_of(loose, tmp_path), library=library)
    assert result.state == "done"
    assert "there is none" in result.facts["fallback"]
    assert in_ledger(tmp_path, loose)["big"]["device"] == "cpu"


def test_a_library_that_cannot_use_the_gpu() -> None:
    held = Resources(gpu=1)
    assert choose_device(Resources(), lambda: "never asked") == Device("cpu")
    assert choose_device(held, lambda: "") == Device("cuda")
    with pytest.raises(StepError, match="a GPU that it cannot use: built for CPUs"):
        choose_device(held, lambda: "built for CPUs")
    told = choose_device(replace(held, fallback="cpu"), lambda: "built for CPUs")
    assert told == Device("cpu", "built for CPUs")


@pytest.mark.parametrize(
    ("name", "accelerator", "same"),
    [
        ("NVIDIA H100 80GB HBM3", "H100", True),
        ("NVIDIA H200", "H100", False),
        ("NVIDIA A100-SXM4-40GB", "A100", True),
        ("NVIDIA A100-SXM4-40GB", "A100-40G", True),
        ("NVIDIA A100-SXM4-80GB", "A100-40G", False),
        ("NVIDIA L40S", "L4", False),
        ("Tesla T4", "T4", True),
    ],
)
def test_the_type_of_a_gpu(name: str, accelerator: str, same: bool) -> None:
    assert is_of_type(name, accelerator) is same


def test_gpus_are_counted_as_torch_counts_them() -> None:
    torch = pytest.importorskip("torch")
    assert len(visible_gpus()) >= torch.cuda.device_count()


def test_no_driver_is_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: str) -> Any:
        raise OSError("libcuda.so.1: cannot open shared object file")

    monkeypatch.setattr(devices.ctypes, "CDLL", missing)
    assert visible_gpus() == ()
    assert place_here([fake_step("plain")]) == {}


def test_a_missing_library_is_told_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = Feature("a.b", "float", True, "a", "b")
    network = Estimator("onespec.torch.MLP", "torch", {})
    params = TrainParams("digit", "regression", (number,), network, 0)
    plan = fake_plan(fake_step("first"), replace(fake_step("train"), params=params))
    monkeypatch.setattr(needed_libraries, "find_spec", lambda _: None)
    made, place = fake_steps.Make, place_of(plan, tmp_path)
    with pytest.raises(StepError, match="train cannot run: torch and safetensors are not") as told:
        run(plan, place, InlineExecutor(), library=lambda _: made)
    assert told.value.remedy == "`pip install 'onespec[torch]'`; nothing was run"
    assert journal(tmp_path) == []
    result = run_single(plan, "train", place, library=lambda _: made)
    assert result.error is not None
    assert "not installed" in result.error.message


def plan_ids(plan: Any) -> list[str]:
    return [step.id for step in plan]


def in_ledger(project: Path, plan: Any) -> Mapping[str, Mapping[str, Any]]:
    """The facts of the steps of the newest run."""
    with place_of(plan, project).open(plan) as workspace:
        newest = workspace.ledger.runs(1)[0]
        return {s.step_id: s.facts for s in workspace.ledger.run_steps(newest.run_id)}
