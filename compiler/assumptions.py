"""What a model's freedom from leakage stands on: what the spec says of time, and no data proves."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..specs.document import Path
from ..specs.expressions.ir import columns
from ..specs.scalars import format_duration
from .availability import Known
from .graph import ModelNode, SourceNode, ViewNode
from .tables import same_table


@dataclass(frozen=True, slots=True)
class Assumption:
    """A sentence that must be true of the world, and the place that says it, or says no other."""

    text: str
    at: Path


def assumptions(model: ModelNode) -> tuple[Assumption, ...]:
    """What must hold so that no feature of the model sees its label; each sentence once.

    The label comes first, then the views in the order of the model's features.
    """
    found: dict[str, Path] = {}
    for text, at in (*_label(model), *_views(model)):
        found.setdefault(text, at)
    return tuple(Assumption(text, at) for text, at in found.items())


def _label(model: ModelNode) -> Iterator[tuple[str, Path]]:
    at = (*model.at, "examples", "label")
    when = _after(model.known.after)
    yield f"the label of `{model.name}` is known {when}", model.known.at or at
    split = model.section.split
    if split.by == "random":
        yield (
            f"examples of `{model.name}` tell nothing of each other: its split is random",
            (*model.at, "split", "by"),
        )


def _after(microseconds: int) -> str:
    return f"{format_duration(microseconds)} after the event" if microseconds else "at the event"


def _views(model: ModelNode) -> Iterator[tuple[str, Path]]:
    for view in model.views:
        if view.source is None:
            carried = _list(view.inputs)
            yield f"a request carries {carried}: known when it is asked", (*view.at, "inputs")
            continue
        keys = _list(view.keys)
        at: Path = ("entities", view.entity or "", "key")
        yield f"a request carries {keys}: known when it is asked", at
        yield from _rows(view, view.source)
        if not same_table(view.source.table, model.source.table):
            yield from _other_table(model, view, view.source)


def _rows(view: ViewNode, source: SourceNode) -> Iterator[tuple[str, Path]]:
    if view.kind == "static":
        if source.section.static:
            yield f"`{source.name}` is static: its rows never change", (*source.at, "static")
        else:
            yield f"`{source.name}` said at each event what it says now", source.at
        return
    known: Known = view.known
    if not known.at:
        yield f"rows of `{source.name}` are known at their event: nothing delays them", source.at
    elif known is view.needed:
        yield f"{known.what} of `{source.name}` is known {_after(known.after)}", known.at
    else:
        text = f"rows of `{source.name}` are known {_after(known.after)}, as `{view.name}` says"
        yield text, known.at


def _other_table(
    model: ModelNode, view: ViewNode, source: SourceNode
) -> Iterator[tuple[str, Path]]:
    read = {c for bound in view.fields.values() for c in columns(bound.tree)}
    if view.where is not None:
        read |= columns(view.where.tree)
    shared = sorted(read & columns(model.label.tree))
    if shared:
        text = f"{_list(shared)} of `{source.name}` is not the outcome before it is known"
        yield text, (*view.at, "fields")
    else:
        yield f"`{source.name}` holds no column of the label by another name", source.at


def _list(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
