"""Changes as JSON for other programs: stable, documented in docs/diff.md."""

import json
from typing import Any

from ...specs.span import SourceSpan
from .edits import Edit
from .labels import label_id
from .nodes import NodeChange, Reason
from .words import ids

VERSION = 1


def report_json(nodes: tuple[NodeChange, ...], old: str, new: str) -> str:
    """One object: `version`, `old`, `new`, `summary`, `edits`, `nodes`.

    Each edit is there once; reasons name them by their `id`.
    """
    edits = list(dict.fromkeys(e for node in nodes for r in node.reasons for e in r.edits))
    numbers = {edit: number for number, edit in enumerate(edits)}
    data = {
        "version": VERSION,
        "old": old,
        "new": new,
        "summary": ids(nodes),
        "edits": [_edit(edit, number) for edit, number in numbers.items()],
        "nodes": [
            {
                "node": node.name,
                "kind": node.kind,
                "name": node.name.partition(".")[2] or node.name,
                "labels": [label_id(label) for label in node.labels],
                "old": _span(node.old),
                "new": _span(node.new),
                "reasons": [_reason(reason, numbers) for reason in node.reasons],
            }
            for node in nodes
        ],
    }
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def _edit(edit: Edit, number: int) -> dict[str, Any]:
    return {
        "id": number,
        "node": edit.node,
        "path": list(edit.path),
        "before": edit.before,
        "after": edit.after,
        "old": _span(edit.old),
        "new": _span(edit.new),
    }


def _reason(reason: Reason, numbers: dict[Edit, int]) -> dict[str, Any]:
    return {
        "label": label_id(reason.label),
        "text": reason.text,
        "via": reason.via,
        "edits": [numbers[edit] for edit in reason.edits],
    }


def _span(span: SourceSpan | None) -> dict[str, Any] | None:
    if span is None:
        return None
    return {"file": span.file, "line": span.line, "column": span.column}
