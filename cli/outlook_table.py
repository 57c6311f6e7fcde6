"""What a run would do, as a person reads it: a line a step, and under it why it runs."""

import shutil
import sys
import textwrap
from collections.abc import Sequence

import click

from ..compiler.plan import Plan
from ..runtime.estimate import Estimate, Totals
from ..runtime.foresee import Outlook
from ..runtime.monitoring.wording import count, size
from ..runtime.predict import Prediction

_MARKS = {"cached": ("=", "bright_black"), "runs": ("▶", "green"), "unknown": ("?", "yellow")}
_TITLES = ("rows", "size", "memory", "time")
_INDENT = "    "
_NARROWEST = 40


def show_outlook(plan: Plan, outlook: Outlook) -> None:
    """Print it, as wide as the terminal is; what goes to a program is not cut."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    at = {step.id: step.at for step in plan}
    cells = {step_id: _cells(one) for step_id, one in outlook.estimates.items()}
    widths = [max(map(len, column)) for column in zip(_TITLES, *cells.values(), strict=True)]
    names = [p.step_id for p in outlook.predictions]
    room = sum(widths) + 2 * len(widths) + 2 if cells else len("cached") + 4
    name_width = max(map(len, names), default=0)
    if width is not None:
        name_width = min(name_width, max(width - room, _NARROWEST))
    if cells:
        click.secho(f"  {' ' * name_width}{_row(_TITLES, widths)}", dim=True)
    for prediction in outlook.predictions:
        _show_step(prediction, at[prediction.step_id], cells, widths, name_width, width)
    _show_totals(outlook, width)


def _show_step(
    prediction: Prediction,
    at: str,
    cells: dict[str, tuple[str, ...]],
    widths: Sequence[int],
    name_width: int,
    width: int | None,
) -> None:
    mark, color = _MARKS[prediction.status]
    name = _cut(prediction.step_id, name_width).ljust(name_width)
    start = click.style(mark, fg=color)
    if prediction.status == "cached":
        click.echo(f"{start} {click.style(f'{name}  cached', dim=True)}")
        return
    click.echo(f"{start} {name}{_row(cells[prediction.step_id], widths)}")
    told = prediction.why
    if at and all(reason.kind in ("first", "lost", "effect") for reason in prediction.reasons):
        told = f"{told} ({at})"
    for line in _wrapped(told, width):
        click.secho(f"{_INDENT}{line}", dim=prediction.status == "runs", fg=None)


def _show_totals(outlook: Outlook, width: int | None) -> None:
    counts = {s: sum(p.status == s for p in outlook.predictions) for s in _MARKS}
    depends = "depends" if counts["unknown"] == 1 else "depend"
    unknown = f", {counts['unknown']} {depends} on the others" if counts["unknown"] else ""
    click.echo(f"\n{counts['runs']} to run, {counts['cached']} cached{unknown}")
    if counts["runs"]:
        for line in _wrapped(_taken(outlook.totals), width):
            click.secho(line, dim=True)


def _taken(totals: Totals) -> str:
    if totals.unknown == totals.steps:
        return "what it will take is known after a first run"
    told = [
        f"≈ {_time(totals.seconds)} of work",
        f"≈ {_time(totals.longest)} when all that can runs side by side",
    ]
    if totals.memory is not None:
        told.append(f"≈ {size(totals.memory)} at most for one step")
    if totals.unknown:
        told.append(f"without {count(totals.unknown, 'step')} that never ran")
    return ", ".join(told)


def _cells(one: Estimate) -> tuple[str, ...]:
    told = (
        None if one.rows is None else f"{one.rows:,}",
        None if one.bytes is None else size(one.bytes),
        None if one.memory is None else size(one.memory),
        None if one.seconds is None else _time(one.seconds),
    )
    return tuple("–" if cell is None else f"≈ {cell}" for cell in told)


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "".join(f"  {cell.rjust(w)}" for cell, w in zip(cells, widths, strict=True))


def _time(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    if seconds < 3600:
        return f"{seconds // 60:.0f} min {seconds % 60:02.0f} s"
    return f"{seconds // 3600:.0f} h {seconds % 3600 // 60:02.0f} min"


def _cut(name: str, width: int) -> str:
    if len(name) <= width:
        return name
    half = (width - 1) // 2
    return f"{name[: width - 1 - half]}…{name[-half:]}"


def _wrapped(text: str, width: int | None) -> list[str]:
    if width is None:
        return [text]
    # `≈ 1.4 s` is one word.
    lines = textwrap.wrap(
        text.replace("≈ ", "≈\u00a0"),
        max(width - len(_INDENT), _NARROWEST),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace("\u00a0", " ") for line in lines]
