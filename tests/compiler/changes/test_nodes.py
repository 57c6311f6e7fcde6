"""Labels of every node for minimal edits, and their causes by line."""

import re
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onespec.compiler.changes.nodes import NodeChange, changed_nodes
from onespec.compiler.changes.side import Side
from onespec.compiler.compile import check
from onespec.compiler.lock import load_lock
from onespec.compiler.plan import Plan
from onespec.compiler.schedule import schedule

from .mutations import MUTATIONS, RETRAINED, Mutation
from .project import FLIGHTS, LOCK, edited


def side(text: str, lock: str = LOCK, environment: str | None = None) -> Side:
    with TemporaryDirectory(prefix="onespec-changes-") as name:
        folder = Path(name)
        (folder / "pipeline.yaml").write_text(text, encoding="utf-8")
        (folder / "onespec.lock").write_text(lock, encoding="utf-8")
        locked = load_lock(folder / "onespec.lock")
        checked = check(folder / "pipeline.yaml", environment, locked)
    assert not checked.errors, checked.errors
    return Side(schedule(checked.graph, "pipeline.yaml"), checked.graph, locked)


@cache
def flights() -> Side:
    return side(FLIGHTS)


def touched(nodes: tuple[NodeChange, ...]) -> dict[str, tuple[str, ...]]:
    return {node.name: node.labels for node in nodes if node.labels != ("unchanged",)}


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: m.name)
def test_an_edit_touches_these_nodes_and_no_others(mutation: Mutation) -> None:
    nodes = changed_nodes(flights(), side(edited(FLIGHTS, mutation.edit)))
    assert touched(nodes) == mutation.labels


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: m.name)
def test_every_reason_leads_to_the_line_that_was_edited(mutation: Mutation) -> None:
    text = edited(FLIGHTS, mutation.edit)
    old_lines, new_lines = _lines(FLIGHTS, text)
    nodes = changed_nodes(flights(), side(text))
    # What was a default is told where its node is declared.
    old_lines |= {node.old.line for node in nodes if node.old}
    new_lines |= {node.new.line for node in nodes if node.new}
    for reason in (reason for node in nodes for reason in node.reasons):
        assert reason.edits or reason.label in ("added", "removed")
        for edit in reason.edits:
            assert edit.old or edit.new
            assert edit.old is None or edit.old.line in old_lines, edit
            assert edit.new is None or edit.new.line in new_lines, edit


def _lines(old: str, new: str) -> tuple[set[int], set[int]]:
    """The lines between the common beginning and the common end of two texts."""
    a, b = old.splitlines(), new.splitlines()
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
    end = next((i for i, (x, y) in enumerate(zip(a[::-1], b[::-1], strict=False)) if x != y), 0)
    # A value that moved is compared where it was: a line more on either side.
    return set(range(start, len(a) - end + 2)), set(range(start, len(b) - end + 2))


def test_the_same_spec_is_unchanged() -> None:
    nodes = changed_nodes(flights(), side(FLIGHTS))
    assert {node.labels for node in nodes} == {("unchanged",)}
    assert len(nodes) == 13
    assert not any(node.reasons for node in nodes)


def test_an_endpoint_that_is_called_otherwise() -> None:
    text = FLIGHTS.replace("  api:\n", "  score:\n").replace("watch: api\n", "watch: score\n")
    assert touched(changed_nodes(flights(), side(text))) == {
        "deployment.api": ("breaks callers", "removed"),
        "deployment.score": ("added",),
        "monitor.api_health": ("re-monitor",),
    }


def test_an_endpoint_that_becomes_a_batch() -> None:
    text = FLIGHTS.replace("    log: {sample: 100%, keep: 90d}\n", "")
    text = text.replace("    service:     {latency_p99: 50ms, error_rate: 1%}\n", "")
    text = text.replace(", replicas: {min: 1, max: 2}", "")
    text = re.sub(r"\n  prod: .*", "", text)
    before = side(text)
    batch = "batch: {model: late_arrival, source: flights, output: out/}"
    after = side(text.replace("online: {model: late_arrival, port: 8000}", batch))
    found = touched(changed_nodes(before, after))
    assert found["deployment.api"] == ("breaks callers", "redeploy")


def test_a_view_that_no_model_reads() -> None:
    unread = FLIGHTS.replace("airframe, flight]", "flight]")
    after = unread.replace("seats: seats", "seats: seats + 1")
    assert touched(changed_nodes(side(unread), side(after))) == {
        "view.airframe": ("rematerialise",)
    }


def test_a_field_that_no_model_reads() -> None:
    some = FLIGHTS.replace("[weather_now, ", "[weather_now.temp, weather_now.raining, ")
    after = some.replace("humidity: humid", "humidity: dewp")
    assert touched(changed_nodes(side(some), side(after))) == {
        "view.weather_now": ("rematerialise",)
    }
    read = some.replace("temp: temp", "temp: dewp")
    assert touched(changed_nodes(side(some), side(read))) == {
        **RETRAINED,
        "view.weather_now": ("rematerialise",),
    }


