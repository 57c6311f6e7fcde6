"""What to do after a run: commands that are ready to paste."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from shlex import quote
from typing import Any

from rich.text import Text

from ..compiler.plan import Endpoint, Plan
from ..runtime.events import RunResult
from ..runtime.workspace import Workspace

_EXAMPLES_FILE = "examples.parquet"
_TIME = "__time"
_MOST_PASTED = 20
_PLACEHOLDERS = {
    "bool": "true",
    "int": "1",
    "float": "1.0",
    "string": "TEXT",
    "date": "2026-01-31",
    "timestamp": "2026-01-31T12:00:00Z",
}


def next_steps(
    plan: Plan, workspace: Workspace, result: RunResult, argument: str, option: str
) -> list[Text]:
    """The lines. `argument` and `option` are how the commands name the spec."""
    rows: list[tuple[str, str]] = []
    if plan.endpoints:
        endpoint = plan.endpoints[0]
        name = f" -n {quote(endpoint.name)}" if len(plan.endpoints) > 1 else ""
        rows.append((f"onespec serve{argument}{name}", "answer requests; in another terminal:"))
        rows.append(_predict(endpoint, f"onespec predict{option}{name}", workspace, result))
    if any(step.kind == "monitor" for step in plan):
        told = "compare what it sees with the training data"
        rows.append((f"onespec monitor run{option}", told))
    if any(r.facts.get("rolled_out") for r in result.steps.values()):
        told = "how far the new version has come; `advance` moves on"
        rows.append((f"onespec rollout status{option}", told))
    rows.append((f"onespec models list{option}", "every version, and who is champion"))
    width = max(len(command) for command, told in rows if told)
    lines = [Text("\nnext", "dim")]
    for command, told in rows:
        lines.append(Text.assemble("  ", command.ljust(width) if told else command, "  ", told))
        lines[-1].rstrip()
    return lines


def _predict(
    endpoint: Endpoint, command: str, workspace: Workspace, result: RunResult
) -> tuple[str, str]:
    """The command with a row; where that has more columns than anybody pastes, with a file."""
    columns = {c.name for c in (*endpoint.entity_keys, *endpoint.inputs)}
    if len(columns) > _MOST_PASTED:
        return f"{command} rows.json", f"a list of rows, each with {len(columns)} columns"
    return f"{command} {_row(endpoint, workspace, result)}", ""


def _row(endpoint: Endpoint, workspace: Workspace, result: RunResult) -> str:
    columns = {c.name: c for c in (*endpoint.entity_keys, *endpoint.inputs)}
    newest = _newest_example(endpoint.model, tuple(columns), workspace, result)
    return " ".join(
        f"{name}={quote(_value(newest[name]) if name in newest else _PLACEHOLDERS[column.type])}"
        for name, column in columns.items()
    )


def _newest_example(
    model: str, names: Sequence[str], workspace: Workspace, result: RunResult
) -> dict[str, Any]:
    """What the newest example has of the columns. Nothing, where looking would cost an import."""
    examples = result.steps.get(f"examples.{model}")
    if examples is None or examples.value is None or "pyarrow" not in sys.modules:
        return {}
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    path = workspace.file(examples.value, _EXAMPLES_FILE)
    there = [name for name in names if name in pq.read_schema(path).names]
    table = pq.read_table(path, columns=[*there, _TIME])
    times = table.column(_TIME)
    newest = pc.index(times, pc.max(times)).as_py()
    row: dict[str, Any] = table.select(there).slice(newest, 1).to_pylist()[0]
    return row


def _value(value: Any) -> str:
    """As `onespec predict` reads it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        instant = value if value.tzinfo else value.replace(tzinfo=UTC)
        return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value)
