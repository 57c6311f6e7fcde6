"""PromQL by parts: every text from outside passes through `quoted`."""

from collections.abc import Mapping

_UNITS = (("d", 86_400_000_000), ("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000))
LEAST_RANGE = 120_000_000
"""A rate over less than this (microseconds) sees too few scrapes."""


def quoted(text: str) -> str:
    """A string of PromQL, whatever the text holds; single quotes read well in YAML and JSON."""
    escapes = {"\\": "\\\\", "'": "\\'", "\n": "\\n"}
    inner = "".join(escapes.get(c, c) if c.isprintable() or c == "\n" else "?" for c in text)
    return f"'{inner}'"


def series(name: str, labels: Mapping[str, str], **matches: str) -> str:
    """A selector. `labels` must be equal, and `matches` are regular expressions."""
    parts = [f"{label}={quoted(value)}" for label, value in labels.items()]
    parts += [f"{label}=~{quoted(value)}" for label, value in matches.items()]
    return f"{name}{{{', '.join(parts)}}}"


def duration(microseconds: int) -> str:
    """A duration of PromQL: the largest unit that divides it, at least `LEAST_RANGE`."""
    length = max(microseconds, LEAST_RANGE)
    for unit, size in _UNITS:
        if length % size == 0:
            return f"{length // size}{unit}"
    return f"{length // 1000}ms"


def inert(text: str) -> str:
    """Text in a template of an alert, of which nothing is a template."""
    return text.replace("{{", '{{ "{{" }}')
