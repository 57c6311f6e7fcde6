"""Every rule of point-in-time semantics, one readable example each."""

import datetime as dt
import math

import numpy as np
import pyarrow as pa
import pytest

from onespec.runtime.features.errors import PointInTimeError
from onespec.runtime.features.view import AggregateSpec, ViewSpec, compute_view

STAMP = pa.timestamp("us", "UTC")


def events(*rows, **more):
    """A source from (key, time, value) rows; times in microseconds."""
    keys, times, values = zip(*rows, strict=True) if rows else ((), (), ())
    columns = {
        "k": pa.array(keys, pa.string()),
        "time": pa.array(times, STAMP),
        "v": more.pop("values", None) or pa.array(values, pa.float64()),
    }
    return pa.table(columns | more)


def asked(*rows):
    keys, times = zip(*rows, strict=True) if rows else ((), ())
    return pa.table({"k": pa.array(keys, pa.string()), "t": pa.array(times, STAMP)})


def run(spec, source, spine, own_row=None):
    own = None if own_row is None else np.array(own_row)
    time = None if spec.kind == "static" else "t"
    return compute_view(
        spec, source, spine, spine_keys=spec.keys, spine_time=time, own_row=own
    ).to_pydict()


def latest(source, spine, own_row=None, **settings):
    spec = ViewSpec(kind="latest", keys=("k",), event_time="time", columns=("v",), **settings)
    return run(spec, source, spine, own_row)["v"]


def window(source, spine, function, width=10, argument="v", where=None, own_row=None, **settings):
    spec = ViewSpec(
        kind="window",
        keys=("k",),
        event_time="time",
        windows=(("w", width),),
        aggregates=(AggregateSpec("_a0", function, argument, where),),
        **settings,
    )
    return run(spec, source, spine, own_row)["_a0_w"]


def test_latest_is_the_newest_row_at_or_before_the_instant():
    source = events(("x", 10, 1.0), ("x", 20, 2.0), ("y", 15, 3.0))
    spine = asked(("x", 9), ("x", 10), ("x", 19), ("x", 20), ("y", 99), ("z", 99))
    assert latest(source, spine) == [None, 1.0, 1.0, 2.0, 3.0, None]


def test_a_row_is_seen_only_once_it_is_available():
    source = events(("x", 10, 1.0), ("x", 20, 2.0))
    assert latest(source, asked(("x", 24), ("x", 25)), available_after=5) == [1.0, 2.0]


def test_a_row_as_old_as_the_ttl_is_too_old():
    source = events(("x", 10, 1.0))
    assert latest(source, asked(("x", 14), ("x", 15)), ttl=5) == [1.0, None]


def test_latest_reports_the_time_of_its_row():
    spec = ViewSpec(kind="latest", keys=("k",), event_time="time", columns=("v",))
    got = run(spec, events(("x", 10, None)), asked(("x", 12), ("y", 12)))
    epoch = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    assert got["__event_time"] == [epoch + dt.timedelta(microseconds=10), None]
    assert got["v"] == [None, None]


def test_the_example_never_sees_its_own_row():
    source = events(("x", 10, 1.0), ("x", 20, 2.0))
    spine = asked(("x", 20), ("x", 20))
    assert latest(source, spine, own_row=[1, -1]) == [1.0, 2.0]
    assert window(source, spine, "sum", own_row=[1, -1]) == [1.0, 3.0]
    assert window(source, spine, "max", own_row=[1, -1]) == [1.0, 2.0]
    assert window(source, spine, "first", own_row=[0, -1]) == [2.0, 1.0]


def test_ties_are_broken_by_the_greatest_value_or_rejected():
    source = events(("x", 10, 1.0), ("x", 10, 2.0), created=pa.array([7, 5]))
    assert latest(source, asked(("x", 10)), tie_break="created") == [1.0]
    with pytest.raises(PointInTimeError, match="declare a column that breaks ties") as caught:
        latest(source, asked(("x", 10)))
    assert [row["__row"] for row in caught.value.rows] == [0, 1]
    assert caught.value.rows[0]["k"] == "x"


