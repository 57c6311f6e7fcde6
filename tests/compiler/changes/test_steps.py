"""Changed steps: from plans alone, each with what made it another one."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from onespec.compiler.changes.params import Change
from onespec.compiler.changes.steps import StepChange, changed_steps, roots
from onespec.compiler.plan import FeaturesParams, Plan
from onespec.compiler.plan_file import parse_plan, plan_text

from .project import FLIGHTS, LOCK, Edit, compiled, edited


@pytest.fixture
def flights(tmp_path: Path) -> Plan:
    return compiled(tmp_path / "before")[1]


def _after(folder: Path, *edits: Edit, lock: str = LOCK) -> Plan:
    return compiled(folder / "after", edited(FLIGHTS, *edits), lock)[1]


def test_nothing_changed(flights: Plan, tmp_path: Path) -> None:
    assert changed_steps(flights, _after(tmp_path)) == {}
    assert changed_steps(flights, parse_plan(plan_text(flights))) == {}


def test_a_change_and_what_follows_from_it(flights: Plan, tmp_path: Path) -> None:
    found = changed_steps(flights, _after(tmp_path, ("max_iter: 120", "max_iter: 60")))
    own = (Change("estimator.params.max_iter", 120, 60),)
    assert found["train.late_arrival"] == StepChange("train.late_arrival", "changed", own)
    assert found["evaluate.late_arrival"].inputs == ("train.late_arrival",)
    assert "training_set.late_arrival" not in found
    assert list(roots(found, "promote.late_arrival")) == [("train.late_arrival", own[0])]


def test_steps_come_and_go(flights: Plan, tmp_path: Path) -> None:
    found = changed_steps(flights, _after(tmp_path, ("airframe, flight]", "flight]")))
    assert found["features.late_arrival.airframe"].state == "removed"
    assert "features.late_arrival.airframe" in found["training_set.late_arrival"].inputs
    back = changed_steps(_after(tmp_path, ("airframe, flight]", "flight]")), flights)
    assert back["features.late_arrival.airframe"].state == "added"
    assert "features.late_arrival.airframe" in back["training_set.late_arrival"].inputs


def test_a_field_that_a_model_does_not_read_leaves_it_alone(tmp_path: Path) -> None:
    some = ("features: [weather_now,", "features: [weather_now.temp, weather_now.raining,")
    before = _after(tmp_path, some)
    changed = changed_steps(before, _after(tmp_path, some, ("humidity: humid", "humidity: dewp")))
    assert set(changed) == {"materialize.weather_now"}
    read = changed_steps(before, _after(tmp_path, some, ("temp: temp", "temp: temp * 2")))
    assert "train.late_arrival" in read


def test_a_window_that_a_model_does_not_read_leaves_it_alone(tmp_path: Path) -> None:
    some = ("airport_load, airline", "airport_load.mean_delay_6h, airline")
    before = _after(tmp_path, some)
    changed = changed_steps(before, _after(tmp_path, some, ("[6h, 24h]", "[6h, 2d]")))
    assert set(changed) == {"materialize.airport_load"}


def test_features_follow_from_fields_and_windows(flights: Plan, tmp_path: Path) -> None:
    """Of two fields in two windows a model may read one each: it must not find a value that
    another choice has made."""
    some = "airport_load.mean_delay_6h, airport_load.departures_24h, airline"
    found = set()
    for more in ("", "airport_load.mean_delay_24h, "):
        after = _after(tmp_path, ("airport_load, airline", more + some))
        step = after.step("features.late_arrival.airport_load")
        assert isinstance(step.params, FeaturesParams)
        names = {feature.reference for feature in step.params.view.features}
        assert "airport_load.mean_delay_24h" in names
        found.add(step.fingerprint)
    assert len(found) == 1


@pytest.mark.parametrize(
    "change", [("    seats:", "    nothing: int\n    seats:"), ("    wind_gust: float?\n", "")]
)
def test_a_column_that_nobody_reads_changes_nothing(
    flights: Plan, tmp_path: Path, change: Edit
) -> None:
    assert changed_steps(flights, _after(tmp_path, lock=edited(LOCK, change))) == {}


def test_a_column_that_a_view_reads_changes_its_readers(flights: Plan, tmp_path: Path) -> None:
    found = changed_steps(
        flights, _after(tmp_path, lock=edited(LOCK, ("seats: int", "seats: float")))
    )
    assert {"features.late_arrival.airframe", "train.late_arrival"} <= set(found)
    assert not any("weather" in step or step == "source.planes" for step in found)


def test_another_source_is_told_even_if_its_columns_are_the_same(tmp_path: Path) -> None:
    # Fingerprints do not name sources: the runtime hashes their contents.
    more = ("  planes:\n", "  gates:\n    path: data/gates.parquet\n    static: true\n  planes:\n")
    lock = LOCK + "  gates:\n" + LOCK.split("  planes:\n")[1].split("  weather:\n")[0]
    before = _after(tmp_path, more, lock=lock)
    after = _after(tmp_path, more, ("source: planes", "source: gates"), lock=lock)
    found = changed_steps(before, after)
    assert Change("source", "planes", "gates") in found["features.late_arrival.airframe"].own
    assert "train.late_arrival" in found


def test_a_source_of_another_name_is_the_same(flights: Plan, tmp_path: Path) -> None:
    text = FLIGHTS.replace("source: planes", "source: fleet").replace("  planes:\n", "  fleet:\n")
    lock = LOCK.replace("  planes:\n", "  fleet:\n")
    _, after = compiled(tmp_path / "after", text, lock)
    assert set(changed_steps(flights, after)) == {"source.planes", "source.fleet"}


def test_the_order_of_keys_means_nothing(flights: Plan, tmp_path: Path) -> None:
    document = yaml.safe_load(FLIGHTS)
    del document["as_of"]  # an instant that YAML 1.1 takes for its own
    _, before = compiled(tmp_path / "before", FLIGHTS.replace("as_of: 2013", "# as_of: 2013"))
    _, after = compiled(tmp_path / "after", yaml.safe_dump(_reversed(document), sort_keys=False))
    assert changed_steps(before, after) == {}


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _reversed(value[key]) for key in reversed(value)}
    return [_reversed(item) for item in value] if isinstance(value, list) else value
