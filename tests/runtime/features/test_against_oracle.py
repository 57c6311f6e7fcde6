"""The kernel equals the plain loops on generated event tables, and planted faults are seen."""

import dataclasses

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onespec.runtime.features.errors import PointInTimeError
from onespec.runtime.features.view import AggregateSpec, ViewSpec

from . import comparison
from .comparison import Case

HOUR = 3_600_000_000
SPRING, AUTUMN = 1_362_898_800_000_000, 1_383_458_400_000_000  # DST instants of New York in 2013
BASES = (0, -3 * HOUR, SPRING, AUTUMN, -(1 << 59), (1 << 59) - 10 * HOUR)
HARD_FLOATS = (
    1e15, -1e15, 1e-3, 0.1, 1e300, -1e300, 1.7e308, 5e-324, 3e-170, 2.0**52 + 0.5,
    0.0, -0.0, 1.0, 7.0, float("nan"), float("inf"), float("-inf"),
)  # fmt: skip
HARD_INTS = (0, 1, -1, 2, 3, 1000, 2**31, 2**53 + 1, -(2**62), 2**63 - 1, -(2**63))
FUNCTIONS = {
    "f": ("count", "sum", "avg", "min", "max", "variance", "stddev", "first", "last"),
    "i": ("count", "sum", "avg", "min", "max", "variance", "stddev", "first", "last"),
    "b": ("count", "sum", "avg", "variance", "min", "max", "first", "last"),
    "s": ("count", "min", "max", "first", "last"),
}


@st.composite
def instants(draw, bases, unit):
    base = draw(st.sampled_from(bases))
    return base + unit * draw(st.integers(-5, 5)) + draw(st.sampled_from((0, 0, 0, 0, 1, -1)))


@st.composite
def columns(draw):
    flavour = draw(st.sampled_from(("plain", "hard", "any")))
    floats = {
        "plain": st.integers(-40, 40).map(float),
        "hard": st.sampled_from(HARD_FLOATS),
        "any": st.floats(),
    }[flavour]
    ints = st.integers(-99, 99) if flavour == "plain" else st.sampled_from(HARD_INTS)
    return {
        "f": st.none() | floats,
        "i": st.none() | ints,
        "s": st.none() | st.sampled_from(("", "a", "b", "é", "z")),
        "b": st.none() | st.booleans(),
        "w": st.none() | st.booleans(),
    }


@st.composite
def tables(draw):
    """Rows, examples and the unit of time, so that boundaries are often met exactly."""
    unit = draw(st.sampled_from((1, 7, HOUR)))
    bases = draw(st.lists(st.sampled_from(BASES), min_size=1, max_size=2))
    parts = draw(st.sampled_from((1, 1, 2)))
    key = st.tuples(
        *(st.sampled_from(("x", "y", None)), st.sampled_from((1, 2, None)))[:parts]
    )  # fmt: skip
    time = st.none() | instants(bases, unit)
    values = draw(columns())
    size = draw(st.sampled_from((0, 1, 4, 8, 12)))
    rows = draw(
        st.lists(
            st.fixed_dictionaries({"key": key, "time": time, **values}),
            min_size=size // 2,
            max_size=size,
        )
    )
    ranks = draw(st.permutations(range(len(rows))))
    doubled = draw(st.sampled_from((1, 1, 1, 1, 3)))
    for row, rank in zip(rows, ranks, strict=True):
        row["rank"] = rank // doubled if rank else None
    own = st.integers(-1, len(rows) - 1)
    free = st.tuples(key, time, own)
    itself = own.map(lambda n: (rows[n]["key"], rows[n]["time"], n) if n >= 0 else None)
    style = draw(st.sampled_from(("free", "mixed", "source")))
    if style == "source":
        examples = [(row["key"], row["time"], n) for n, row in enumerate(rows)]
    else:
        examples = draw(
            st.lists(free if style == "free" else itself.filter(bool) | free, max_size=8)
            if rows
            else st.lists(free, max_size=3)
        )
    return rows, examples, unit, parts


@st.composite
def window_cases(draw):
    rows, examples, unit, parts = draw(tables())
    argument = draw(st.sampled_from(("f", "f", "f", "i", "b", "s")))
    chosen = draw(st.lists(st.sampled_from(FUNCTIONS[argument]), min_size=1, max_size=5))
    where = draw(st.sampled_from((None, "w")))
    aggregates = [AggregateSpec(f"a{i}", f, argument, where) for i, f in enumerate(chosen)]
    aggregates.append(AggregateSpec("rows", "count", None, where))
    widths = draw(st.lists(st.integers(0, 6), min_size=1, max_size=3))
    spec = ViewSpec(
        kind="window",
        keys=("k0", "k1")[:parts],
        event_time="time",
        available_after=unit * draw(st.integers(0, 3)),
        windows=tuple((f"w{i}", unit * width) for i, width in enumerate(widths)),
        aggregates=tuple(aggregates),
        tie_break=draw(st.sampled_from(("rank", "rank", None))),
    )
    return Case(spec, rows, examples)