def test_a_tie_that_the_tie_break_leaves_is_rejected():
    source = events(("x", 10, 1.0), ("x", 10, 2.0), created=pa.array([5, 5]))
    with pytest.raises(PointInTimeError):
        latest(source, asked(("x", 10)), tie_break="created")


def test_null_comes_first_among_tie_breaks():
    source = events(("x", 10, 1.0), ("x", 10, 2.0), created=pa.array([-5, None]))
    assert latest(source, asked(("x", 10)), tie_break="created") == [1.0]


def test_windows_include_both_boundaries():
    source = events(("x", 10, 1.0), ("x", 20, 2.0))
    spine = asked(("x", 19), ("x", 20), ("x", 21), ("x", 30), ("x", 31))
    assert window(source, spine, "count", argument=None) == [1, 2, 1, 1, 0]


def test_a_window_shorter_than_the_lag_is_empty():
    source = events(("x", 10, 1.0))
    spine = asked(("x", 12), ("x", 20))
    assert window(source, spine, "count", width=3, available_after=5) == [0, 0]


def test_null_keys_and_times_match_nothing():
    source = events((None, 10, 1.0), ("x", None, 2.0), ("x", 10, 4.0))
    spine = asked((None, 10), ("x", None), ("x", 10))
    assert latest(source, spine) == [None, None, 4.0]
    assert window(source, spine, "count") == [0, 0, 1]
    assert window(source, spine, "sum") == [None, None, 4.0]


def test_nulls_are_skipped_and_nothing_is_null():
    source = events(("x", 1, None), ("x", 2, 4.0), ("x", 3, 6.0), ("y", 3, None))
    spine = asked(("x", 5), ("y", 5), ("x", 2))
    expected = {
        "count": [2, 0, 1],
        "sum": [10.0, None, 4.0],
        "avg": [5.0, None, 4.0],
        "min": [4.0, None, 4.0],
        "max": [6.0, None, 4.0],
        "variance": [2.0, None, None],
        "stddev": [math.sqrt(2.0), None, None],
        "first": [4.0, None, 4.0],
        "last": [6.0, None, 4.0],
    }
    assert {function: window(source, spine, function) for function in expected} == expected
    assert window(source, spine, "count", argument=None) == [3, 1, 2]


def test_a_filter_chooses_rows_and_null_is_false():
    late = pa.array([True, False, None, True])
    source = events(("x", 1, 1.0), ("x", 2, 2.0), ("x", 3, 3.0), ("x", 4, None), late=late)
    spine = asked(("x", 5))
    assert window(source, spine, "sum", where="late") == [1.0]
    assert window(source, spine, "count", argument=None, where="late") == [2]


def test_booleans_count_as_numbers():
    source = events(("x", 1, None), ("x", 2, None), ("x", 3, None), b=pa.array([True, False, None]))
    spine = asked(("x", 5))
    assert window(source, spine, "sum", argument="b") == [1]
    assert window(source, spine, "avg", argument="b") == [0.5]
    assert window(source, spine, "max", argument="b") == [True]


def test_strings_and_times_have_extremes():
    source = events(("x", 1, None), ("x", 2, None), s=pa.array(["b", "a"]))
    assert window(source, asked(("x", 5)), "min", argument="s") == ["a"]
    assert window(source, asked(("x", 5)), "last", argument="s") == ["a"]
    assert window(source, asked(("x", 5)), "max", argument="time")[0].microsecond == 2


def test_integers_are_exact_and_overflow_is_an_error():
    big = pa.array([2**62, 2**62 - 1, 3, 2**62])
    rows = [("x", i, None) for i in range(3)]
    source = events(*rows, ("y", 2, None), n=big)
    assert window(source, asked(("x", 1)), "sum", argument="n") == [2**63 - 1]
    with pytest.raises(PointInTimeError, match="_a0: a sum of integers exceeds int64"):
        window(source, asked(("x", 2)), "sum", argument="n")


