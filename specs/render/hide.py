"""Texts without the secrets that were found in them: a report is read by more than its author."""

from collections.abc import Iterable, Mapping

from ..diagnostic import Diagnostic
from ..lines import Lines

HIDDEN = frozenset({"E220", "E221", "E702"})
"""Codes whose place is a secret."""

_DOT = "•"


def without_secrets(diagnostics: Iterable[Diagnostic], texts: Mapping[str, str]) -> dict[str, str]:
    """The texts with a dot for each character of a secret, so that places stay what they are."""
    hidden = dict(texts)
    for one in diagnostics:
        if one.code in HIDDEN and one.span is not None and one.span.file in hidden:
            text, span = hidden[one.span.file], one.span
            table = Lines(span.file, text)
            start = table.offset(span.line, span.column)
            end = table.offset(span.end_line, span.end_column)
            dots = "".join(c if c in "\r\n" else _DOT for c in text[start:end])
            hidden[span.file] = text[:start] + dots + text[end:]
    return hidden
