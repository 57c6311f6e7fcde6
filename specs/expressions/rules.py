"""The typing rules: what a construct of the grammar becomes in the typed tree, or what is wrong."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..types import DataType, Kind
from .functions import (
    AGGREGATES,
    CASTS,
    DATE_UNITS,
    FUNCTIONS,
    INTERVAL_UNITS,
    NAMED,
    SPELLINGS,
    VOLATILE,
)
from .ir import Aggregate, Call, Column, Expression, Literal
from .literals import to_date, to_float, to_int, to_interval, to_timestamp
from .problem import Problem, Reason
from .resolve import (
    UNTYPED,
    common_kind,
    misfit,
    nulls_of,
    promote_to,
    resolve,
    type_of,
    untyped_null,
)

Typed = Expression | None
"""None stands for what was rejected: its problem is noted, and more is not said of it."""

_CONSTANTS: Mapping[tuple[str, int], Callable[[Any], bool]] = {
    ("round", 1): lambda n: 0 <= n <= 15,
    ("substring", 1): lambda n: 1 <= n < 2**31,
    ("substring", 2): lambda n: 0 <= n < 2**31,
    ("date_diff", 0): lambda unit: unit in DATE_UNITS,
    ("like", 1): lambda pattern: isinstance(pattern, str),
}
"""What the literal arguments of `functions` have to satisfy."""

_TAKES_NULL = frozenset({"coalesce", "if", "greatest", "least"})


class Rules:
    """Makes typed nodes. Every method that yields `Typed` notes what it rejects in `problems`."""

    __slots__ = ("aggregates", "problems", "scope", "text")

    def __init__(self, text: str, scope: Mapping[str, DataType], aggregates: bool) -> None:
        self.text = text
        self.scope = scope
        self.aggregates = aggregates
        self.problems: list[Problem] = []

    def reject(
        self, reason: Reason, message: str, start: int, end: int, suggestion: str = ""
    ) -> Typed:
        self.problems.append(Problem(reason, message, start, end, suggestion))
        return None

    def call(self, name: str, arguments: Sequence[Typed], start: int, end: int) -> Typed:
        """A call by canonical name, if a signature fits and its constants are constant."""
        given: list[Expression] = []
        nulls = False
        for argument in arguments:
            if argument is None:
                return None
            nulls = nulls or argument.type is UNTYPED
            given.append(argument)
        function = FUNCTIONS[name]
        if nulls and name not in _TAKES_NULL:
            message = "`null` has no type here; test with `is null`"
            return self.reject("type", message, start, end)
        fitted = resolve(function, given)
        if fitted is None:
            message = misfit(name, function, given)
            if name == "||" and Kind.STRING not in [a.type.kind for a in given]:
                message += "; of two conditions, write `a or b`"
            return self._misfit(message, name, given, start, end)
        call = Call(name, *fitted, start, end)
        for place, what in function.constants.items():
            if not self._constant(call, place, what):
                return None
        return call

    def _misfit(
        self, message: str, name: str, given: Sequence[Expression], start: int, end: int
    ) -> Typed:
        from .mend import mend

        mended = mend(self.text, name, given, start, end)
        self.problems.append(Problem("type", message, start, end, mended=mended))
        return None

    def _constant(self, call: Call, place: int, what: str) -> bool:
        for argument in call.arguments[place : place + 1]:
            good = _CONSTANTS[call.function, place]
            if not isinstance(argument, Literal) or not good(argument.value):
                message = f"argument {place + 1} of `{call.function}` is {what}, as a literal"
                self.reject("type", message, argument.start, argument.end)
                return False
        return True

    def column(self, name: str, start: int, end: int, *, quoted: bool) -> Typed:
        type_ = self.scope.get(name)
        if type_ is not None:
            return Column(name, type_, start, end)
        if name.lower() in VOLATILE:
            return self._volatile(name, start, end)
        from ..suggest import closest

        text = "'" + name.replace("'", "''") + "'" if quoted else ""
        suggestion = closest(name, self.scope) or (text if len(text) <= 80 else "")
        message = f"there is no column `{name:.80}` here"
        return self.reject("unknown_column", message, start, end, suggestion)

    def _volatile(self, name: str, start: int, end: int) -> Typed:
        message = f"`{name}` is not allowed: the value of an expression depends on its row alone"
        return self.reject("not_allowed", message, start, end)

    def unknown(self, name: str, start: int, name_end: int, end: int) -> Typed:
        """A function that is not in the table. Of an unknown one, the name alone is marked."""
        if name in VOLATILE:
            return self._volatile(name, start, end)
        from ..suggest import closest

        known = [*NAMED, *(AGGREGATES if self.aggregates else ())]
        suggestion = SPELLINGS.get(name) or closest(name, known) or ""
        message = f"there is no function `{name:.80}`"
        return self.reject("unknown_function", message, start, name_end, suggestion)

    def number(self, text: str, start: int, end: int) -> Literal | None:
        if text.lstrip("-").isdecimal():
            integer = to_int(text)
            if integer is None:
                self.reject("type", f"the integer {text:.40} has more than 64 bits", start, end)
                return None
            return Literal(integer, type_of(Kind.INT, False), start, end)
        value = to_float(text)
        if value is None or abs(value) == float("inf"):
            self.reject("type", f"{text:.40} is not a number within range", start, end)
            return None
        return Literal(value, type_of(Kind.FLOAT, False), start, end)

    def one_of(self, parts: Sequence[Typed], start: int, end: int) -> Typed:
        bad = [p for p in parts[1:] if p is not None and not isinstance(p, Literal)]
        for part in bad:
            self.reject("type", "`in` takes literals only", part.start, part.end)
        return None if bad else self.call("in", parts, start, end)

    def condition(self, test: Typed) -> Typed:
        if test is None or (test.type.kind is Kind.BOOL and test.type is not UNTYPED):
            return test
        found = "null" if untyped_null(test) else test.type.kind
        message = f"a condition is a bool, not {found}"
        return self.reject("type", message, test.start, test.end)

    def case(self, tests: Sequence[Typed], values: Sequence[Typed], start: int, end: int) -> Typed:
        """`values` has one more than `tests` where there is an `else`."""
        good = [t for t in map(self.condition, tests) if t is not None]
        given = [v for v in values if v is not None]
        if len(given) < len(values):
            return None
        kind = common_kind(given)
        if kind is None or kind is Kind.INTERVAL:
            found = ", ".join("null" if untyped_null(v) else str(v.type.kind) for v in given)
            message = f"`case` yields values of one type, not {found}"
            return self.reject("type", message, start, end)
        if len(good) < len(tests):
            return None
        typed = [promoted for v in given if (promoted := promote_to(v, kind)) is not None]
        nullable = len(typed) == len(good) or any(v.type.nullable for v in typed)
        pairs = (e for pair in zip(good, typed, strict=False) for e in pair)
        arguments = (*pairs, *typed[len(good) :])
        return Call("case", arguments, type_of(kind, nullable), start, end)

    def cast(self, inner: Typed, kind: Kind | None, start: int, end: int) -> Typed:
        if inner is None or kind is None:
            return None
        if untyped_null(inner):
            return Literal(None, type_of(kind, True), start, end)
        if inner.type.kind is kind:
            return inner
        match inner:
            case Literal(value=str() as text) if kind in (Kind.TIMESTAMP, Kind.DATE):
                return self._moment(inner, text, kind, start, end)
        nulls = CASTS.get((inner.type.kind, kind))
        if nulls is None:
            message = f"there is no cast from {inner.type.kind} to {kind}"
            return self.reject("type", message, start, end)
        return Call("cast", (inner,), type_of(kind, nulls_of(nulls, [inner])), start, end)

    def _moment(self, inner: Literal, text: str, kind: Kind, start: int, end: int) -> Typed:
        """A literal text cast to a time is a literal, so it has to be a good one."""
        value = to_timestamp(text) if kind is Kind.TIMESTAMP else to_date(text)
        if value is None:
            form = "YYYY-MM-DD" + (" HH:MM:SS" if kind is Kind.TIMESTAMP else "")
            message = f"a literal {kind} is written '{form}', in UTC"
            return self.reject("type", message, inner.start, inner.end)
        return Literal(value, type_of(kind, False), start, end)

    def interval(self, number: str, unit: str, start: int, end: int) -> Typed:
        micros = to_interval(number, unit)
        if micros is None:
            units = ", ".join(INTERVAL_UNITS)
            message = f"an interval is a whole number and a unit: {units}"
            return self.reject("type", message, start, end)
        return Literal(micros, type_of(Kind.INTERVAL, False), start, end)

    def aggregate(
        self, name: str, arguments: Sequence[Typed], where: Typed, start: int, end: int
    ) -> Typed:
        """A function of many rows, over the rows for which `where` is true."""
        given = [a for a in arguments if a is not None]
        if len(given) < len(arguments):
            return None
        fitted = resolve(AGGREGATES[name], given)
        if fitted is None or any(map(untyped_null, given)):
            return self._misfit(misfit(name, AGGREGATES[name], given), name, given, start, end)
        argument = fitted[0][0] if fitted[0] else None
        return Aggregate(name, argument, where, fitted[1], start, end)
