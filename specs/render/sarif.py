"""Diagnostics as SARIF 2.1.0, which code-scanning services read."""

import json
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from ..codes import CODES, explain
from ..codes.code import Code
from ..diagnostic import Diagnostic, in_file_order
from ..span import SourceSpan
from .visible import visible

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render_sarif(diagnostics: Iterable[Diagnostic]) -> str:
    """A SARIF log with one run, whose rules are the codes that occur in it."""
    ordered = in_file_order(diagnostics)
    codes = sorted({one.code for one in ordered})
    driver = {"name": "onespec", "rules": [_rule(code) for code in codes]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, codes) for one in ordered],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(code: str) -> dict[str, Any]:
    known = CODES.get(code)
    if known is None:
        return {"id": code}
    return {
        "id": code,
        "shortDescription": {"text": known.title},
        "fullDescription": {"text": known.story},
        "help": {"text": explain(code), "markdown": _markdown(known)},
        "defaultConfiguration": {"level": "warning" if code.startswith("W") else "error"},
    }


def _markdown(code: Code) -> str:
    """The story as a code-scanning service shows it."""
    wrong, right = code.wrong.strip("\n"), code.right.strip("\n")
    return (
        f"{visible(code.story)}\n\n"
        f"Wrong:\n\n```yaml\n{wrong}\n```\n\nRight:\n\n```yaml\n{right}\n```\n"
    )


def _result(one: Diagnostic, codes: list[str]) -> dict[str, Any]:
    text = ". ".join(part.rstrip(".") for part in (one.message, one.label, one.hint) if part)
    result: dict[str, Any] = {
        "ruleId": one.code,
        "ruleIndex": codes.index(one.code),
        "level": one.severity,
        "message": {"text": text},
    }
    if one.span is not None:
        result["locations"] = [_location(one.span)]
    if one.related:
        result["relatedLocations"] = [
            {"id": number, "message": {"text": each.message}, **_location(each.span)}
            for number, each in enumerate(one.related, 1)
        ]
    return result


def _location(span: SourceSpan) -> dict[str, Any]:
    region = {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
    artifact = {"uri": _uri(span.file)}
    return {"physicalLocation": {"artifactLocation": artifact, "region": region}}


def _uri(file: str) -> str:
    """A relative URI reference, or a file URI for an absolute path."""
    path = quote(PurePath(file).as_posix(), safe="/", errors="replace")
    return f"file://{path}" if path.startswith("/") else path
