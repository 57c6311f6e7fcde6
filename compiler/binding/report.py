"""What binding finds: a growing list of diagnostics, and the two questions that fill most of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from ...specs.diagnostic import Diagnostic, Related
from ...specs.document import Document, Path
from ...specs.expressions.parse import ExpressionErrors, parse
from ...specs.expressions.problem import Problem
from ...specs.sections.spec import Spec
from ...specs.span import SourceSpan
from ...specs.suggest import did_you_mean
from ...specs.types import DataType
from ..graph import TypedExpression

T = TypeVar("T")

_WORD = re.compile(r"\w+")

_CODES = {
    "syntax": "E206",
    "unknown_column": "E204",
    "unknown_function": "E208",
    "type": "E207",
    "not_allowed": "E208",
}

MAX_CHARACTERS = 1_000_000
"""Of all expressions together: some seconds of work."""


@dataclass
class Report:
    """Collects diagnostics while binding goes on.

    `unknown` are names that exist in the spec but could not be bound: what refers to them is left
    out in silence, since their own diagnostics tell the story.
    """

    document: Document
    spec: Spec
    lock: Document | None = None
    diagnostics: list[Diagnostic] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    _read: int = 0  # characters of expressions

    def error(
        self,
        code: str,
        message: str,
        at: Path,
        *,
        label: str = "",
        hint: str = "",
        related: tuple[Related, ...] = (),
        on_key: bool = False,
    ) -> None:
        """Add an error at the value, or at the key, of a path."""
        span = self.document.key_span(at) if on_key else self.document.span(at)
        self.diagnostics.append(
            Diagnostic(code, message, span, label=label, hint=hint, related=related)
        )

    def within(
        self,
        code: str,
        message: str,
        at: Path,
        part: tuple[int, int],
        *,
        label: str = "",
        hint: str = "",
        related: tuple[Related, ...] = (),
    ) -> None:
        """Add an error at some characters of the value at a path."""
        start, end = part
        span = self.document.span_within(at, start, max(end, start + 1))
        self.diagnostics.append(
            Diagnostic(code, message, span, label=label, hint=hint, related=related)
        )

    def declared(self, what: str, at: Path) -> tuple[Related, ...]:
        """A related place: "`flights` is declared here"."""
        return (Related(f"{what} is declared here", self.document.key_span(at)),)

    def lookup(self, kind: str, name: str, known: Mapping[str, T], at: Path) -> T | None:
        """The node of that name; None, with an error unless it has one already."""
        if name in known:
            return known[name]
        if f"{kind}.{name}" not in self.unknown:
            declared = self._declared(kind) or list(known)
            self.error(
                "E205",
                f"there is no {kind} `{name}`",
                at,
                label=did_you_mean(name, declared),
                hint=f"declared are: {', '.join(declared)}"
                if declared
                else f"no {kind} is declared",
            )
        return None

    def _declared(self, kind: str) -> list[str]:
        """The names in the spec: what could not be bound is a good suggestion all the same."""
        sections: dict[str, Mapping[str, object]] = {
            "source": self.spec.sources,
            "entity": self.spec.entities,
            "feature view": self.spec.features,
            "model": self.spec.models,
            "deployment": self.spec.deploy,
        }
        return list(sections.get(kind, {}))

    def expression(
        self,
        text: str,
        at: Path,
        scope: Mapping[str, DataType],
        *,
        what: str,
        owner: str,
        owner_at: Path,
        aggregates: bool = False,
    ) -> TypedExpression | None:
        """Parse and type an expression. `what` reads the columns of `owner`."""
        if self._beyond_the_limit(text, at):
            return None
        try:
            return TypedExpression(text, parse(text, scope, aggregates=aggregates), at)
        except ExpressionErrors as errors:
            for problem in errors.problems:
                self._problem(problem, text, at, what, owner, owner_at, scope)
        return None

    def _beyond_the_limit(self, text: str, at: Path) -> bool:
        """Said once: what is beyond the limit is not read."""
        before = self._read
        self._read += len(text)
        if before <= MAX_CHARACTERS < self._read:
            message = f"the expressions of the spec hold more than {MAX_CHARACTERS:,} characters"
            self.error("E104", message, at)
        return self._read > MAX_CHARACTERS

    def _column_span(self, owner_at: Path, column: str) -> SourceSpan:
        """Where the type of a column is told: in the lock file, or among the view's inputs."""
        if self.lock is not None and owner_at[0] == "sources":
            return self.lock.key_span((*owner_at, column))
        return self.document.key_span((*owner_at, column))

    def _problem(
        self,
        problem: Problem,
        text: str,
        at: Path,
        what: str,
        owner: str,
        owner_at: Path,
        scope: Mapping[str, DataType],
    ) -> None:
        message = f"{what}: {problem.message}"
        related: tuple[Related, ...] = ()
        if problem.reason == "unknown_column":
            name = text[problem.start : problem.end]
            message = f"{what} reads column `{name}`, which {owner} does not have"
            related = self.declared(owner, owner_at)
        elif problem.reason == "type":
            words = dict.fromkeys(_WORD.findall(text[problem.start : problem.end]))
            related = tuple(
                Related(f"`{word}` is a {scope[word].kind}", self._column_span(owner_at, word))
                for word in words
                if word in scope
            )
        self.within(
            _CODES[problem.reason],
            message,
            at,
            (problem.start, problem.end),
            label=f"did you mean `{problem.suggestion}`?" if problem.suggestion else "",
            hint=f"write `{problem.mended}`" if problem.mended else "",
            related=related,
        )
