"""What the verdict "no leakage" rests on, each sentence at the line that says it."""

from pathlib import Path

from onespec.compiler.assumptions import assumptions
from onespec.compiler.compile import check
from onespec.compiler.lock import LOCK_NAME

CASES = Path(__file__).parent.parent / "specs"


def _told(folder: Path, *changes: tuple[str, str]) -> list[tuple[str, int]]:
    text = (CASES / "good" / "small.yaml").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / LOCK_NAME).write_text((CASES / LOCK_NAME).read_text())
    (folder / "pipeline.yaml").write_text(text)
    graph = check(folder / "pipeline.yaml").graph
    return [(a.text, graph.key_span(a.at).line) for a in assumptions(graph.models["late_arrival"])]


def test_declared_delays_are_told_where_they_are_declared(tmp_path: Path) -> None:
    assert _told(tmp_path) == [
        ("the label of `late_arrival` is known 12h after the event", 28),
        ("a request carries `origin`: known when it is asked", 7),
        ("rows of `weather` are known at their event: nothing delays them", 5),
        ("`weather` holds no column of the label by another name", 5),
        ("rows of `flights` are known 2h after the event, as `airport_load` says", 18),
    ]


def test_inferred_delays_are_told_where_the_column_is(tmp_path: Path) -> None:
    said = "scheduled_departure, available_after: {dep_delay: 2h, arr_delay: 3h}}"
    told = _told(
        tmp_path,
        ("scheduled_departure}", said),
        ("    available_after: 2h\n", ""),
        ("      label_available_after: 12h\n", ""),
    )
    assert ("the label of `late_arrival` is known 3h after the event", 4) in told
    assert ("`dep_delay` of `flights` is known 2h after the event", 4) in told


def test_a_random_split_is_an_assumption(tmp_path: Path) -> None:
    told = _told(tmp_path, ("    estimator:\n", "    split: {by: random}\n    estimator:\n"))
    assert any("its split is random" in text and line == 30 for text, line in told)