def test_huge_neighbours_leave_no_drift():
    rows = [("x", i, value) for i, value in enumerate((1e300, 1e15, 1e-3, 2e-3, -1e300))]
    source, spine = events(*rows), asked(("x", 3))
    assert window(source, spine, "sum", width=1) == [1e-3 + 2e-3]
    assert window(source, spine, "sum", width=2) == [1e15 + 3e-3]
    assert window(source, spine, "variance", width=1) == [pytest.approx(5e-7, rel=1e-15)]


def test_sums_do_not_depend_on_rows_outside_the_window():
    generator = np.random.default_rng(7)
    values = generator.normal(size=400) * 10.0 ** generator.integers(-12, 12, 400)
    rows = [("x", i, float(v)) for i, v in enumerate(values)]
    alone = [
        window(events(*rows[i - 20 : i + 1]), asked(("x", i)), "sum", width=20)[0]
        for i in (50, 200, 399)
    ]
    spine = asked(("x", 50), ("x", 200), ("x", 399))
    assert window(events(*rows), spine, "sum", width=20) == alone


def test_nan_and_infinity_touch_only_windows_that_hold_them():
    rows = [("x", 1, math.nan), ("x", 20, 1.0), ("x", 40, math.inf), ("x", 60, 2.0)]
    got = window(events(*rows), asked(("x", 1), ("x", 20), ("x", 40), ("x", 60)), "sum")
    assert math.isnan(got[0])
    assert got[1:] == [1.0, math.inf, 2.0]


def test_nan_is_greater_than_every_number():
    source = events(("x", 1, math.nan), ("x", 2, math.inf), ("y", 1, math.nan))
    spine = asked(("x", 5), ("y", 5))
    assert window(source, spine, "min")[0] == math.inf
    assert math.isnan(window(source, spine, "min")[1])
    assert math.isnan(window(source, spine, "max")[0])


def test_a_constant_has_no_variance():
    source = events(*(("x", i, 1e15 + 0.3) for i in range(50)))
    assert window(source, asked(("x", 49)), "variance", width=99) == [0.0]


def test_a_small_spread_around_a_huge_mean_keeps_its_digits():
    source = events(*(("x", i, 1e15 + i % 2) for i in range(4)))
    got = window(source, asked(("x", 3)), "variance")
    assert got == [pytest.approx(1 / 3, rel=1e-15)]


def static(source, spine, **settings):
    spec = ViewSpec(kind="static", keys=("k",), columns=("v",), **settings)
    return run(spec, source, spine)


def test_static_finds_the_only_row_whatever_its_time():
    got = static(events(("x", 99, 1.0), (None, 1, 2.0)), asked(("x", 1), ("y", 1), (None, 1)))
    assert got == {"v": [1.0, None, None], "__event_time": [None] * 3}


def test_static_rejects_duplicate_keys_unless_one_is_newest():
    source = events(("x", 1, 1.0), ("x", 1, 2.0), created=pa.array([1, 2]))
    with pytest.raises(PointInTimeError, match="several rows share k") as caught:
        static(source, asked(("x", 1)))
    assert len(caught.value.rows) == 2
    assert static(source, asked(("x", 1)), tie_break="created")["v"] == [2.0]


def test_composite_keys_match_as_a_whole():
    source = pa.table({"a": ["x", "x", "y"], "b": [1, 2, 1], "v": [10, 20, 30]})
    spine = pa.table({"p": ["x", "y", "y", None], "q": pa.array([2, 1, 2, 1], pa.int32())})
    spec = ViewSpec(kind="static", keys=("a", "b"), columns=("v",))
    got = compute_view(spec, source, spine, spine_keys=("p", "q"), spine_time=None)
    assert got["v"].to_pylist() == [20, 30, None, None]


