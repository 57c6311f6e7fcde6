"""Differences of parameters: by name, and exactly those that change a fingerprint."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from onespec.compiler.changes.params import Change, changed_params
from onespec.compiler.plan import Plan, TrainParams

from .project import FLIGHTS, compiled, edited

AVG = "      mean_delay: avg(dep_delay)\n      late"


@pytest.fixture(scope="module")
def flights(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return compiled(tmp_path_factory.mktemp("flights"))[1]


@pytest.mark.parametrize(
    ("step", "edit", "changes"),
    [
        (
            "train.late_arrival",
            ("max_iter: 120", "max_iter: 200"),
            [Change("estimator.params.max_iter", 120, 200)],
        ),
        (
            "train.late_arrival",
            ("max_iter: 120, ", ""),
            [Change("estimator.params.max_iter", 120, None)],
        ),
        (
            "train.late_arrival",
            ("weekday: dayofweek(scheduled_departure)", "weekday: distance"),
            [Change("features.flight.weekday", "int?", "float?")],
        ),
        (
            "features.late_arrival.airport_load",
            (AVG, "      mean_delay: avg(dep_delay + 1)\n      late"),
            [Change("view.fields.mean_delay", "avg(dep_delay)", "avg(dep_delay + 1)")],
        ),
        (  # a field before the others moves their aggregates' numbers, and no more
            "features.late_arrival.airport_load",
            ("      departures: count()\n", "      departures: count()\n      a: max(distance)\n"),
            [
                Change("view.source.columns.distance", None, "int"),
                Change("view.features.airport_load.a_6h", None, "int?"),
                Change("view.features.airport_load.a_24h", None, "int?"),
                Change("view.fields.a", None, "max(distance)"),
            ],
        ),
        (
            "gate.late_arrival",
            ("test.roc_auc >= 0.65", "test.roc_auc >= 0.7"),
            [Change("gates.test.roc_auc >=", "test.roc_auc >= 0.65", "test.roc_auc >= 0.7")],
        ),
        (
            "check.flights",
            ("[0, 6000]", "[1, 6000]"),
            [Change("checks.in_range.distance.minimum", 0.0, 1.0)],
        ),
        (
            "evaluate.late_arrival",
            ("slices: [origin, carrier]", "slices: [carrier, origin]"),
            [Change("slices", ["origin", "carrier"], ["carrier", "origin"])],
        ),
        (
            "training_set.late_arrival",
            ("airframe, flight]", "flight, airframe]"),
            "order",
        ),
        ("source.flights", ("data/flights.parquet", "data/elsewhere.parquet"), []),
        ("gate.late_arrival", ("test.roc_auc >= 0.65", "test.roc_auc  >=  0.650"), []),
    ],
)
def test_what_changed_is_named_as_a_person_names_it(
    flights: Plan, tmp_path: Path, step: str, edit: tuple[str, str], changes: Any
) -> None:
    _, after = compiled(tmp_path, edited(FLIGHTS, edit))
    found = changed_params(flights.step(step).params, after.step(step).params)
    if changes == "order":
        assert [change.path for change in found] == ["features"]
        assert sorted(found[0].before) == sorted(found[0].after)
        assert found[0].before != found[0].after
    else:
        assert list(found) == changes


def test_equal_parameters_have_no_differences(flights: Plan) -> None:
    assert not [step.id for step in flights if changed_params(step.params, step.params)]


_NUDGES: list[Callable[[TrainParams], TrainParams]] = [
    lambda p: replace(p, seed=p.seed + 1),
    lambda p: replace(p, task="regression"),
    lambda p: replace(p, features=p.features[1:]),
    lambda p: replace(p, features=p.features[::-1]),
    lambda p: replace(p, estimator=replace(p.estimator, params={"max_depth": None})),
]


@pytest.mark.parametrize("nudge", _NUDGES)
def test_whatever_changes_a_fingerprint_is_told(
    flights: Plan, nudge: Callable[[TrainParams], TrainParams]
) -> None:
    params = flights.step("train.late_arrival").params
    assert isinstance(params, TrainParams)
    assert changed_params(params, nudge(params))
