"""One plan, three ways: in one process, on Ray, and a process for each step."""

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import pytest

from onespec.compiler.plan import Plan
from onespec.runtime.value import Value

from .project import Project, keys_of, of_state

pytestmark = [pytest.mark.ray, pytest.mark.slow]

# The latency of a model is measured, and a gate tells what was measured; nothing else may differ.
MEASURED = {"probe.late_arrival", "gate.late_arrival"}
LATENCIES = ("latency_p50", "latency_p99")
LATENCY_GATE = "serving.latency_p99 <= 5s"
AT_ONCE = 2


@dataclass(frozen=True)
class Way:
    """A way to run the plan: what it yielded, and what the ledger then knew."""

    keys: dict[str, str]
    values: dict[str, Value]
    versions: list[tuple[Any, ...]]
    online: dict[str, str | None]


def way(project: Project, keys: dict[str, str]) -> Way:
    with project.workspace() as workspace:
        versions = [
            (v.model, v.version, v.value_key, v.evaluation_key, v.aliases)
            for v in workspace.ledger.versions()
        ]
        views = [view.name for view in project.plan().endpoint("api").views]
        online = {name: workspace.online.generation(name) for name in views}
    return Way(keys, project.values(keys), versions, online)


def step_by_step(project: Project, plan: Plan) -> dict[str, str]:
    """Each step a process of its own, as a target would call it: all that can run does."""
    waiting = {step.id: step for step in plan if step.id in plan.job("main").steps}
    done: set[str] = set()
    flying: dict[Future[Any], str] = {}
    # A job's steps keep the job's order where one comes after another.
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while waiting or flying:
            ready = [
                step.id
                for step in waiting.values()
                if done.issuperset((*step.inputs, *step.guards, *step.after))
            ]
            for step_id in ready:
                del waiting[step_id]
                words = ("step", "build/ray/plan.json", step_id, "--project", ".")
                flying[pool.submit(project.call, *words)] = step_id
            finished, _ = wait(flying, return_when=FIRST_COMPLETED)
            for future in finished:
                step_id = flying.pop(future)
                assert f"✓ {step_id}" in future.result().out
                done.add(step_id)
    # What a run then finds: everything, under the same keys.
    steps = project.run()
    assert of_state(steps, "cached") == set(steps)
    return keys_of(steps)


@pytest.fixture(scope="module")
def stepped(prepared: Project, tmp_path_factory: pytest.TempPathFactory) -> Way:
    project = prepared.copy(tmp_path_factory.mktemp("steps") / "project")
    project.call("compile", "--target", "ray", "--output", "build")
    return way(project, step_by_step(project, project.plan()))


@pytest.fixture(scope="module")
def ways(inline: tuple[Project, Any], on_ray: tuple[Project, Any], stepped: Way) -> dict[str, Way]:
    return {
        "inline": way(inline[0], keys_of(inline[1])),
        "ray": way(on_ray[0], keys_of(on_ray[1])),
        "step": stepped,
    }


def test_the_keys_are_the_same_in_every_way(ways: dict[str, Way]) -> None:
    first, *others = ways.values()
    assert len(first.keys) == 30
    assert all(other.keys == first.keys for other in others)


def test_the_outputs_are_the_same_to_the_byte_but_for_what_was_measured(
    ways: dict[str, Way],
) -> None:
    first, *others = ways.values()
    same = set(first.keys) - MEASURED
    for other in others:
        differing = {i for i in same if other.values[i] != first.values[i]}
        assert differing == set()
    # The control: what is measured does differ, so the comparison sees differences.
    assert any(other.values[i] != first.values[i] for other in others for i in MEASURED)


def test_of_what_was_measured_only_the_latencies_differ(ways: dict[str, Way]) -> None:
    first, *others = ways.values()
    for other in others:
        one, two = (_without_latencies(w.values["probe.late_arrival"]) for w in (first, other))
        assert one == two
        one, two = (_without_latency_gate(w.values["gate.late_arrival"]) for w in (first, other))
        assert one == two


def test_the_ledger_and_the_online_store_say_the_same(ways: dict[str, Way]) -> None:
    first, *others = ways.values()
    assert [(v[0], v[1], v[4]) for v in first.versions] == [("late_arrival", 1, ("champion",))]
    assert first.versions[0][2] == first.keys["train.late_arrival"]
    for other in others:
        assert other.versions == first.versions
        assert other.online == first.online
    looked_up = {name: key for name, key in first.online.items() if name != "flight"}
    assert looked_up == {name: first.keys[f"materialize.{name}"] for name in looked_up}


def test_a_step_without_its_inputs_says_which_step_to_run(prepared: Project, copied: Any) -> None:
    project = copied(prepared)
    project.call("compile", "--target", "ray", "--output", "build")
    words = ("step", "build/ray/plan.json", "train.late_arrival", "--project", ".")
    done = project.call(*words, code=1)
    assert "training_set.late_arrival" in done.err
    done = project.call(*words[:2], "trian.late_arrival", code=1)
    assert "train.late_arrival" in done.err


def _without_latencies(value: Value) -> dict[str, Any]:
    assert set(value.files) == {"probe.json"}
    assert set(LATENCIES) < set(value.facts)
    return {name: fact for name, fact in value.facts.items() if name not in LATENCIES}


def _without_latency_gate(value: Value) -> dict[str, Any]:
    assert set(value.files) == {"gates.json"}
    gates = value.facts["gates"]
    assert [gate["text"] for gate in gates if gate["text"] == LATENCY_GATE] == [LATENCY_GATE]
    kept = [gate for gate in gates if gate["text"] != LATENCY_GATE]
    return {**value.facts, "gates": kept}
