"""A finding about a spec, as a value: code, message, place, and what to do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from .span import SourceSpan

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Related:
    """A second place that explains the first: "declared here"."""

    message: str
    span: SourceSpan


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    `code` is a key of `specs.codes.CODES`; `label` is the short text beside the carets (such as
    "did you mean `dep_delay`?"); `hint` is a sentence that says what to do.
    """

    code: str
    message: str
    span: SourceSpan | None
    severity: Severity = "error"
    label: str = ""
    hint: str = ""
    related: tuple[Related, ...] = ()


def diagnostic_of(data: Mapping[str, Any]) -> Diagnostic:
    """The inverse of `dataclasses.asdict`, after a way through JSON."""
    span = data["span"]
    related = tuple(Related(r["message"], SourceSpan(**r["span"])) for r in data["related"])
    parts = {**data, "span": None if span is None else SourceSpan(**span), "related": related}
    return Diagnostic(**parts)


class SpecError(Exception):
    """A spec cannot be compiled; `diagnostics` says everything that is wrong with it."""

    def __init__(self, diagnostics: Iterable[Diagnostic], files: Iterable[str] = ()) -> None:
        self.diagnostics = in_file_order(diagnostics, files)
        super().__init__("; ".join(f"{d.code}: {d.message}" for d in self.diagnostics))


def spec_error(
    code: str, message: str, span: SourceSpan | None = None, hint: str = ""
) -> SpecError:
    """A spec that a single finding stops."""
    return SpecError([Diagnostic(code, message, span, hint=hint)])


def in_file_order(
    diagnostics: Iterable[Diagnostic], files: Iterable[str] = ()
) -> tuple[Diagnostic, ...]:
    """Order by position; findings without one come first. Equal findings are shown once.

    Files come as in `files` (those of a document: the spec, then what it includes), others in the
    order in which they are met, so that what is in order stays so.
    """
    unique = dict.fromkeys(diagnostics)
    met = dict.fromkeys((*files, *(d.span.file for d in unique if d.span is not None)))
    rank = {file: number for number, file in enumerate(met)}

    def key(one: Diagnostic) -> tuple[int, SourceSpan, str, str]:
        if one.span is None:
            return -1, _NOWHERE, one.code, one.message
        return rank[one.span.file], one.span, one.code, one.message

    return tuple(sorted(unique, key=key))


_NOWHERE = SourceSpan("", 0, 0, 0, 0)
