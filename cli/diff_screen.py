"""Changes on a terminal: by what happens, the worst first, each edit shown once."""

from collections.abc import Iterator

import click

from ..compiler.changes.edits import Edit
from ..compiler.changes.labels import LABELS, Label
from ..compiler.changes.nodes import NodeChange, Reason
from ..compiler.changes.words import places, summary, title, value, verb
from ..specs.render.visible import cells, visible

_COLORS: dict[Label, str] = {
    "breaks callers": "red",
    "removed": "red",
    "retrain": "magenta",
    "rematerialise": "cyan",
    "redeploy": "green",
    "re-evaluate": "yellow",
    "re-read": "blue",
    "re-check": "blue",
    "re-monitor": "yellow",
    "added": "green",
    "metadata only": "bright_black",
}
_EDITS = 5


def show_changes(nodes: tuple[NodeChange, ...], old: str, new: str, width: int) -> None:
    """Print what happens to which nodes and why, and a summary."""
    click.echo(f"{click.style(visible(old), bold=True)} → {click.style(visible(new), bold=True)}\n")
    screen = _Screen(max(40, width))
    for label in LABELS[:-1]:
        there = [node for node in nodes if label in node.labels]
        if there:
            click.secho(label, fg=_COLORS[label], bold=True)
            for node in there:
                for line in screen.node(node, label):
                    click.echo(line)
            click.echo()
    for line in screen.wrapped(summary(nodes), 0):
        click.echo(line)


class _Screen:
    """Lines of nodes; knows which edits have been shown."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.shown: set[Edit] = set()

    def node(self, node: NodeChange, label: Label) -> Iterator[str]:
        kind, _, name = node.name.partition(".")
        head = f"  {click.style(kind, dim=True)} {name}" if name else f"  {kind}"
        span = node.new or node.old
        yield head + (click.style(f"  {_place(span.file, span.line)}", dim=True) if span else "")
        for reason in node.reasons:
            if reason.label == label:
                yield from self.reason(reason)

    def reason(self, reason: Reason) -> Iterator[str]:
        if reason.via is not None:
            via = reason.via.replace(".", " `", 1) + "`"
            yield from self.wrapped(f"{reason.text}, since {via} is trained anew")
            return
        if reason.text:
            yield from self.wrapped(reason.text)
        for edit in reason.edits[:_EDITS]:
            yield from self.edit(edit)
        if len(reason.edits) > _EDITS:
            yield f"    and {len(reason.edits) - _EDITS} more"

    def edit(self, edit: Edit) -> Iterator[str]:
        what, of = title(edit)
        owner = f" of `{visible(of)}`" if of else ""
        place = visible(places(edit))
        at = f" at {place}" if place else ""
        yield from self.wrapped(f"because `{visible(what)}`{owner} {verb(edit)}{at}")
        if edit in self.shown:
            return
        self.shown.add(edit)
        for mark, data, color in (("-", edit.before, "red"), ("+", edit.after, "green")):
            if data is not None:
                yield "      " + click.style(f"{mark} {self.cut(visible(value(data)))}", fg=color)

    def wrapped(self, text: str, indent: int = 4) -> Iterator[str]:
        line = ""
        for word in text.split(" "):
            if line and indent + cells(line) + 1 + cells(word) > self.width:
                yield " " * indent + line
                line = word
            else:
                line = f"{line} {word}" if line else word
        yield " " * indent + line

    def cut(self, text: str) -> str:
        room = self.width - 8
        return text if cells(text) <= room else text[: room - 1] + "…"


def _place(file: str, line: int) -> str:
    return f"{visible(file)}:{line}"
