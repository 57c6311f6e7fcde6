"""The line that wrote a parameter: every change of every step is traced to its own edit."""

from pathlib import Path

import pytest

from onespec.compiler.changes.places import place, spec_path
from onespec.compiler.changes.steps import changed_steps
from onespec.compiler.graph import Graph

from .project import FLIGHTS, Edit, compiled, edited


@pytest.fixture(scope="module")
def flights(tmp_path_factory: pytest.TempPathFactory) -> Graph:
    return compiled(tmp_path_factory.mktemp("flights"))[0]


@pytest.mark.parametrize(
    ("step", "param", "path"),
    [
        (
            "train.late_arrival",
            "estimator.params.max_iter",
            ("models", "late_arrival", "estimator", "params", "max_iter"),
        ),
        (  # a default, which is not written: its nearest parent
            "train.late_arrival",
            "estimator.params.l2_regularization",
            ("models", "late_arrival", "estimator", "params"),
        ),
        ("train.late_arrival", "estimator.name", ("models", "late_arrival", "estimator", "class")),
        ("train.late_arrival", "seed", ("models", "late_arrival", "estimator")),
        ("train.late_arrival", "", ("models", "late_arrival", "estimator")),
        (
            "train.late_arrival",
            "features.airport_load.mean_delay_6h",
            ("models", "late_arrival", "features", 1),
        ),
        ("training_set.late_arrival", "split.test", ("models", "late_arrival", "split", "test")),
        (
            "gate.late_arrival",
            "gates.slice.origin.roc_auc >=",
            ("models", "late_arrival", "gates", 2),
        ),
        ("examples.late_arrival", "label", ("models", "late_arrival", "examples", "label")),
        ("examples.late_arrival", "source.columns.arr_delay", ("sources", "flights")),
        ("examples.nightly", "last", ("deploy", "nightly", "batch", "last")),
        (
            "features.late_arrival.airport_load",
            "view.fields.mean_delay",
            ("features", "airport_load", "fields", "mean_delay"),
        ),
        (
            "materialize.airport_load",
            "view.windows.24h",
            ("features", "airport_load", "windows", 1),
        ),
        ("materialize.airport_load", "view.keys.origin", ("entities", "airport", "key")),
        ("materialize.weather_now", "view.ttl", ("features", "weather_now", "ttl")),
        (
            "materialize.weather_now",
            "view.source.event_time",
            ("sources", "weather", "event_time"),
        ),
        ("source.flights", "format", ("sources", "flights", "path")),
        (
            "check.flights",
            "checks.in_range.distance.maximum",
            ("sources", "flights", "checks", 2, "in_range", "distance"),
        ),
        ("check.flights", "checks.fresh.within", ("sources", "flights", "checks", 4, "fresh")),
        ("endpoint.api", "port", ("deploy", "api", "online", "port")),
        ("endpoint.api", "inputs.carrier", ("features", "flight", "inputs", "carrier")),
        ("endpoint.api", "replicas.maximum", ("deploy", "api", "resources", "replicas", "max")),
        ("score.nightly", "output", ("deploy", "nightly", "batch", "output")),
        (
            "monitor.api_health",
            "performance.minimum",
            ("monitor", "api_health", "performance", "min"),
        ),
        ("monitor.api_health", "retrain", ("monitor", "api_health", "on_alert", 0, "retrain")),
        ("monitor.api_health", "labels.label", ("models", "late_arrival", "examples", "label")),
    ],
)
def test_a_parameter_is_found_where_it_is_written(
    flights: Graph, step: str, param: str, path: tuple[str | int, ...]
) -> None:
    assert spec_path(flights, step, param) == path


def test_a_place_has_a_line(flights: Graph) -> None:
    span = place(flights, "train.late_arrival", "estimator.params.max_iter")
    assert FLIGHTS.splitlines()[span.line - 1][span.column - 1 :].startswith("max_iter")


def test_a_step_that_the_spec_does_not_make(flights: Graph) -> None:
    with pytest.raises(KeyError):
        spec_path(flights, "train.nobody")


@pytest.mark.parametrize(
    "edit",
    [
        ("max_iter: 120", "max_iter: 60"),
        ("temp: temp", "temp: temp + 1"),
        ("ttl: 3h", "ttl: 4h"),
        ("arr_delay > 15", "arr_delay > 30"),
        ("train: 70%, validation: 15%", "train: 60%, validation: 25%"),
        ("mean_delay: avg(dep_delay)", "mean_delay: max(dep_delay)"),
        ("last: 31d", "last: 32d"),
        ("[0, 6000]", "[0, 5000]"),
        ("error_rate: 1%", "error_rate: 2%"),
        ("slice.origin.roc_auc >= 0.60", "slice.origin.roc_auc >= 0.61"),
        ("every: 1h\n    window: 1d", "every: 1h\n    window: 2d"),
    ],
)
def test_every_difference_lies_on_the_line_that_was_edited(
    flights: Graph, tmp_path: Path, edit: Edit
) -> None:
    graph, after = compiled(tmp_path / "after", edited(FLIGHTS, edit))
    _, before = compiled(tmp_path / "before")
    changed = changed_steps(before, after).values()
    lines = {place(graph, c.step, own.path).line for c in changed for own in c.own}
    written = FLIGHTS[: FLIGHTS.index(edit[0])].count("\n") + 1
    assert lines <= set(range(written, written + edit[0].count("\n") + 1))
    assert lines
