"""Diagnostics on the way to a person, a script, a code-scanning service or a CI log."""

import sys
from collections.abc import Sequence

import click

from ..specs.diagnostic import Diagnostic
from .terminal import in_color, width_of


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
    color = in_color(sys.stderr)
    shown = render_human(diagnostics, texts, color=color, width=width_of(sys.stderr))
    click.echo(shown, err=True, nl=False, color=color)
