"""Diagnostics on the way to a person, a script, a code-scanning service or a CI log."""

import os
import sys
from collections.abc import Sequence

import click

from ..specs.diagnostic import Diagnostic


def show_findings(diagnostics: Sequence[Diagnostic], form: str) -> None:
    """Print them; for people to standard error, for programs to standard output."""
    match form:
        case "human":
            _human(diagnostics)
        case "json":
            from ..specs.render.json_report import render_json

            click.echo(render_json(diagnostics))
        case "sarif":
            from ..specs.render.sarif import render_sarif

            click.echo(render_sarif(diagnostics))
        case "github":
            from ..specs.render.annotations import render_annotations

            click.echo(render_annotations(diagnostics))


def _human(diagnostics: Sequence[Diagnostic]) -> None:
    from ..specs.read import read_lenient
    from ..specs.render.human import render_human

    spans = [span for d in diagnostics for span in (d.span, *(r.span for r in d.related))]
    texts = read_lenient({span.file for span in spans if span is not None})
    color = _in_color()
    width = 100
    if sys.stderr.isatty():
        import shutil

        width = shutil.get_terminal_size().columns
    shown = render_human(diagnostics, texts, color=color, width=width)
    click.echo(shown, err=True, nl=False, color=color)


def _in_color() -> bool:
    """On a terminal, unless the environment says otherwise (https://no-color.org)."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stderr.isatty()
