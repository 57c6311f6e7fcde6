"""One environment of a spec merged into it, with spans that point to the line that decided."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from .diagnostic import Diagnostic, Related, SpecError
from .document import Document, Key, Path, Place
from .offsets import offsets_in
from .span import SourceSpan
from .suggest import did_you_mean, shown

_MAX_PROBLEMS = 100
_FIXED = ("environments", "onespec")


class _Entry(NamedTuple):
    """A first-level entry of an environment: its path, the key of each step, and its value."""

    path: tuple[str, ...]
    keys: tuple[Key, ...]
    value: Any


def apply_overlay(document: Document, environment: str) -> Document:
    """Merge `environments.<environment>` into the document; SpecError if it does not fit.

    A first-level key of an environment is a dotted path (`sources.flights.path`), whose parent
    must exist; below it keys are literal, so that dots inside them mean nothing. Mappings are
    merged, anything else is replaced. `environments` itself stays as it is.
    """
    overlay = _overlay(document, environment)
    data, places = document.data, document.places
    problems: list[Diagnostic] = []
    placed: list[_Entry] = []
    for entry in _entries(document, overlay, ("environments", environment)):
        problem = _misplaced(document, data, entry)
        if problem is None:
            data, places = _merge(data, places, *_nested(entry))
            placed.append(entry)
        else:
            problems.append(problem)
    problems += _clashes(document, placed)
    if problems:
        raise SpecError(problems[:_MAX_PROBLEMS])
    return Document(data, places, document.texts)


def _overlay(document: Document, environment: str) -> dict[str, Any]:
    data = document.data
    declared = data.get("environments") if isinstance(data, dict) else None
    if not isinstance(declared, dict) or environment not in declared:
        names = list(declared) if isinstance(declared, dict) else []
        known = ", ".join(shown(name) for name in names)
        finding = Diagnostic(
            "E211",
            f"there is no environment `{shown(environment)}`",
            document.key_span(("environments",)) if declared is not None else None,
            label=did_you_mean(environment, names),
            hint=f"Declared are {known}." if names else "The spec declares no environments.",
        )
        raise SpecError([finding])
    overlay = declared[environment]
    if overlay is not None and not isinstance(overlay, dict):
        message = f"the environment `{shown(environment)}` is not a mapping of what it changes"
        span = document.span(("environments", environment))
        raise SpecError([Diagnostic("E211", message, span)])
    return overlay or {}


def _entries(document: Document, overlay: dict[str, Any], at: Path) -> Iterator[_Entry]:
    for name, value in overlay.items():
        key = document.key((*at, name))
        path = tuple(name.split("."))
        yield _Entry(path, tuple(_key_parts(document, name, path, key)), value)


def _key_parts(document: Document, name: str, path: tuple[str, ...], key: Key) -> Iterator[Key]:
    """The key of each step of a dotted path, at its own characters inside the dotted key."""
    file, start, end, place = key
    table = offsets_in(document.texts[file][start:end], name)
    at = 0
    for step in path:
        if table is None or not step:
            yield key
        else:
            yield file, start + table.starts[at], start + table.ends[at + len(step) - 1], place
        at += len(step) + 1


def _misplaced(document: Document, data: Any, entry: _Entry) -> Diagnostic | None:
    """Why an entry cannot be set, or None: all its steps but the last must exist."""
    dotted = shown(".".join(entry.path))
    if "" in entry.path:
        return _refused(document, entry, -1, f"the path `{dotted}` has an empty step")
    if entry.path[0] in _FIXED:
        return _refused(document, entry, 0, f"an environment cannot change `{entry.path[0]}`")
    for depth, step in enumerate(entry.path):
        above = shown(".".join(entry.path[:depth]))
        if not isinstance(data, dict):
            message = f"`{above}` is not a mapping, so that `{dotted}` cannot be set"
            hint = f"Replace `{above}` as a whole." if isinstance(data, list) else ""
            return _refused(document, entry, depth, message, hint=hint)
        if step in data:
            data = data[step]
        elif depth < len(entry.path) - 1:
            here = shown(".".join(entry.path[: depth + 1]))
            message = f"`{here}` does not exist, so that `{dotted}` cannot be set"
            return _refused(document, entry, depth, message, label=did_you_mean(step, data))
    return None


def _refused(
    document: Document, entry: _Entry, depth: int, message: str, *, label: str = "", hint: str = ""
) -> Diagnostic:
    return Diagnostic("E211", message, _span(document, entry.keys[depth]), label=label, hint=hint)


def _clashes(document: Document, entries: list[_Entry]) -> Iterator[Diagnostic]:
    """Values that one environment sets twice, by two paths."""
    first: dict[tuple[str, ...], Key] = {}
    leaves = [
        leaf for entry in entries for leaf in _leaves(entry.path, entry.value, entry.keys[-1])
    ]
    for path, key in leaves:
        if path in first:
            yield _clash(document, path, key, first[path])
        first.setdefault(path, key)
    for path, key in leaves:
        for length in range(1, len(path)):
            if path[:length] in first:
                yield _clash(document, path[:length], key, first[path[:length]])


def _clash(document: Document, path: tuple[str, ...], key: Key, other: Key) -> Diagnostic:
    name = shown(".".join(path))
    message = f"the environment sets `{name}` twice"
    related = Related(f"`{name}` is first set here", _span(document, other))
    return Diagnostic("E211", message, _span(document, key), related=(related,))


def _leaves(path: tuple[str, ...], value: Any, key: Key) -> Iterator[tuple[tuple[str, ...], Key]]:
    inside = key[3][3]
    if isinstance(value, dict) and isinstance(inside, dict):
        for name, child in value.items():
            yield from _leaves((*path, name), child, inside[name])
    else:
        yield path, key


def _nested(entry: _Entry) -> tuple[Any, Place]:
    """A dotted path written out as mappings in mappings."""
    data, place = entry.value, entry.keys[-1][3]
    for step, (file, start, end, _) in zip(reversed(entry.path), reversed(entry.keys), strict=True):
        data, place = {step: data}, (file, start, end, {step: (file, start, end, place)})
    return data, place


def _merge(data: Any, place: Place, over: Any, over_place: Place) -> tuple[Any, Place]:
    """Merge mappings deeply into new ones, never in place: aliased values may be shared."""
    inside, over_inside = place[3], over_place[3]
    if not (isinstance(inside, dict) and isinstance(over_inside, dict)):
        return over, over_place
    merged, merged_inside = dict(data), dict(inside)
    for name, value in over.items():
        key = over_inside[name]
        if name in merged:
            old = inside[name]
            merged[name], value_place = _merge(merged[name], old[3], value, key[3])
            replaced = value_place is key[3]
            file, start, end, _ = key if replaced else old
            merged_inside[name] = (file, start, end, value_place)
        else:
            merged[name], merged_inside[name] = value, key
    return merged, (*place[:3], merged_inside)


def _span(document: Document, key: Key) -> SourceSpan:
    file, start, end, _ = key
    return document.span_at(file, start, end)
