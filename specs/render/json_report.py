"""Diagnostics as JSON, for programs: every field of every finding, in file order."""

import json
from collections.abc import Iterable
from typing import Any

from ..diagnostic import Diagnostic, in_file_order
from ..span import SourceSpan

VERSION = 1


def render_json(diagnostics: Iterable[Diagnostic]) -> str:
    """A JSON object with `version`, `diagnostics` and `summary`; ASCII, so safe to print."""
    ordered = in_file_order(diagnostics)
    errors = sum(one.severity == "error" for one in ordered)
    report = {
        "version": VERSION,
        "diagnostics": [_finding(one) for one in ordered],
        "summary": {"errors": errors, "warnings": len(ordered) - errors},
    }
    return json.dumps(report, indent=2) + "\n"


def _finding(one: Diagnostic) -> dict[str, Any]:
    return {
        "code": one.code,
        "severity": one.severity,
        "message": one.message,
        "label": one.label,
        "hint": one.hint,
        "span": _span(one.span) if one.span else None,
        "related": [{"message": each.message, "span": _span(each.span)} for each in one.related],
    }


def _span(span: SourceSpan) -> dict[str, Any]:
    return {
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }
