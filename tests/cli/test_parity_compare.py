"""The certificate: each kind of difference is seen, and what a clock measures is none."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from onespec.cli.parity.compare import compare
from onespec.cli.parity.perform import Performance, Seen
from onespec.cli.parity.report import certificate, certificate_markdown
from onespec.cli.parity.stage import make_stage
from onespec.cli.parity.ways import INLINE, STEPS
from onespec.compiler.compile import compile_spec
from onespec.compiler.plan import MAIN_JOB
from onespec.runtime.value import Blob, Value

REPO = Path(__file__).parents[2]
PLAN = compile_spec(REPO / "examples" / "flights" / "pipeline.yaml")
LATENCY = "serving.latency_p99 <= 50ms"


def _seen(step_id: str, number: int, latency: float) -> Seen:
    gates = [{"text": LATENCY, "value": latency}, {"text": "test.roc_auc >= 0.65", "value": 0.7}]
    facts = {"gates": gates} if step_id.startswith("gate.") else {"rows": number}
    if step_id.startswith("probe."):
        facts = {"latency_p99": latency}
    files = {"out": Blob(f"{step_id}-{latency if 'gate' in step_id else 0}", number)}
    return Seen(f"key-{step_id}", Value(f"key-{step_id}", files, facts), number)


STEPS_OF = PLAN.job(MAIN_JOB).steps
FIRST = {step_id: _seen(step_id, n, 0.001) for n, step_id in enumerate(STEPS_OF)}
OTHER = {step_id: _seen(step_id, n, 0.002) for n, step_id in enumerate(STEPS_OF)}


def _compared(other: Mapping[str, Seen]) -> set[tuple[str, str, str]]:
    performances = [Performance(INLINE, (), FIRST, 1.0), Performance(STEPS, (), other, 1.0)]
    found = compare(PLAN, performances)
    told = certificate(PLAN, found, {"airflow": "there is no program airflow"})
    page = certificate_markdown(PLAN, told)
    assert told["same"] is not bool(found.differences)
    assert page.splitlines()[0].endswith(": the same") == ("**other**" not in page)
    assert "not tried: there is no program airflow" in page
    return {(d.way, d.what, d.step_id) for d in found.differences}


def test_what_a_clock_measures_is_no_difference() -> None:
    assert _compared(OTHER) == set()


@pytest.mark.parametrize(
    ("step_id", "change", "what"),
    [
        ("train.late_arrival", {"key": "another"}, "keys"),
        ("train.late_arrival", {"value": Value("k", {"out": Blob("other", 1)})}, "outputs"),
        ("examples.late_arrival", {"value": Value("k", {}, {"rows": -1})}, "outputs"),
        ("gate.late_arrival", {"value": Value("k", {}, {"gates": []})}, "outputs"),
        ("source.flights", {"done": 10**6}, "order"),
    ],
)
def test_a_difference_is_told_with_its_step(
    step_id: str, change: dict[str, object], what: str
) -> None:
    found = _compared({**OTHER, step_id: replace(OTHER[step_id], **change)})
    assert {kind for _, kind, _ in found} == {what}
    assert what == "order" or found == {("steps", what, step_id)}


def test_a_step_that_one_way_left_out_is_told() -> None:
    less = {i: seen for i, seen in OTHER.items() if i != "promote.late_arrival"}
    assert _compared(less) == {("steps", "steps", "promote.late_arrival")}


def test_a_stage_has_the_project_and_nothing_that_was_made(tmp_path: Path) -> None:
    project = tmp_path / "mine"
    for name in ("pipeline.yaml", "data/a.csv", ".onespec/ledger.sqlite", "build/ray/plan.json"):
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    stage = make_stage(project, tmp_path / "stage", {})
    copied = {p.relative_to(stage.project).as_posix() for p in stage.project.rglob("*")}
    assert copied == {"pipeline.yaml", "data", "data/a.csv", "build"}
    assert stage.bundle.is_relative_to(stage.project)
    assert not any(stage.bundle.iterdir())
    assert not any(stage.state.iterdir())
