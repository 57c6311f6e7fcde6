"""One case (view, source, examples) through the kernel and through the oracle, compared."""

import math
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from onespec.runtime.features.view import ViewSpec, compute_view

from . import oracle

STAMP = pa.timestamp("us", "UTC")
TYPES = {
    "f": pa.float64(),
    "i": pa.int64(),
    "s": pa.string(),
    "b": pa.bool_(),
    "w": pa.bool_(),
    "rank": pa.int64(),
}
KEY_TYPES = (pa.string(), pa.int64())
EXACT = {"count", "min", "max", "first", "last"}


@dataclass(frozen=True)
class Case:
    """`rows` and `examples` as the oracle reads them."""

    spec: ViewSpec
    rows: list
    examples: list

    def source(self):
        columns = _keys([row["key"] for row in self.rows], len(self.spec.keys))
        columns["time"] = pa.array([row["time"] for row in self.rows], STAMP)
        for name, kind in TYPES.items():
            columns[name] = pa.array([row.get(name) for row in self.rows], kind)
        return pa.table(columns)

    def spine(self):
        columns = _keys([key for key, _, _ in self.examples], len(self.spec.keys))
        columns["t"] = pa.array([t for _, t, _ in self.examples], STAMP)
        return pa.table(columns)

    def own_row(self):
        return np.array([own for _, _, own in self.examples], dtype=np.int64)


def _keys(keys, parts):
    return {f"k{i}": pa.array([key[i] for key in keys], KEY_TYPES[i]) for i in range(parts)}


def from_kernel(case, spec=None, own_row="the case's"):
    table = compute_view(
        spec or case.spec,
        case.source(),
        case.spine(),
        spine_keys=case.spec.keys,
        spine_time="t",
        own_row=case.own_row() if isinstance(own_row, str) else own_row,
    )
    assert table.num_rows == len(case.examples)
    return {name: to_python(table.column(name)) for name in table.column_names}


def to_python(column):
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    return column.to_pylist()


def from_oracle(case):
    spec, rows = case.spec, case.rows
    if spec.kind == "window":
        return dict(_windows(spec, rows, case.examples))
    found = [
        oracle.latest(
            rows,
            example,
            available_after=spec.available_after,
            ttl=spec.ttl,
            tie_break=spec.tie_break,
        )
        for example in case.examples
    ]
    if not case.examples:
        oracle.in_order(rows, spec.tie_break)
    return {
        **{c: [None if n is None else rows[n][c] for n in found] for c in spec.columns},
        "__event_time": [None if n is None else rows[n]["time"] for n in found],
    }


def _windows(spec, rows, examples):
    ordered = any(a.function in ("first", "last") for a in spec.aggregates)
    if ordered:
        oracle.in_order(rows, spec.tie_break)
    for name, width in spec.windows:
        members = [
            oracle.window(
                rows,
                example,
                available_after=spec.available_after,
                width=width,
                tie_break=spec.tie_break,
                ordered=ordered,
            )
            for example in examples
        ]
        for a in spec.aggregates:
            yield (
                f"{a.name}_{name}",
                [oracle.aggregate(a.function, rows, m, a.argument, a.where) for m in members],
            )


def differences(spec, got, expected):
    """The cells (column, example, got, expected) that differ; floats may by a few ulp."""
    assert set(got) == set(expected)
    functions = {a.name: a.function for a in spec.aggregates}
    return [
        (name, i, a, b)
        for name in expected
        for i, (a, b) in enumerate(zip(got[name], expected[name], strict=True))
        if not same(a, b, exact=functions.get(name.split("_")[0], "latest") in EXACT)
    ]


def same(a, b, *, exact):
    if a is None or b is None or isinstance(b, (str, bool, int)):
        return type(a) is type(b) and a == b
    if math.isnan(b):
        return math.isnan(a)
    return a == b or (not exact and math.isclose(a, b, rel_tol=4e-15, abs_tol=1e-322))