@pytest.mark.parametrize("encode", [lambda a: a, lambda a: a.dictionary_encode()])
def test_keys_may_be_dictionaries_with_other_codes(encode):
    source = events(("b", 1, 1.0), ("a", 1, 2.0)).set_column(0, "k", encode(pa.array(["b", "a"])))
    spine = asked(("a", 5), ("b", 5)).set_column(0, "k", pa.array(["a", "b"]).dictionary_encode())
    assert latest(source, spine) == [2.0, 1.0]


def test_incomparable_keys_are_a_typed_error():
    source = events(("x", 1, 1.0))
    spine = pa.table({"k": pa.array([1.5]), "t": pa.array([1], STAMP)})
    source = source.set_column(0, "k", pa.array([dt.date(2020, 1, 1)]))
    with pytest.raises(PointInTimeError, match="cannot be compared"):
        latest(source, spine)


def test_empty_tables_give_empty_or_missing_values():
    assert latest(events(), asked(("x", 1)), own_row=[-1]) == [None]
    assert latest(events(("x", 1, 1.0)), asked()) == []
    assert window(events(), asked(("x", 1)), "count") == [0]
    assert window(events(), asked(("x", 1)), "stddev") == [None]
    assert window(events(), asked(), "avg") == []


def test_rows_come_out_in_the_order_they_went_in():
    source = events(*(("x", i, float(i)) for i in range(100)))
    times = np.random.default_rng(3).integers(0, 120, 500)
    got = latest(source, asked(*(("x", int(t)) for t in times)))
    assert got == [float(min(t, 99)) for t in times]


def test_instants_across_the_whole_calendar_keep_their_microseconds():
    far = 1 << 59  # With this many keys, (key, microsecond) no longer fits 62 bits.
    others = (("y", far, 3.0), *((key, 5, 0.0) for key in "abcdef"))
    source = events(("x", -far, 1.0), ("x", far - 1, 2.0), ("x", far, 4.0), *others)
    spine = asked(("x", -far), ("x", far - 2), ("x", far - 1), ("x", far), ("y", far - 1))
    spec = ViewSpec(kind="latest", keys=("k",), event_time="time", columns=("v",))
    got = compute_view(spec, source, spine, spine_keys=("k",), spine_time="t")
    assert got["v"].to_pylist() == [1.0, 1.0, 2.0, 4.0, None]


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (pa.array([1, 2]), "a timestamp is needed"),
        (pa.array([1, 1500], pa.timestamp("ns")), "not whole microseconds"),
        (pa.array([1, 1 << 61], STAMP), "beyond"),
    ],
)
def test_unfit_times_are_typed_errors(column, message):
    source = events(("x", 1, 1.0), ("x", 2, 2.0)).set_column(1, "time", column)
    with pytest.raises(PointInTimeError, match=message):
        latest(source, asked(("x", 5)))


def test_a_sum_of_strings_is_a_typed_error():
    source = events(("x", 1, 1.0), s=pa.array(["a"]))
    with pytest.raises(PointInTimeError, match="_a0: a number is needed"):
        window(source, asked(("x", 5)), "sum", argument="s")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: AggregateSpec("a", "mode", "v"),
        lambda: AggregateSpec("a", "sum"),
        lambda: ViewSpec(kind="latest", keys=("k",)),
        lambda: ViewSpec(kind="static", keys=()),
        lambda: ViewSpec(kind="latest", keys=("k",), event_time="time", ttl=-1),
        lambda: latest(events(("x", 1, 1.0)), asked(("x", 1)), own_row=[1]),
        lambda: latest(events(("x", 1, 1.0)), asked(("x", 1)), own_row=[0, 0]),
    ],
)
def test_malformed_requests_are_refused(wrong):
    with pytest.raises(ValueError):  # noqa: PT011
        wrong()
