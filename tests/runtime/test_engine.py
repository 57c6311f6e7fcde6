"""The engine, inline: what runs, what is cached, what is blocked, and what is told."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from onespec.compiler.plan import Plan
from onespec.runtime.engine import run
from onespec.runtime.events import Event, RunResult, StepFinished, StepStarted
from onespec.runtime.executors.inline import InlineExecutor
from onespec.runtime.open import Place, place_of
from onespec.runtime.predict import predict
from onespec.runtime.select import select

sys.path.insert(0, str(Path(__file__).parent / "executors"))
from fake_steps import diamond, fake_plan, fake_step, journal, library


class Bench:
    """A project in a folder, and runs of plans in it."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self.events: list[Event] = []
        (project / "data.txt").write_text("first")

    def place(self, plan: Plan) -> Place:
        return place_of(plan, self.project)

    def run(self, plan: Plan, *selected: str, executor: Any = None, **more: Any) -> RunResult:
        self.events.clear()
        if selected:
            more["selection"] = select(plan, selected)
        executor = executor or InlineExecutor()
        place = self.place(plan)
        return run(plan, place, executor, library=library, on_event=self.events.append, **more)

    def predict(self, plan: Plan) -> dict[str, tuple[str, str]]:
        with self.place(plan).open(plan) as workspace:
            told = predict(plan, workspace, library=library)
        return {p.step_id: (p.status, p.why) for p in told}

    def ran(self) -> list[str]:
        return [e.step_id for e in self.events if isinstance(e, StepStarted)]

    def why(self) -> dict[str, str]:
        return {e.step_id: e.why for e in self.events if isinstance(e, StepStarted)}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def states(result: RunResult) -> dict[str, str]:
    return {step_id: step.state for step_id, step in result.steps.items()}


class NeverStarted(InlineExecutor):
    """What a run whose every step is cached must not touch."""

    def start(self, *_: Any) -> None:
        raise AssertionError("the executor was started")


def test_everything_runs_once_and_is_then_cached(bench: Bench) -> None:
    first = bench.run(diamond())
    assert states(first) == dict.fromkeys(("data", "left", "right", "join"), "done")
    assert bench.ran() == ["data", "left", "right", "join"]
    again = bench.run(diamond(), executor=NeverStarted())
    assert states(again) == dict.fromkeys(("data", "left", "right", "join"), "cached")
    assert [s.key for s in again.steps.values()] == [s.key for s in first.steps.values()]
    assert [s.value for s in again.steps.values()] == [s.value for s in first.steps.values()]
    assert journal(bench.project) == ["data", "left", "right", "join"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            lambda b: diamond("two"),
            {"left": "its parameters changed", "join": "follows left"},
        ),
        (
            lambda b: (b.project / "data.txt").write_text("second") and diamond(),
            {
                "data": "what it reads changed",
                "left": "follows data",
                "right": "follows data",
                "join": "follows data",
            },
        ),
    ],
)
def test_a_rerun_does_only_what_changed_and_says_why(
    bench: Bench, change: Callable[[Bench], Plan], expected: dict[str, str]
) -> None:
    bench.run(diamond())
    plan = change(bench)
    predicted = bench.predict(plan)
    result = bench.run(plan)
    assert bench.why() == expected
    assert {i for i, s in states(result).items() if s == "cached"} == {*result.steps} - {*expected}
    assert {i: why for i, (status, why) in predicted.items() if status == "runs"} == expected
    # Back to what was: everything is there.
    (bench.project / "data.txt").write_text("first")
    assert set(states(bench.run(diamond())).values()) == {"cached"}


def test_a_damaged_value_is_made_anew_and_what_stands_on_it_stays(bench: Bench) -> None:
    first = bench.run(diamond())
    value = first.steps["left"].value
    assert value is not None
    sha256 = value.files["out.json"].sha256
    blob = bench.project / ".onespec/store/blobs" / sha256[:2] / sha256
    blob.chmod(0o644)
    blob.write_bytes(blob.read_bytes()[:-1] + b"?")
    assert bench.predict(diamond())["left"] == ("runs", "its value is lost or damaged")
    result = bench.run(diamond())
    assert states(result) == {"data": "cached", "left": "done", "right": "cached", "join": "cached"}
    assert result.steps["left"].value == value


def test_an_effect_that_is_gone_is_done_again(bench: Bench) -> None:
    plan = fake_plan(fake_step("write", do="effect"))
    bench.run(plan)
    assert states(bench.run(plan)) == {"write": "cached"}
    (bench.project / "effect").unlink()
    assert bench.predict(plan) == {"write": ("runs", "its effect is gone")}
    assert states(bench.run(plan)) == {"write": "done"}
    assert (bench.project / "effect").exists()


def test_an_identity_that_depends_on_an_earlier_step_is_resolved_after_it(bench: Bench) -> None:
    write = fake_step("write", do="effect")
    plan = fake_plan(write, fake_step("gate", write, do="champion"))
    assert bench.predict(plan)["gate"] == ("runs", "first time")
    bench.run(plan)
    (bench.project / "effect").unlink()
    assert bench.predict(plan)["gate"] == ("unknown", "depends on what write will do")
    bench.run(plan)
    assert set(states(bench.run(plan)).values()) == {"cached"}
    (bench.project / "effect").write_text("another champion")
    bench.run(plan)
    assert bench.why() == {"gate": "what it reads changed"}


