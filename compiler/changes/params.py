"""What differs between the parameters of two steps, named as a person names it.

Lists are compared by what their items are called (a feature by its reference, a gate by what it
measures), never by index. How a thing was written and where data lies are no differences: what
is left out of a fingerprint is left out here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, TypeAlias

from ..fingerprint import hashed
from ..plan import (
    Column,
    DataCheck,
    Feature,
    FeaturesParams,
    Gate,
    Program,
    SourceParams,
    SourceTable,
    StepParams,
    ViewProgram,
    Window,
)
from ..plan_writer import plan_json

JSON: TypeAlias = Any
"""Plain data: None, bool, int, float, str, list, dict."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `before` and `after` are JSON data, None where there is nothing."""

    path: str
    before: JSON
    after: JSON


def changed_params(old: StepParams, new: StepParams) -> tuple[Change, ...]:
    """Every difference that changes a step's result, in the order of the parameters."""
    return changed_values(old, new)


def changed_values(old: object, new: object) -> tuple[Change, ...]:
    """The same for any two parts of a plan, such as endpoints."""
    if old == new:
        return ()
    before, after = dict(_leaves("", _tree(old))), dict(_leaves("", _tree(new)))
    found = []
    for path in dict.fromkeys((*before, *after)):
        one, other = before.get(path), after.get(path)
        if _compared(one) != _compared(other) and not _only_members(path, one, other):
            found.append(Change(path.removesuffix(_ORDER), _shown(one), _shown(other)))
    return tuple(found)


_ORDER = ".(order)"


def _only_members(path: str, old: "_Leaf | None", new: "_Leaf | None") -> bool:
    """Whether the order of a list differs only because its members do, which is told by name."""
    if not path.endswith(_ORDER):
        return False
    return old is None or new is None or sorted(old.shown) != sorted(new.shown)


@dataclass(frozen=True, slots=True)
class _Leaf:
    """What is compared, and what is shown of it."""

    compared: JSON
    shown: JSON


_Tree: TypeAlias = "Mapping[str, _Tree] | _Leaf"


def _compared(leaf: _Leaf | None) -> JSON:
    return (False, None) if leaf is None else (True, leaf.compared)


def _shown(leaf: _Leaf | None) -> JSON:
    return None if leaf is None else leaf.shown


def _leaves(path: str, tree: _Tree) -> Iterator[tuple[str, _Leaf]]:
    if isinstance(tree, _Leaf):
        yield path, tree
        return
    for name, below in tree.items():
        yield from _leaves(f"{path}.{name}" if path else name, below)


def _tree(value: Any) -> _Tree:
    special = _special(value)
    if special is not None:
        return special
    if is_dataclass(value):
        return _attributes(value)
    if isinstance(value, Mapping):
        return {str(key): _tree(item) for key, item in value.items()}
    if isinstance(value, tuple) and (not value or name_of(value[0])):
        return _named(value)
    plain = plan_json(value)
    return _Leaf(plain, plain)


def _special(value: Any) -> "_Tree | None":
    """What is not read attribute by attribute."""
    match value:
        case Program():
            return _Leaf([value.ir, value.type, value.nullable], value.text)
        case Gate():
            return _Leaf(hashed(value), value.text)
        case Column() | Feature():
            return _Leaf(hashed(value), value.type + ("?" if value.nullable else ""))
        case Window():
            return _Leaf(value.length, value.length)
        case SourceParams():
            return {"format": _tree(value.source.format)}
        case SourceTable():
            return _attributes(value, "name", "path")
        case FeaturesParams():
            return {"view": _view(value.view), "own_row": _tree(hashed(value)["own_row"])}
    return _view(value) if isinstance(value, ViewProgram) else None


def _attributes(value: Any, *left_out: str) -> dict[str, _Tree]:
    there = {
        f.name: getattr(value, f.name)
        for f in fields(value)
        if f.name != "kind" and f.name not in left_out
    }
    return {name: _tree(item) for name, item in there.items() if item is not None}


def _named(items: Iterable[Any]) -> _Tree:
    """Items by their names; the second of a name is told by its number."""
    named: dict[str, _Tree] = {}
    for item in items:
        name = unique = name_of(item)
        count = 1
        while unique in named:
            count += 1
            unique = f"{name} ({count})"
        named[unique] = _tree(item)
    if len(named) > 1:
        named["(order)"] = _Leaf(list(named), list(named))
    return named


def name_of(item: Any) -> str:
    """What an item of a list is called in the path of a change; empty for a plain value."""
    match item:
        case Feature():
            return item.reference
        case Column() | Window():
            return item.name
        case Gate():
            return " ".join(filter(None, (item.subject, item.comparison, item.champion)))
        case DataCheck():
            return ".".join((item.kind, "+".join(item.columns))) if item.columns else item.kind
        case ViewProgram():
            return item.name
    return ""


def _view(view: ViewProgram) -> _Tree:
    """Fields by name, each with the aggregates and prepared columns that it is made of.

    The names of those are numbers, so that a field added before another one moves them.
    """
    prepared = {name: program.ir for name, program in view.prepare}
    parts: dict[str, JSON] = dict(prepared)
    for one in view.aggregates:
        inside = [prepared.get(name or "") for name in (one.argument, one.where)]
        parts[one.name] = [one.function, *inside]
    tree = _attributes(view, "name", "fields", "prepare", "aggregates", "features")
    tree["kind"] = _tree(view.kind)
    tree["features"] = _named(view.features)
    tree["fields"] = {
        field.name: _Leaf(
            [_inlined(field.result.ir, parts), field.result.type, field.result.nullable],
            field.result.text,
        )
        for field in view.fields
    }
    return tree


def _inlined(ir: JSON, parts: Mapping[str, JSON]) -> JSON:
    match ir:
        case ["column", kind, str(name)]:
            return ["column", kind, parts.get(name, name)]
        case list():
            return [_inlined(item, parts) for item in ir]
    return ir
