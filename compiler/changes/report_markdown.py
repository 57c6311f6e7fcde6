"""Changes as Markdown for a comment on a pull request."""

import re
from collections.abc import Iterator

from ...specs.render.visible import visible
from .edits import Edit
from .labels import LABELS, MEANINGS, Label
from .nodes import NodeChange, Reason
from .words import counts, places, summary, title, value, verb

_SHOWN = 200
"""Rows of the table; a comment on GitHub holds 65,536 characters."""
_EDITS = 60

_MARKS: dict[Label, str] = {
    "breaks callers": "💥",
    "removed": "➖",
    "retrain": "🧠",
    "rematerialise": "🧮",
    "redeploy": "🚀",
    "re-evaluate": "⚖️",
    "re-read": "📥",
    "re-check": "🔎",
    "re-monitor": "📈",
    "added": "➕",
    "metadata only": "📝",
}


def report_markdown(nodes: tuple[NodeChange, ...], old: str, new: str) -> str:
    """A summary, a table of what happens to which node and why, and the edits behind it.

    Text from a spec stands in code only, where it can be neither markup nor a mention.
    """
    return "\n".join(_lines(nodes, old, new)) + "\n"


def _lines(nodes: tuple[NodeChange, ...], old: str, new: str) -> Iterator[str]:
    changed = [node for node in nodes if node.labels != ("unchanged",)]
    yield "### onespec diff"
    yield ""
    yield f"{_code(old)} → {_code(new)}: **{summary(nodes)}**"
    if not changed:
        return
    yield ""
    yield "| node | what happens | why |"
    yield "|---|---|---|"
    worst = sorted(changed, key=lambda node: LABELS.index(node.labels[0]))
    for node in worst[:_SHOWN]:
        kind, _, name = node.name.partition(".")
        labels = "<br>".join(f"{_MARKS[label]} {label}" for label in node.labels)
        yield f"| {kind} {_code(name) if name else ''} | {labels} | {_why(node)} |"
    if len(worst) > _SHOWN:
        yield f"\n… and {len(worst) - _SHOWN} more."
    yield from _edits(worst)
    yield ""
    yield "<details><summary>What the words mean</summary>"
    yield ""
    yield from (f"- **{label}**: {MEANINGS[label]}" for label in counts(nodes))
    yield ""
    yield "</details>"


def _why(node: NodeChange) -> str:
    told = [_reason(reason) for reason in node.reasons]
    return "<br>".join(text for text in dict.fromkeys(told) if text)


def _reason(reason: Reason) -> str:
    if reason.via is not None:
        kind, _, name = reason.via.partition(".")
        return f"{reason.text}, because {kind} {_code(name)} is trained anew"
    edits = [_told(edit) for edit in reason.edits[:3]]
    if len(reason.edits) > 3:
        edits.append(f"{len(reason.edits) - 3} more")
    text = _text(reason.text)
    if text and edits:
        return f"{text}, because {', '.join(edits)}"
    return text or ", ".join(edits)


def _told(edit: Edit) -> str:
    what, of = title(edit)
    owner = f" of {_code(of)}" if of else ""
    return f"{_code(what)}{owner} {verb(edit)} ({_code(places(edit))})"


def _edits(nodes: list[NodeChange]) -> Iterator[str]:
    edits = list(dict.fromkeys(e for node in nodes for r in node.reasons for e in r.edits))
    if not edits:
        return
    yield ""
    count = f"{len(edits)} edit{'' if len(edits) == 1 else 's'}"
    yield f"<details><summary>{count}</summary>"
    for edit in edits[:_EDITS]:
        yield ""
        yield f"{_told(edit)}"
        lines = []
        if edit.before is not None:
            lines.append(f"- {visible(value(edit.before))}")
        if edit.after is not None:
            lines.append(f"+ {visible(value(edit.after))}")
        if lines:
            ticks = max((len(t) for t in re.findall("`+", "".join(lines))), default=0)
            fence = "`" * max(3, ticks + 1)
            yield from ("", f"{fence}diff", *lines, fence)
    if len(edits) > _EDITS:
        yield f"\n… and {len(edits) - _EDITS} more."
    yield ""
    yield "</details>"


def _text(text: str) -> str:
    """A sentence of ours, in which names from the spec stand between backticks."""
    parts = text.split("`")
    return "".join(_code(part) if i % 2 else part for i, part in enumerate(parts))


def _code(text: str) -> str:
    """Code on one line, inside a cell of a table or outside.

    Between backticks nothing is markup, but a backtick or a bar would end the code or the cell.
    Where the text holds one, every character that could mean something is written as a number.
    """
    shown = visible(text)
    if shown and shown.strip() == shown and not set(shown) & set("`|\\"):
        return f"`{shown}`"
    numbered = "".join(c if c.isalnum() or c == " " else f"&#{ord(c)};" for c in shown)
    return f"<code>{numbered}</code>"
