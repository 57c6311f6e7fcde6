"""`onespec diff`"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..compiler.changes.labels import LABELS, label_id
from .diff_sides import Given, both_sides, compiled_side
from .options import environment_option, spec_option
from .terminal import in_color, width_of

if TYPE_CHECKING:
    from ..specs.diagnostic import SpecError

FORMATS = ("human", "json", "markdown")


@click.command(
    epilog="\b\nExamples:\n"
    "  onespec diff main                      the branch main, and what you have here\n"
    "  onespec diff HEAD~1 HEAD               two commits\n"
    "  onespec diff origin/main...HEAD --format markdown > comment.md\n"
    "  onespec diff old/pipeline.yaml new/    two specs\n"
    "  onespec diff main --fail-on breaks-callers"
)
@click.argument("old")
@click.argument("new", required=False)
@spec_option
@environment_option
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="human",
    show_default=True,
    help="For people, for scripts, or for a comment on a pull request.",
)
@click.option(
    "--fail-on",
    "fatal",
    type=click.Choice([label_id(label) for label in LABELS[:-1]]),
    multiple=True,
    metavar="LABEL",
    help="Exit with 1 when this happens to a node, e.g. breaks-callers or retrain; repeatable.",
)
def command(
    old: str,
    new: str | None,
    spec: Path,
    environment: str | None,
    form: str,
    fatal: tuple[str, ...],
) -> int:
    """Show what a change of the spec means for every source, view, model, deployment and monitor.

    OLD and NEW are specs, folders, compiled plans, or revisions of git (`main`, `HEAD~1`,
    `v1..v2`); without NEW, OLD is compared with the files here. A node is unchanged, or one or
    more of: breaks callers, removed, retrain, rematerialise, redeploy, re-evaluate, re-read,
    re-check, re-monitor, added, metadata only. Comments, formatting, the order of keys and other
    environments are no change. Nothing is run, and no data is read.
    """
    from ..compiler.changes.nodes import changed_nodes
    from ..compiler.changes.relocate import relocated
    from ..specs.diagnostic import SpecError

    with both_sides(old, new, spec) as given:
        sides = []
        failed = []
        for side, one in zip(("old", "new"), given, strict=True):
            try:
                sides.append(compiled_side(one, environment))
            except SpecError as error:
                failed.append((side, one, error))
        if failed:
            _show_problems(failed, form)
            return 1
        nodes = changed_nodes(*sides)
    before, after = given
    nodes = relocated(nodes, before.shown, after.shown)
    match form:
        case "json":
            from ..compiler.changes.report_json import report_json

            click.echo(report_json(nodes, before.name, after.name), nl=False)
        case "markdown":
            from ..compiler.changes.report_markdown import report_markdown

            click.echo(report_markdown(nodes, before.name, after.name), nl=False)
        case _:
            from .diff_screen import show_changes

            show_changes(nodes, before.name, after.name, width_of(sys.stdout))
    borne = {label_id(label) for node in nodes for label in node.labels}
    return 1 if borne & set(fatal) else 0


def _show_problems(failed: "list[tuple[str, Given, SpecError]]", form: str) -> None:
    """The diagnostics of each side that has any, under its name."""
    from ..compiler.changes.relocate import relocated_findings

    found = {
        side: relocated_findings(error.diagnostics, given.shown) for side, given, error in failed
    }
    if form == "json":
        import json

        from ..specs.render.json_report import render_json

        told = {side: json.loads(render_json(problems)) for side, problems in found.items()}
        click.echo(json.dumps({"version": 1, "problems": told}, indent=1, ensure_ascii=False))
        return
    from ..specs.read import read_lenient
    from ..specs.render.human import render_human
    from ..specs.render.visible import visible

    for side, given, error in failed:
        spans = [s for d in error.diagnostics for s in (d.span, *(r.span for r in d.related))]
        texts = read_lenient({span.file for span in spans if span is not None})
        texts = {given.shown(file): text for file, text in texts.items()}
        told_name = click.style(visible(given.name), bold=True)
        click.echo(f"the {side} side, {told_name}, cannot be compiled:\n", err=True)
        color = in_color(sys.stderr)
        shown = render_human(found[side], texts, color=color, width=width_of(sys.stderr))
        click.echo(shown, err=True, color=color)
