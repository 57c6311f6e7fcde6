"""Diagnostics as workflow commands of GitHub Actions, shown beside the lines of a pull request."""

from collections.abc import Iterable

from ..diagnostic import Diagnostic, in_file_order
from .visible import visible


def render_annotations(diagnostics: Iterable[Diagnostic]) -> str:
    """One `::error` or `::warning` command a finding."""
    return "".join(f"{_command(one)}\n" for one in in_file_order(diagnostics))


def _command(one: Diagnostic) -> str:
    properties = {"title": one.code}
    if one.span is not None:
        span = one.span
        properties |= {"file": span.file, "line": str(span.line), "col": str(span.column)}
        if span.end_line == span.line:  # columns of a longer range would be ignored
            properties |= {"endLine": str(span.end_line), "endColumn": str(span.end_column)}
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    notes = [f"{each.message.removesuffix(' here')} at {each.span}" for each in one.related]
    parts = [one.message, one.label, *notes, one.hint]
    return f"::{one.severity} {listed}::{_data(chr(10).join(part for part in parts if part))}"


def _data(text: str) -> str:
    """Escape what would end a command or start another; line breaks are kept as escapes."""
    lines = (visible(line) for line in text.split("\n"))
    return "%0A".join(line.replace("%", "%25") for line in lines)


def _property(text: str) -> str:
    escaped = visible(text).replace("%", "%25")
    return escaped.replace(":", "%3A").replace(",", "%2C")