def test_a_model_that_reads_less_is_not_blamed_on_the_view() -> None:
    text = FLIGHTS.replace("[weather_now, ", "[weather_now.temp, ")
    text = text.replace("humidity: humid", "humidity: dewp")
    nodes = {node.name: node for node in changed_nodes(flights(), side(text))}
    assert nodes["view.weather_now"].labels == ("rematerialise",)
    causes = [edit.path for r in nodes["model.late_arrival"].reasons for edit in r.edits]
    assert causes == [("models", "late_arrival", "features", 0)]


def test_columns_of_the_lock() -> None:
    unread = LOCK.replace("    engines: int?\n", "    engines: float?\n    made: date?\n")
    assert touched(changed_nodes(flights(), side(FLIGHTS, unread))) == {
        "source.planes": ("metadata only",)
    }
    read = LOCK.replace("seats: int?", "seats: float?")
    nodes = changed_nodes(flights(), side(FLIGHTS, read))
    assert touched(nodes) == {
        **RETRAINED,
        "source.planes": ("re-read",),
        "view.airframe": ("rematerialise",),
    }
    causes = {edit for node in nodes for reason in node.reasons for edit in reason.edits}
    assert [edit.key for edit in causes] == ["onespec.lock.planes.seats"]
    assert {edit.new.file.rpartition("/")[2] for edit in causes if edit.new} == {"onespec.lock"}


def test_a_test_for_nulls_changes_the_types_that_are_read() -> None:
    after = FLIGHTS.replace("- not_null: [flight_id,", "- not_null: [dep_delay, flight_id,")
    nodes = changed_nodes(flights(), side(after))
    assert touched(nodes) == {
        **RETRAINED,
        "source.flights": ("re-check",),
        "view.airport_load": ("rematerialise",),
        "view.airline_load": ("rematerialise",),
    }


def test_an_environment_that_is_not_compared_means_nothing() -> None:
    after = FLIGHTS.replace("{min: 4, max: 40}", "{min: 5, max: 50}")
    assert touched(changed_nodes(flights(), side(after))) == {}
    prod = side(FLIGHTS, environment="prod"), side(after, environment="prod")
    assert touched(changed_nodes(*prod)) == {"deployment.api": ("redeploy",)}


def test_a_path_that_an_environment_sets_means_nothing() -> None:
    after = FLIGHTS.replace("data/sample/flights.parquet", "data/other/flights.parquet")
    dev = side(FLIGHTS, environment="dev"), side(after, environment="dev")
    assert touched(changed_nodes(*dev)) == {}


def test_a_source_of_the_same_shape_is_another_source() -> None:
    more = "  gates:\n    path: data/gates.parquet\n    static: true\n  planes:\n"
    text = FLIGHTS.replace("  planes:\n", more, 1)
    columns = LOCK.split("  planes:\n")[1].split("  weather:\n")[0]
    lock = f"{LOCK}  gates:\n{columns}"
    nodes = changed_nodes(
        side(text, lock), side(text.replace("source: planes", "source: gates"), lock)
    )
    assert touched(nodes) == {**RETRAINED, "view.airframe": ("rematerialise",)}


def test_plans_alone_tell_what_happens() -> None:
    after = side(edited(FLIGHTS, ("max_iter: 120", "max_iter: 60"), ("ttl: 3h", "ttl: 4h")))
    expected = {**RETRAINED, "view.weather_now": ("rematerialise",)}
    for pair in (
        (Side(flights().plan), Side(after.plan)),
        (flights(), Side(after.plan)),
        (Side(flights().plan), after),
    ):
        nodes = changed_nodes(*pair)
        assert touched(nodes) == expected
        lines = {e.old.line for n in nodes for r in n.reasons for e in r.edits if e.old}
        assert lines


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(MUTATIONS), min_size=2, max_size=4, unique_by=lambda m: m.edit[0]))
def test_labels_agree_with_fingerprints(mutations: list[Mutation]) -> None:
    """The oracle: what runs again, by the plans alone."""
    text = FLIGHTS
    for mutation in mutations:
        text = text.replace(*mutation.edit, 1)
    after = side(text)
    old, new = flights().plan, after.plan
    for node in changed_nodes(flights(), after):
        name = node.name.partition(".")[2]
        if {"added", "removed"} & set(node.labels):
            continue
        match node.kind:
            case "model":
                assert ("retrain" in node.labels) == _differs(old, new, f"train.{name}")
            case "view" if _has(old, new, f"materialize.{name}"):
                again = _differs(old, new, f"materialize.{name}")
                assert ("rematerialise" in node.labels) == again
            case "source" if _has(old, new, f"check.{name}"):
                assert ("re-check" in node.labels) == _differs(old, new, f"check.{name}")
            case "monitor":
                assert "re-monitor" in node.labels or not _differs(old, new, f"monitor.{name}")
        assert all(r.edits or r.text for r in node.reasons)


def _has(old: Plan, new: Plan, step: str) -> bool:
    return all(step in {one.id for one in plan} for plan in (old, new))


def _differs(old: Plan, new: Plan, step: str) -> bool:
    return old.step(step).fingerprint != new.step(step).fingerprint
