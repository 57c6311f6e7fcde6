"""Late labels: the right outcome for each prediction, none too early, none guessed."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from onespec.runtime.errors import StepError
from onespec.runtime.monitoring.labels import find_outcomes
from onespec.runtime.monitoring.performance import Outcomes
from onespec.runtime.monitoring.window import Window

from .simulation import LABELS, program

HOUR = 3_600_000_000
NAIVE, UTC = pa.timestamp("us"), pa.timestamp("us", "UTC")


def source(*rows: tuple[str, str, int, float | None]) -> pa.Table:
    """Flights as `(origin, tailnum, hour of departure, arrival delay)`."""
    origin, tail, hour, delay = (list(column) for column in zip(*rows, strict=True))
    times = pa.array([h * HOUR for h in hour], NAIVE)
    return pa.table(
        {
            "origin": origin,
            "tailnum": tail,
            "scheduled_departure": times,
            "arr_delay": pa.array(delay, pa.float64()),
        }
    )


FLIGHTS = source(
    ("EWR", "N1", 10, 30.0),
    ("JFK", "N2", 11, 0.0),
    ("LGA", "N3", 12, None),
    ("EWR", "N1", 40, 0.0),
    ("JFK", "N4", 13, 20.0),
    ("JFK", "N4", 13, -5.0),
)


def online(told: bool, *rows: tuple[str | None, str | None, int]) -> Window:
    """Requests as `(origin, tailnum, hour)`; `told` requests bring the event's own time."""
    origin, tail, hour = (list(column) for column in zip(*rows, strict=True))
    times = pa.array([h * HOUR for h in hour], UTC)
    columns = {"time": times, "origin": origin, "tailnum": tail, "score": [0.5] * len(rows)}
    return Window.of(pa.table(columns | ({"scheduled_departure": times} if told else {})))


def outcomes(window: Window, until: int = 1000) -> Outcomes:
    return find_outcomes(window, LABELS, FLIGHTS, 0, until * HOUR)


def test_batch_rows_find_their_own_row() -> None:
    table = pa.table(
        {
            "__row": pa.array([3, 0, 2, 5, 99]),
            "__time": pa.array([40 * HOUR, 10 * HOUR, 12 * HOUR, 13 * HOUR, 14 * HOUR], NAIVE),
            "score": [0.1, 0.2, 0.3, 0.4, 0.5],
        }
    )
    found = outcomes(Window.of(table))
    np.testing.assert_array_equal(found.labels, [0.0, 1.0, np.nan, 0.0, np.nan])
    assert found.scores.tolist() == [0.1, 0.2, 0.3, 0.4, 0.5]


def test_requests_that_tell_the_event_time_match_it_exactly() -> None:
    window = online(True, ("EWR", "N1", 10), ("EWR", "N1", 40), ("EWR", "N1", 11), (None, "N1", 10))
    np.testing.assert_array_equal(outcomes(window).labels, [1.0, 0.0, np.nan, np.nan])


def test_other_requests_take_the_next_event_of_their_key() -> None:
    window = online(
        False, ("EWR", "N1", 9), ("EWR", "N1", 12), ("EWR", "N1", 41), ("JFK", "N2", 11)
    )
    found = outcomes(window)
    # The flight at 40 is more than a day after the request at 12.
    np.testing.assert_array_equal(found.labels, [1.0, np.nan, np.nan, 0.0])
    assert (found.times // HOUR).tolist() == [10, 12, 41, 11]


@pytest.mark.parametrize("told", [True, False])
def test_two_events_that_fit_are_neither(told: bool) -> None:
    found = outcomes(online(told, ("JFK", "N4", 13), ("JFK", "N2", 11)))
    np.testing.assert_array_equal(found.labels, [np.nan, 0.0])
    assert found.ambiguous == 1


def test_only_mature_events_count() -> None:
    window = online(False, ("EWR", "N1", 9), ("JFK", "N2", 10))
    assert outcomes(window, until=11).times.tolist() == [10 * HOUR]
    assert len(outcomes(window, until=10).times) == 0


def test_failed_requests_and_empty_logs_have_no_outcome() -> None:
    window = online(True, ("EWR", "N1", 10))
    failed = Window.of(window.table.set_column(3, "score", pa.nulls(1, pa.float64())))
    assert len(outcomes(failed).labels) == 0
    assert len(outcomes(window.between(0, 0)).labels) == 0


def test_without_a_key_nothing_is_guessed() -> None:
    keyless = replace(LABELS, keys=())
    found = find_outcomes(online(True, ("EWR", "N1", 10)), keyless, FLIGHTS, 0, 100 * HOUR)
    assert np.isnan(found.labels).all()


def test_no_source_row_at_all() -> None:
    batch = pa.table({"__row": [0], "__time": pa.array([HOUR], NAIVE), "score": [0.5]})
    for window in (online(True, ("EWR", "N1", 10)), Window.of(batch)):
        found = find_outcomes(window, LABELS, FLIGHTS.slice(0, 0), 0, 100 * HOUR)
        assert np.isnan(found.labels).all()


def test_hostile_names_are_only_names() -> None:
    name = 'k" or 1=1; drop table known; --'
    join = replace(
        LABELS,
        keys=(name,),
        source=replace(LABELS.source, event_time="scheduled_departure"),
    )
    table = FLIGHTS.append_column(name, FLIGHTS.column("tailnum"))
    asked = online(True, ("EWR", "N2", 11))
    window = Window(asked.table.append_column(name, asked.table.column("tailnum")), asked.times)
    assert find_outcomes(window, join, table, 0, 100 * HOUR).labels.tolist() == [0.0]


def test_a_label_that_fails_on_the_data_is_told() -> None:
    broken = replace(LABELS, label=program('cast("origin" as integer) > 0'))
    with pytest.raises(StepError, match="labels of source `flights`"):
        find_outcomes(online(True, ("EWR", "N1", 10)), broken, FLIGHTS, 0, HOUR)