def test_a_failure_blocks_what_stands_on_it_and_nothing_else(bench: Bench) -> None:
    bad = fake_step("bad", do="fail")
    good = fake_step("good")
    after = fake_step("after", bad, good)
    plan = fake_plan(bad, good, after, fake_step("last", after), fake_step("alone", good))
    result = bench.run(plan)
    assert result.state == "failed"
    assert states(result) == {
        "bad": "failed", "good": "done", "after": "blocked", "last": "blocked", "alone": "done",
    }  # fmt: skip
    error = result.steps["bad"].error
    assert error is not None
    assert error.message == "ZeroDivisionError: a bug in a step"
    traceback = next((bench.project / ".onespec/errors").iterdir())
    assert str(traceback) in error.remedy
    assert "raise ZeroDivisionError" in traceback.read_text()
    (bench.project / "healed").write_text("")
    assert bench.run(plan).state == "done"
    assert bench.ran() == ["bad", "after", "last"]
    assert not list((bench.project / ".onespec/scratch").iterdir())


def test_a_gate_that_does_not_open_is_a_state_of_its_own(bench: Bench) -> None:
    gate = fake_step("gate", do="gate")
    result = bench.run(fake_plan(gate, fake_step("promote", gate)))
    assert result.state == "gate_failed"
    assert states(result) == {"gate": "gate_failed", "promote": "blocked"}
    error = result.steps["gate"].error
    assert error is not None
    assert error.rows == ("test.roc_auc >= 0.7",)


def test_a_missing_source_fails_its_step_and_a_prediction_says_so(bench: Bench) -> None:
    (bench.project / "data.txt").unlink()
    assert bench.predict(diamond())["data"] == ("unknown", "there is no file data.txt")
    result = bench.run(diamond())
    assert states(result)["data"] == "failed"
    assert {states(result)[i] for i in ("left", "right", "join")} == {"blocked"}


def test_a_selected_step_calls_only_for_what_it_lacks(bench: Bench) -> None:
    result = bench.run(diamond(), "left")
    assert states(result) == {"data": "done", "left": "done"}
    assert states(bench.run(diamond(), "left")) == {"data": "skipped", "left": "cached"}
    result = bench.run(diamond("two"), "left")
    assert states(result) == {"data": "cached", "left": "done"}
    assert states(bench.run(diamond("two"), "join")) == {
        "data": "cached", "left": "cached", "right": "done", "join": "done",
    }  # fmt: skip


def test_a_guard_that_fails_blocks_although_nothing_reads_it(bench: Bench) -> None:
    test = fake_step("test", do="fail")
    plan = fake_plan(test, fake_step("reads", guards=("test",)))
    assert states(bench.run(plan, "reads")) == {"test": "failed", "reads": "blocked"}
    (bench.project / "healed").write_text("")
    assert states(bench.run(plan, "reads")) == {"test": "done", "reads": "done"}
    assert states(bench.run(plan, "reads")) == {"test": "skipped", "reads": "cached"}


def test_after_orders_and_blocks_only_within_a_run(bench: Bench) -> None:
    plan = fake_plan(fake_step("first", do="fail"), fake_step("second", after=("first",)))
    assert states(bench.run(plan)) == {"first": "failed", "second": "blocked"}
    assert states(bench.run(plan, "second")) == {"second": "done"}


def test_force_runs_what_is_selected_and_keeps_the_first_value(bench: Bench) -> None:
    first = bench.run(diamond())
    result = bench.run(diamond(), "left+", force=True)
    assert bench.why() == {"left": "forced", "join": "forced"}
    assert result.steps["join"].value == first.steps["join"].value


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["left"], {"left"}),
        (["+left"], {"data", "left"}),
        (["left+"], {"left", "join"}),
        (["+left+"], {"data", "left", "join"}),
        (["*i*"], {"right", "join"}),
        (["kind:read+"], {"data", "left", "right", "join"}),
        (["left", "right"], {"left", "right"}),
        ([], {"data", "left", "right", "join"}),
    ],
)
def test_selection(patterns: list[str], expected: set[str]) -> None:
    assert select(diamond(), patterns) == expected


def test_an_unknown_selection_suggests(bench: Bench) -> None:
    with pytest.raises(Exception, match="there is no step, node or job `lft`") as caught:
        select(diamond(), ["lft"])
    assert "left" in caught.value.remedy  # type: ignore[attr-defined]


def test_the_ledger_and_the_events_tell_the_same(bench: Bench) -> None:
    plan = diamond()
    result = bench.run(plan)
    told = [(e.step_id, e.state, e.key) for e in bench.events if isinstance(e, StepFinished)]
    with bench.place(plan).open(plan) as workspace:
        (record,) = workspace.ledger.runs()
        steps = workspace.ledger.run_steps(result.run_id)
    assert (record.run_id, record.state) == (result.run_id, "done")
    assert record.finished is not None
    assert sorted((s.step_id, s.state, s.key) for s in steps) == sorted(told)


def test_another_run_that_published_first_is_reused(bench: Bench) -> None:
    """Two runs at once: the step is found published when its turn comes."""
    plan = diamond()

    class Slow(InlineExecutor):
        def wait(self) -> Any:
            run(plan, bench.place(plan), InlineExecutor(), library=library)
            return super().wait()

    assert set(states(bench.run(plan, executor=Slow())).values()) == {"cached"}
    assert sorted(journal(bench.project)) == ["data", "join", "left", "right"]
