"""One step on its own, the scratch folders, and the share of threads."""

import os
import sys
import time
from pathlib import Path

import pytest

from onespec.compiler.plan import Plan
from onespec.runtime.engine import run
from onespec.runtime.errors import StepError
from onespec.runtime.executors import Elsewhere, make_executor
from onespec.runtime.open import place_of
from onespec.runtime.scratch import scratch_folder, sweep_scratch
from onespec.runtime.single import run_single
from onespec.runtime.threads import thread_share

sys.path.insert(0, str(Path(__file__).parent / "executors"))
from fake_steps import diamond, fake_plan, fake_step, journal, library


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "data.txt").write_text("first")
    return tmp_path


def test_step_by_step_is_the_same_as_a_run(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    plan = diamond()
    singles = [run_single(plan, s.id, place_of(plan, project), library=library) for s in plan]
    assert [s.state for s in singles] == ["done"] * 4
    reference = tmp_path_factory.mktemp("reference")
    (reference / "data.txt").write_text("first")
    whole = run(plan, place_of(plan, reference), make_executor("inline"), library=library)
    assert [(s.key, s.value) for s in singles] == [(s.key, s.value) for s in whole.steps.values()]
    again = [run_single(plan, s.id, place_of(plan, project), library=library) for s in plan]
    assert [s.state for s in again] == ["cached"] * 4
    assert journal(project) == ["data", "left", "right", "join"]
    cached = run(plan, place_of(plan, project), make_executor("inline"), library=library)
    assert {s.state for s in cached.steps.values()} == {"cached"}


def test_a_missing_input_is_named(project: Path) -> None:
    plan = diamond()
    result = run_single(plan, "join", place_of(plan, project), library=library)
    assert result.state == "failed"
    assert result.error is not None
    assert result.error.message == "the input left is not in the artifact store"
    assert "run the step left first" in result.error.remedy


def test_a_guard_must_have_passed(project: Path) -> None:
    plan = fake_plan(fake_step("test", do="fail"), fake_step("reads", guards=("test",)))
    place = place_of(plan, project)
    assert run_single(plan, "reads", place, library=library).state == "blocked"
    (project / "healed").write_text("")
    assert run_single(plan, "test", place, library=library).state == "done"
    assert run_single(plan, "reads", place, library=library).state == "done"


def test_a_step_that_is_not_in_the_plan(project: Path) -> None:
    plan = diamond()
    with pytest.raises(StepError, match="no step 'other'") as caught:
        run_single(plan, "other", place_of(plan, project), library=library)
    assert "data, left, right, join" in caught.value.remedy


def test_failures_of_single_steps_have_their_states(project: Path) -> None:
    plan = fake_plan(fake_step("gate", do="gate"), fake_step("bug", do="fail"))
    place = place_of(plan, project)
    assert run_single(plan, "gate", place, library=library).state == "gate_failed"
    assert run_single(plan, "bug", place, library=library).state == "failed"
    with place.open(plan) as workspace:
        assert sorted(r.state for r in workspace.ledger.runs()) == ["failed", "gate_failed"]


@pytest.mark.parametrize(
    ("given", "of_plan", "expected"), [(5, 7, 5), (0, 7, 0), (None, 7, 7), (None, None, 9)]
)
def test_the_instant(project: Path, given: int | None, of_plan: int | None, expected: int) -> None:
    plan = Plan(name="p", spec="s", steps=(), jobs=(), as_of=of_plan)
    place = place_of(plan, project, as_of=given, clock=lambda: 9)
    assert place.as_of == expected
    assert place.state == project / ".onespec"
    with place.open(plan) as workspace:
        assert workspace.as_of == expected
    assert (project / ".onespec/.gitignore").read_text() == "*\n"


def test_scratch_is_private_and_swept_only_when_abandoned(tmp_path: Path) -> None:
    later = time.time() + 7200
    with scratch_folder(tmp_path, "../odd name") as used:
        assert used.parent == tmp_path
        (tmp_path / "abandoned").mkdir()
        assert sweep_scratch(tmp_path, time.time()) == 0
        assert sweep_scratch(tmp_path, later) == 1
        assert used.is_dir()
    assert not list(tmp_path.iterdir())


def test_threads_are_bounded_and_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    import pyarrow

    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    before = pyarrow.cpu_count()
    with thread_share(3):
        assert os.environ["OMP_NUM_THREADS"] == os.environ["MKL_NUM_THREADS"] == "3"
        assert pyarrow.cpu_count() == 3
    assert os.environ["OMP_NUM_THREADS"] == "7"
    assert "MKL_NUM_THREADS" not in os.environ
    assert pyarrow.cpu_count() == before


def test_an_unknown_executor_is_told() -> None:
    with pytest.raises(StepError, match="no executor is called 'slurm'") as caught:
        make_executor("slurm")
    assert "inline, ray" in caught.value.remedy
    with pytest.raises(StepError, match="an address is for the ray executor"):
        make_executor("inline", Elsewhere("auto"))
