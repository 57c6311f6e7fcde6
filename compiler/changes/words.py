"""An edit in words, the same for every format."""

import json

from ...specs.document import Path
from .edits import LOCK, Edit
from .labels import LABELS, Label, label_id
from .nodes import NodeChange
from .params import JSON

_LONGEST = 200


def title(edit: Edit) -> tuple[str, str]:
    """What was edited, and the node or file that it belongs to, which may be empty."""
    return _named(edit.path)


def _named(path: Path) -> tuple[str, str]:
    match path:
        case ("features", str(view), "fields", str(field)):
            return f"{view}.{field}", ""
        case (file, str(source), str(column)) if file == LOCK:
            return f"{source}.{column}", LOCK
        case (
            "sources"
            | "features"
            | "models"
            | "deploy"
            | "monitor"
            | "entities"
            | "stores"
            | "targets",
            str(owner),
            *rest,
        ) if rest:
            return _dotted(tuple(rest)), owner
        case (str(step), str(param)) if "." in step:
            return param, step
    return _dotted(path), ""


def _dotted(path: Path) -> str:
    return ".".join(str(part) for part in path if isinstance(part, str))


def verb(edit: Edit) -> str:
    """Whether the edit adds, removes or changes."""
    item = isinstance(edit.path[-1], int)
    if edit.before is None and edit.after is not None:
        return "has a new item" if item else "is new"
    if edit.after is None and edit.before is not None:
        return "has lost an item" if item else "is gone"
    return "changed"


def places(edit: Edit) -> str:
    """Where the edit is now, and where it was if that is another place; empty if unknown."""
    old, new = edit.old, edit.new
    if new is None or old is None:
        span = new or old
        was = "" if new is not None or span is None else " before"
        return "" if span is None else f"{span.file}:{span.line}{was}"
    if new.file != old.file:
        return f"{new.file}:{new.line}, before at {old.file}:{old.line}"
    return f"{new.file}:{new.line}" + (f", line {old.line} before" if old.line != new.line else "")


def value(data: JSON) -> str:
    """A value on one line, as YAML would take it."""
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def counts(nodes: tuple[NodeChange, ...]) -> dict[Label, int]:
    """How many nodes bear each label, the worst first; labels that none bears are left out."""
    found = {label: sum(1 for n in nodes if label in n.labels) for label in LABELS}
    return {label: count for label, count in found.items() if count}


def summary(nodes: tuple[NodeChange, ...]) -> str:
    """The counts in one line."""
    return ", ".join(f"{count} {label}" for label, count in counts(nodes).items()) or "no nodes"


def ids(nodes: tuple[NodeChange, ...]) -> dict[str, int]:
    """The counts by the labels' ids, zeros included."""
    found = counts(nodes)
    return {label_id(label): found.get(label, 0) for label in LABELS}