@st.composite
def latest_cases(draw):
    rows, examples, unit, parts = draw(tables())
    spec = ViewSpec(
        kind="latest",
        keys=("k0", "k1")[:parts],
        event_time="time",
        available_after=unit * draw(st.integers(0, 3)),
        ttl=draw(st.none() | st.integers(0, 6).map(lambda n: n * unit)),
        columns=("f", "i", "s", "b"),
        tie_break=draw(st.sampled_from(("rank", "rank", "rank", None))),
    )
    return Case(spec, rows, examples)


def check(case):
    try:
        expected = comparison.from_oracle(case)
    except comparison.oracle.AmbiguousError:
        with pytest.raises(PointInTimeError, match="breaks ties"):
            comparison.from_kernel(case)
        return
    sums = (v for column in expected.values() for v in column if isinstance(v, int))
    beyond = case.spec.kind == "window" and any(not -(2**63) <= v < 2**63 for v in sums)
    if beyond:
        with pytest.raises(PointInTimeError, match="exceeds int64"):
            comparison.from_kernel(case)
        return
    assert comparison.differences(case.spec, comparison.from_kernel(case), expected) == []


relaxed = settings(
    max_examples=1000,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    database=None,
)


@relaxed
@given(window_cases())
def test_windows_equal_the_loops(case):
    check(case)


@settings(relaxed, max_examples=600)
@given(latest_cases())
def test_latest_equals_the_loops(case):
    check(case)


@pytest.mark.parametrize("available_after", [0, 400])
def test_a_larger_table_equals_the_loops(available_after):
    """Long windows, several keys at once, and examples that are rows of the source."""
    random = np.random.default_rng(11 + available_after)
    count = 1500
    values = random.normal(size=count) * 10.0 ** random.integers(-9, 9, count)
    rows = [
        {
            "key": (str(random.choice(["x", "y", "z"])),),
            "time": int(random.integers(-3000, 3000)),
            "f": None if i % 17 == 0 else float(values[i]),
            "w": bool(i % 3),
            "rank": i,
        }
        for i in range(count)
    ]
    chosen = random.permutation(count)[:60]
    examples = [(rows[i]["key"], rows[i]["time"], int(i)) for i in chosen]
    examples += [(("x",), int(t), int(i)) for i, t in enumerate(random.integers(-3000, 3000, 20))]
    spec = ViewSpec(
        kind="window",
        keys=("k0",),
        event_time="time",
        available_after=available_after,
        windows=(("w0", 500), ("w1", 5000)),
        aggregates=tuple(AggregateSpec(f"a{i}", f, "f", "w") for i, f in enumerate(FUNCTIONS["f"])),
        tie_break="rank",
    )
    check(Case(spec, rows, examples))


def boundary_case(kind):
    """Rows two units apart, and examples on, just before and just after every boundary."""
    unit = 10
    rows = [
        {"key": ("x",), "time": unit * 2 * i, "f": float(i), "rank": i, "w": True}
        for i in range(12)
    ]
    examples = [(("x",), unit * i + d, -1) for i in range(30) for d in (-1, 0, 1)]
    examples += [(("x",), unit * 2 * i + unit, i) for i in range(12)]
    spec = ViewSpec(
        kind=kind,
        keys=("k0",),
        event_time="time",
        available_after=unit,
        ttl=4 * unit if kind == "latest" else None,
        windows=() if kind == "latest" else (("w0", 4 * unit), ("w1", 7 * unit)),
        aggregates=() if kind == "latest" else (AggregateSpec("a", "sum", "f"),),
        columns=("f",) if kind == "latest" else (),
    )
    return Case(spec, rows, examples)


def faults():
    for kind in ("latest", "window"):
        for by in (-1, 1):
            yield kind, {"available_after": 10 + by}
            if kind == "latest":
                yield kind, {"ttl": 40 + by}
            else:
                yield kind, {"windows": (("w0", 40), ("w1", 70 + by))}
        yield kind, "own row"


@pytest.mark.parametrize(("kind", "fault"), list(faults()), ids=str)
def test_a_planted_fault_is_seen(kind, fault):
    case = boundary_case(kind)
    expected = comparison.from_oracle(case)
    assert comparison.differences(case.spec, comparison.from_kernel(case), expected) == []
    if fault == "own row":
        wrong = comparison.from_kernel(case, own_row=None)
    else:
        wrong = comparison.from_kernel(case, spec=dataclasses.replace(case.spec, **fault))
    assert comparison.differences(case.spec, wrong, expected) != []
