"""All data tests of a source, in one scan."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, assert_never

import numpy as np
import pyarrow as pa

from ...compiler.plan import CheckSourceParams, DataCheck, SourceTable, Step
from ..errors import StepError
from ..features.plain import plain
from ..identities.check_source import is_fresh
from ..sources.open_source import open_source
from ..sql import SqlError, literal, query, quote
from ..value import Yield
from ..workspace import StepInputs, Workspace

FILE = "report.json"
SHOWN = 5
_ROW = "__row"


@dataclass(frozen=True, slots=True)
class Tested:
    """How one data test ended. `failing` counts rows; a few of them are in `sample`."""

    check: DataCheck
    ok: bool
    failing: int
    detail: str = ""
    sample: tuple[Mapping[str, Any], ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "test": describe(self.check),
            "kind": self.check.kind,
            "columns": list(self.check.columns),
            "level": self.check.level,
            "ok": self.ok,
            "failing": self.failing,
            "detail": self.detail,
            "sample": [dict(row) for row in self.sample],
        }


def run(step: Step, inputs: StepInputs, workspace: Workspace) -> Yield:
    """`report.json`: every test with its result. Facts: `rows`, `tests`, `warned`.

    Raises StepError when a test of level `error` fails; one of level `warn` is only recorded.
    """
    params = _params(step)
    source = params.source
    wanted = {name for check in params.checks for name in check.columns}
    if any(check.kind == "fresh" for check in params.checks):
        wanted.add(str(source.event_time))
    # The plan takes a column that is tested so as never null: here that is still open.
    columns = tuple(replace(column, nullable=True) for column in source.columns)
    table = open_source(replace(source, columns=columns), inputs, workspace, wanted)
    table = table.append_column(_ROW, pa.array(np.arange(table.num_rows)))
    threads = max(1, int(step.resources.cpu))
    try:
        tested = _test(params, table, workspace.as_of, threads)
    except SqlError as error:
        raise StepError(
            f"source `{source.name}`: a data test cannot be run: {error}",
            remedy="mend its `checks` in the spec",
        ) from error
    report = {
        "source": source.name,
        "rows": table.num_rows,
        "tests": [test.as_json() for test in tested],
    }
    path = workspace.scratch / FILE
    path.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    _reject(source, table.num_rows, tested)
    warned = sum(not test.ok for test in tested)
    return Yield({FILE: path}, {"rows": table.num_rows, "tests": len(tested), "warned": warned})


def describe(check: DataCheck) -> str:
    """The test in a few words."""
    columns = ", ".join(check.columns)
    match check.kind:
        case "not_null":
            return f"{columns} is never null"
        case "unique":
            return f"{columns} is unique"
        case "in_range":
            return f"{columns} is in {_range(check)}"
        case "accepted":
            return f"{columns} is one of {', '.join(map(str, check.values))}"
        case "fresh":
            return f"the newest event is at most {(check.within or 0) / 3.6e9:g} hours old"
        case "row_count":
            return f"the number of rows is in {_range(check)}"
        case _:
            assert_never(check.kind)


def _params(step: Step) -> CheckSourceParams:
    assert isinstance(step.params, CheckSourceParams)
    return step.params


def _range(check: DataCheck) -> str:
    low = "" if check.minimum is None else f"{check.minimum:g}"
    high = "" if check.maximum is None else f"{check.maximum:g}"
    return f"[{low}, {high}]"


def _test(
    params: CheckSourceParams, table: pa.Table, as_of: int, threads: int
) -> tuple[Tested, ...]:
    """One query counts what fails; only what fails is looked at again, for a sample."""
    counts = {
        f"c{place}": sql
        for place, check in enumerate(params.checks)
        if (sql := _failing_count(check)) is not None
    }
    if any(check.kind == "fresh" for check in params.checks):
        counts["newest"] = f"epoch_us(max({quote(str(params.source.event_time))}))"
    found: Mapping[str, Any] = {}
    if counts:
        selected = ", ".join(f"{sql} as {name}" for name, sql in counts.items())
        text = f"select {selected} from input"  # noqa: S608
        found = query(text, {"input": table}, threads=threads).to_pylist()[0]
    return tuple(
        _result(check, found.get(f"c{place}"), found.get("newest"), table, as_of)
        for place, check in enumerate(params.checks)
    )


def _result(
    check: DataCheck, failing: int | None, newest: int | None, table: pa.Table, as_of: int
) -> Tested:
    if check.kind == "fresh":
        ok = is_fresh(check, newest, as_of)
        seen = "no event" if newest is None else f"newest event {_instant(newest)}"
        return Tested(check, ok, 0, seen)
    if check.kind == "row_count":
        rows = table.num_rows
        low, high = check.minimum, check.maximum
        ok = (low is None or rows >= low) and (high is None or rows <= high)
        return Tested(check, ok, 0, f"{rows} rows")
    count = int(failing or 0)
    tested = Tested(check, count == 0, count)
    return tested if tested.ok else replace(tested, sample=_sample(check, table))


def _failing_count(check: DataCheck) -> str | None:
    """How many rows fail; for `unique`, how many repeat an earlier one."""
    if check.kind in ("fresh", "row_count"):
        return None
    if check.kind == "unique":
        names = [quote(name) for name in check.columns]
        present = " and ".join(f"{name} is not null" for name in names)
        value = names[0] if len(names) == 1 else f"({', '.join(names)})"
        return f"count(*) filter ({present}) - count(distinct {value}) filter ({present})"
    return f"count(*) filter ({_fails(check)})"


def _fails(check: DataCheck) -> str:
    """Which rows fail. A null fails `not_null` alone, and NaN is in no range."""
    return " or ".join(f"({_column_fails(check, quote(name))})" for name in check.columns)


def _column_fails(check: DataCheck, name: str) -> str:
    if check.kind == "not_null":
        return f"{name} is null"
    if check.kind == "accepted":
        return f"{name} not in ({', '.join(literal(value) for value in check.values)})"
    bounds = [f"isnan(cast({name} as double))"]
    if check.minimum is not None:
        bounds.append(f"{name} < {literal(float(check.minimum))}")
    if check.maximum is not None:
        bounds.append(f"{name} > {literal(float(check.maximum))}")
    return " or ".join(bounds)


def _sample(check: DataCheck, table: pa.Table) -> tuple[Mapping[str, Any], ...]:
    """The first failing rows in source order; `__row` counts from 0."""
    names = ", ".join(quote(name) for name in (_ROW, *check.columns))
    if check.kind == "unique":
        keys = ", ".join(quote(name) for name in check.columns)
        present = " and ".join(f"{quote(name)} is not null" for name in check.columns)
        text = (
            f"select {names} from input where {present} "  # noqa: S608
            f"qualify count(*) over (partition by {keys}) > 1"
        )
    else:
        text = f"select {names} from input where {_fails(check)}"  # noqa: S608
    found = query(f"{text} order by {quote(_ROW)} limit {SHOWN}", {"input": table})
    return tuple({name: plain(cell) for name, cell in row.items()} for row in found.to_pylist())


def _instant(micros: int) -> str:
    return str(plain(pa.scalar(micros, pa.timestamp("us")).as_py()))


def _reject(source: SourceTable, rows: int, tested: Iterable[Tested]) -> None:
    failed = [test for test in tested if not test.ok and test.check.level == "error"]
    if not failed:
        return
    told = "; ".join(
        describe(test.check)
        + (f": {test.failing} of {rows} rows fail" if test.failing else f": {test.detail}")
        for test in failed
    )
    raise StepError(
        f"source `{source.name}` fails {len(failed)} of its data tests: {told}",
        remedy="mend the data, or give the test `level: warn`",
        rows=[row for test in failed for row in test.sample],
    )
