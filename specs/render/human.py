"""Diagnostics for people: the lines, the places in them, and what to do."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..diagnostic import Diagnostic, Related, in_file_order
from ..lines import Lines
from .hide import without_secrets
from .snippet import Mark, near, snippet
from .style import BLUE, BOLD, DIM, RED, YELLOW, Style
from .visible import visible
from .wrap import wrap

_MIN_WIDTH = 60


def render_human(
    diagnostics: Iterable[Diagnostic],
    texts: Mapping[str, str],
    *,
    color: bool = False,
    width: int = 100,
) -> str:
    """All findings in file order, and lines that count and explain; nothing when there are none.

    `texts` are the files' contents; a finding in a file that is not among them is shown without
    its line. Prose is wrapped, and source lines are cut around the carets, at `width` terminal
    cells (at least 60).
    """
    ordered = in_file_order(diagnostics)
    if not ordered:
        return ""
    shown = without_secrets(ordered, texts)
    tables = {file: Lines(file, text) for file, text in shown.items()}
    style = Style(color)
    parts = ["\n".join(_finding(one, tables, style, max(width, _MIN_WIDTH))) for one in ordered]
    ending = f"{summary(ordered)}\n{style.paint(DIM, _more(ordered))}"
    return "\n\n".join([*parts, ending]) + "\n"


def summary(diagnostics: Iterable[Diagnostic]) -> str:
    """How many of each: "2 errors, 1 warning"."""
    severities = [one.severity for one in diagnostics]
    counts = ((kind, severities.count(kind)) for kind in ("error", "warning"))
    words = (f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in counts if count)
    return ", ".join(words) or "no problems"


def _more(ordered: Sequence[Diagnostic]) -> str:
    """Where the story is told: of the first error, as an example."""
    first = next((one for one in ordered if one.severity == "error"), ordered[0])
    return f"`onespec explain {first.code}` tells more"


def _finding(
    one: Diagnostic, tables: Mapping[str, Lines], style: Style, width: int
) -> Iterator[str]:
    tint = RED if one.severity == "error" else YELLOW
    title = f"{one.severity}[{one.code}]"
    start = f"{style.paint(tint, title)}{style.paint(BOLD, ':')} "
    yield from _hanging(start, len(title) + 2, one.message, style, width, BOLD)
    table = tables.get(one.span.file) if one.span is not None else None
    shown: tuple[Related, ...] = ()
    gutter = " "
    if one.span is not None:
        marks = [Mark(one.span, one.label, "^", tint)]
        if table is not None:
            shown = near(one, table, width)
            marks += (Mark(each.span, each.message, "-", BLUE) for each in shown)
        gutter = " " * len(str(max(mark.span.line for mark in marks)))
        yield f"{gutter}{style.paint(BLUE, '┌─')} {visible(str(one.span))}"
        if table is not None:
            bar = f"{gutter}{style.paint(BLUE, '│')}"
            yield bar
            yield from snippet(marks, table, style, width)
            if one.hint or len(shown) < len(one.related):
                yield bar
    if table is None and one.label:
        yield from _note(one.label, gutter, style, width)
    for each in one.related:
        if each not in shown:
            yield from _note(_elsewhere(each), gutter, style, width)
    if one.hint:
        yield from _note(one.hint, gutter, style, width, "help: ")


def _note(text: str, gutter: str, style: Style, width: int, kind: str = "") -> Iterator[str]:
    start = f"{gutter}{style.paint(BLUE, '=')} {kind}"
    yield from _hanging(start, len(f"{gutter}= {kind}"), text, style, width)


def _hanging(
    start: str, indent: int, text: str, style: Style, width: int, tint: str = ""
) -> Iterator[str]:
    """A text in lines, all of which begin under the first: after `start`, of `indent` cells."""
    first, *others = wrap(visible(text), width - indent)
    yield start + style.paint(tint, first)
    for line in others:
        yield " " * indent + style.paint(tint, line)


def _elsewhere(related: Related) -> str:
    """ "declared here" becomes "declared at file:line:column"."""
    return f"{related.message.removesuffix(' here')} at {related.span}"
