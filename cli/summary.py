"""What a run has come to: the model's metrics and gates, where things are, and what to do next."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..compiler.plan import Plan
from ..runtime.events import RunResult
from ..runtime.latest import link_latest
from ..runtime.monitoring.wording import count, percent
from ..runtime.open import Place
from ..runtime.workspace import Workspace
from ..specs.render.visible import visible
from .next_steps import next_steps
from .tables import gate_lines, metrics_table, print_table


def show_run(plan: Plan, place: Place, result: RunResult, words: tuple[str, str]) -> None:
    """Print the outcome of a run for a person. `words` name the spec in the commands that come
    next: as an argument, and as an option."""
    console = Console(highlight=False, soft_wrap=True)
    done, cached = len(result.of_state("done")), len(result.of_state("cached"))
    following: list[Text] = []
    console.print()
    with place.open(plan) as workspace:
        for model in _models(plan, result):
            _show_model(console, result, model)
        _show_places(console, workspace, result)
        if result.state == "done":
            following = next_steps(plan, workspace, result, *words)
    _show_fallbacks(console, result, words[0])
    _show_errors(console, result)
    mark = "[green]✓[/green]" if result.state == "done" else "[red]✗[/red]"
    console.print(
        f"{mark} {result.state.replace('_', ' ')}: {count(done, 'step')} run, {cached} cached, "
        f"in {result.seconds:.1f} s"
    )
    for line in following:
        console.print(line)


def _models(plan: Plan, result: RunResult) -> Iterator[str]:
    for step in plan:
        if step.kind == "evaluate" and step.id in result.steps:
            yield step.id.partition(".")[2]


def _show_model(console: Console, result: RunResult, model: str) -> None:
    evaluated = result.steps[f"evaluate.{model}"]
    if evaluated.value is None:
        return
    registered = result.steps.get(f"register.{model}")
    version = registered.facts.get("version") if registered else None
    console.print(f"[bold]{model}[/bold]" + (f" version {version}" if version else ""))
    console.print(metrics_table(evaluated.facts))
    _importance(console, evaluated.facts)
    _weakest(console, evaluated.facts)
    gate = result.steps.get(f"gate.{model}")
    if gate is not None:
        for line in gate_lines(gate.facts.get("gates") or _rows(gate.error)):
            console.print(line)
    console.print()


def _importance(console: Console, facts: Any) -> None:
    names = facts.get("most_important") or []
    if names:
        row = Table.grid(padding=(0, 2, 0, 0))
        row.add_row(Text("  matters most", "dim"), ", ".join(names))
        print_table(console, row)


def _weakest(console: Console, facts: Any) -> None:
    """The classes that the test split shows to be found least."""
    found = [
        f"{visible(one['class'])} ({percent(one['recall'])} of {count(one['rows'], 'row')})"
        for one in facts.get("weakest") or ()
    ]
    if found:
        row = Table.grid(padding=(0, 2, 0, 0))
        row.add_row(Text("  found least", "dim"), Text(", ".join(found)))
        print_table(console, row)


def _rows(error: Any) -> list[dict[str, Any]]:
    return [row for row in getattr(error, "rows", ()) if isinstance(row, dict)]


def _show_places(console: Console, workspace: Workspace, result: RunResult) -> None:
    rows: list[tuple[str, Path]] = []
    for step_id, folder in link_latest(workspace, result).items():
        kind, _, name = step_id.partition(".")
        if kind == "training_set":
            rows.append((f"training set of {name}", folder / "training_set.parquet"))
        if kind == "train":
            rows.append((f"model {name}", folder / "model.onnx"))
    for step_id, outcome in result.steps.items():
        if outcome.value is not None and outcome.facts.get("path"):
            path = workspace.project / outcome.facts["path"]
            rows.append((f"scores of {step_id.partition('.')[2]}", path))
    width = max((len(what) for what, _ in rows), default=0)
    for what, where in rows:
        console.print(Text.assemble((f"  {what.ljust(width)}  ", "dim"), _short(where)))
    if rows:
        console.print()


def _short(path: Path) -> str:
    """Relative to where the person stands, where that is shorter."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _show_fallbacks(console: Console, result: RunResult, spec: str) -> None:
    """Also of what an earlier run has made: it is used all the same."""
    for step_id, outcome in result.steps.items():
        reason = outcome.facts.get("fallback")
        if reason:
            line = Text.assemble(("! ", "yellow"), (step_id, "yellow"), ": made on the CPU, ")
            line.append(f"not on the GPU that it asks for: {reason}")
            console.print(line)
            again = f"onespec run{spec} --select {step_id} --force"
            console.print(f"  `{again}` makes it again", style="dim", markup=False)
            console.print()


def _show_errors(console: Console, result: RunResult) -> None:
    for step_id in result.of_state("failed", "gate_failed"):
        error = result.steps[step_id].error
        if error is None:
            continue
        console.print(f"[red]✗ {step_id}[/red]: {error}", markup=True)
        for row in error.rows[:5]:
            if not isinstance(row, dict) or "passed" not in row:
                console.print(f"    {json.dumps(row, default=str)}", markup=False)
        if error.remedy:
            console.print(f"  {error.remedy}", style="dim", markup=False)
        console.print()
