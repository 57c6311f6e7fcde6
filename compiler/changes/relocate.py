"""The same changes with other names of files: a revision is read from a folder that goes away."""

from collections.abc import Callable
from dataclasses import replace

from ...specs.diagnostic import Diagnostic
from ...specs.span import SourceSpan
from .edits import Edit
from .nodes import NodeChange

Rename = Callable[[str], str]
"""The name of a file for people, by the name under which it was read."""


def relocated(nodes: tuple[NodeChange, ...], old: Rename, new: Rename) -> tuple[NodeChange, ...]:
    """The nodes with the files of either side as a person knows them."""
    edits: dict[Edit, Edit] = {}

    def moved(edit: Edit) -> Edit:
        if edit not in edits:
            edits[edit] = replace(edit, old=_moved(edit.old, old), new=_moved(edit.new, new))
        return edits[edit]

    return tuple(
        replace(
            node,
            old=_moved(node.old, old),
            new=_moved(node.new, new),
            reasons=tuple(
                replace(r, edits=tuple(moved(edit) for edit in r.edits)) for r in node.reasons
            ),
        )
        for node in nodes
    )


def relocated_findings(diagnostics: tuple[Diagnostic, ...], rename: Rename) -> list[Diagnostic]:
    """Diagnostics with their files renamed in the same way."""
    return [
        replace(
            d,
            span=_moved(d.span, rename),
            related=tuple(
                replace(r, span=span)
                for r in d.related
                if (span := _moved(r.span, rename)) is not None
            ),
        )
        for d in diagnostics
    ]


def _moved(span: SourceSpan | None, rename: Rename) -> SourceSpan | None:
    return None if span is None else replace(span, file=rename(span.file))
