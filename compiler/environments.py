"""Whether the overlays of all environments fit the spec, without compiling any of them."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..specs.diagnostic import Diagnostic, Related, SpecError
from ..specs.document import Document
from ..specs.overlay import apply_overlay
from ..specs.parts import SINGULAR
from ..specs.span import SourceSpan
from ..specs.validate import validate

_OF_NODES = (*SINGULAR, "targets")


def check_environments(document: Document) -> Iterator[Diagnostic]:
    """What is wrong in shape once an environment is applied to a spec of a good shape.

    Nothing is bound: that takes as long as another check, and `check -e NAME` does it.
    """
    for name, overlay in (document.data.get("environments") or {}).items():
        if not overlay:
            continue
        try:
            merged = apply_overlay(document, name)
            validate(Document(_touched(merged.data, overlay), merged.places, merged.texts))
        except SpecError as error:
            for one in error.diagnostics:
                yield _told(one, document, name)


def _touched(data: dict[str, Any], overlay: dict[str, Any]) -> dict[str, Any]:
    """The merged spec with only those nodes that the overlay changes: the others are as sound as
    they were, and to look at each of them once an environment would be quadratic."""
    names: dict[str, set[str]] = {section: set() for section in _OF_NODES}
    whole: set[str] = set()
    for dotted, value in overlay.items():
        section, _, rest = dotted.partition(".")
        if rest:
            names.setdefault(section, set()).add(rest.partition(".")[0])
        elif isinstance(value, dict):
            names.setdefault(section, set()).update(value)
        else:
            whole.add(section)
    kept = {key: value for key, value in data.items() if key != "environments"}
    for section in _OF_NODES:
        nodes = data.get(section)
        if section in whole or not isinstance(nodes, dict):
            continue
        few = {name: nodes[name] for name in nodes if name in names[section]}
        if section == "sources" and not few:  # a spec has one
            few = dict([next(iter(nodes.items()))])
        kept[section] = few
    return kept


def _told(one: Diagnostic, document: Document, name: str) -> Diagnostic:
    """The finding at a line of the environment, which alone can be at fault."""
    message = f"environment `{name}`: {one.message}"
    overlay = document.span(("environments", name))
    if one.span is None or _inside(one.span, overlay):
        return replace(one, message=message)
    declared = document.key_span(("environments", name))
    place = Related("what does not fit is here", one.span)
    return replace(one, message=message, span=declared, related=(place, *one.related))


def _inside(span: SourceSpan, outer: SourceSpan) -> bool:
    if span.file != outer.file:
        return False
    start, end = (outer.line, outer.column), (outer.end_line, outer.end_column)
    return start <= (span.line, span.column) < end
