"""Syntax tree to typed tree: one rule for each kind of node on the list, and no other node."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from sqlglot import exp

from ..suggest import closest
from ..types import DataType, Kind
from .functions import (
    AGGREGATES,
    CASTS,
    DATE_UNITS,
    FUNCTIONS,
    INTERVAL_UNITS,
    NAMED,
    SPELLINGS,
    TYPE_NAMES,
    VOLATILE,
)
from .ir import Aggregate, Call, Column, Expression, Literal
from .literals import to_date, to_float, to_int, to_interval, to_timestamp
from .problem import ExpressionErrors, Problem, Reason
from .resolve import UNTYPED, common_kind, misfit, nulls_of, promote_to, resolve, untyped_null

MAX_DEPTH = 100
"""Levels of the typed tree; a chain of n operators has n levels."""

Span = tuple[int, int]
"""Offsets of the first character and of the one after the last."""


def convert(
    tree: exp.Expr, scope: Mapping[str, DataType], spans: Mapping[int, Span], *, aggregates: bool
) -> Expression:
    """Type a syntax tree. `spans` places its nodes by identity, and the whole text under 0.

    Raises ExpressionErrors with all problems found.
    """
    rules = _Rules(scope, spans, aggregates)
    try:
        return rules.whole(tree)
    except _RejectedError:
        raise ExpressionErrors(rules.problems) from None


class _RejectedError(Exception):
    """A node was rejected, and its problem noted."""


_BINARY: Mapping[type[exp.Expr], str] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.IntDiv: "//",
    exp.Mod: "%",
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.And: "and",
    exp.Or: "or",
    exp.DPipe: "||",
}

_FORBIDDEN: Mapping[type[exp.Expr], str] = {
    exp.Query: "a subquery",
    exp.Exists: "a subquery",
    exp.Window: "a window function",
    exp.Star: "`*`",
    exp.Lambda: "a lambda",
    exp.Placeholder: "a parameter",
    exp.Parameter: "a parameter",
    exp.SessionParameter: "a parameter",
    exp.Distinct: "`distinct`",
    exp.Bracket: "an index",
    exp.Array: "a list",
    exp.Struct: "a struct",
    exp.Tuple: "a tuple",
    exp.Dot: "a qualified name",
}
"""What the language leaves out, in words."""

_CONSTANTS: Mapping[tuple[str, int], Callable[[Any], bool]] = {
    ("round", 1): lambda n: 0 <= n <= 15,
    ("substring", 1): lambda n: 1 <= n < 2**31,
    ("substring", 2): lambda n: 0 <= n < 2**31,
    ("date_diff", 0): lambda unit: unit in DATE_UNITS,
    ("like", 1): lambda pattern: isinstance(pattern, str),
}
"""What the literal arguments of `functions` have to satisfy."""

_TAKES_NULL = frozenset({"coalesce", "if", "greatest", "least"})


class _Rules:
    """The rules of conversion. What one rejects is noted in `problems` before it raises."""

    def __init__(
        self, scope: Mapping[str, DataType], spans: Mapping[int, Span], aggregates: bool
    ) -> None:
        self.scope = scope
        self.spans = spans
        self.aggregates = aggregates
        self.problems: list[Problem] = []
        self.depth = 0

    def whole(self, tree: exp.Expr) -> Expression:
        """The expression at the top, which has to have a value."""
        result = self.convert(tree)
        if untyped_null(result) or result.type.kind is Kind.INTERVAL:
            self.reject("type", "the expression has no value of its own", tree)
        return result

    def convert(self, node: Any) -> Expression:
        rule = _RULES.get(type(node))
        if rule is None:
            self.forbid(node)
        if self.depth >= MAX_DEPTH:
            self.reject("syntax", f"the expression has more than {MAX_DEPTH} levels", node)
        self.depth += 1
        try:
            return rule(self, node)
        finally:
            self.depth -= 1

    def convert_all(self, nodes: Sequence[Any]) -> list[Expression]:
        """All of them, so that the problems of every one are found."""
        found = []
        for node in nodes:
            try:
                found.append(self.convert(node))
            except _RejectedError:
                continue
        if len(found) < len(nodes):
            raise _RejectedError
        return found

    def reject(self, reason: Reason, message: str, node: Any, suggestion: str = "") -> NoReturn:
        if isinstance(node, Literal | Column | Call | Aggregate):
            start, end = node.start, node.end
        else:
            start, end = self.span(node)
        self.problems.append(Problem(reason, message, start, end, suggestion))
        raise _RejectedError

    def forbid(self, node: Any) -> NoReturn:
        words = [text for kind, text in _FORBIDDEN.items() if isinstance(node, kind)]
        what = words[0] if words else "this"
        self.reject("not_allowed", f"{what} is not part of the expression language", node)

    def only(self, node: exp.Expr, *names: str) -> None:
        """Forbid a node on which more is set than its rule reads."""
        for name, value in node.args.items():
            if name not in names and value not in (None, [], False):
                self.forbid(node)

    def span(self, node: Any) -> Span:
        return self.spans.get(id(node)) or self.spans[0]

    def call(self, name: str, node: exp.Expr, arguments: Sequence[Expression]) -> Call:
        """A call by canonical name, if a signature fits and its constants are constant."""
        function = FUNCTIONS[name]
        if name not in _TAKES_NULL and any(map(untyped_null, arguments)):
            self.reject("type", "`null` has no type here; test with `is null`", node)
        fitted = resolve(function, arguments)
        if fitted is None:
            self.reject("type", misfit(name, function, arguments), node)
        call = Call(name, *fitted, *self.span(node))
        for place, what in function.constants.items():
            self.constant(call, place, what)
        return call

    def constant(self, call: Call, place: int, what: str) -> None:
        for argument in call.arguments[place : place + 1]:
            good = _CONSTANTS[call.function, place]
            if not isinstance(argument, Literal) or not good(argument.value):
                message = f"argument {place + 1} of `{call.function}` is {what}, as a literal"
                self.reject("type", message, argument)

    def column(self, node: exp.Column) -> Expression:
        self.only(node, "this")
        if not isinstance(node.this, exp.Identifier):
            self.forbid(node.this)
        name = node.this.name
        if name not in self.scope:
            self.missing(name, node)
        return Column(name, self.scope[name], *self.span(node))

    def missing(self, name: str, node: exp.Expr) -> NoReturn:
        if name.lower() in VOLATILE:
            self.volatile(name, node)
        message = f"there is no column `{name:.80}` here"
        self.reject("unknown_column", message, node, closest(name, self.scope) or "")

    def volatile(self, name: str, node: exp.Expr) -> NoReturn:
        message = f"`{name}` is not allowed: the value of an expression depends on its row alone"
        self.reject("not_allowed", message, node)

    def literal(self, node: exp.Literal) -> Expression:
        text = str(node.this)
        if node.is_string:
            return Literal(text, DataType(Kind.STRING, False), *self.span(node))
        return self.number(text, node)

    def number(self, text: str, node: exp.Expr) -> Literal:
        if text.lstrip("-").isdecimal():
            integer = to_int(text)
            if integer is None:
                self.reject("type", f"the integer {text:.40} has more than 64 bits", node)
            return Literal(integer, DataType(Kind.INT, False), *self.span(node))
        value = to_float(text)
        if value is None or abs(value) == float("inf"):
            self.reject("type", f"{text:.40} is not a number within range", node)
        return Literal(value, DataType(Kind.FLOAT, False), *self.span(node))

    def boolean(self, node: exp.Boolean) -> Expression:
        return Literal(bool(node.this), DataType(Kind.BOOL, False), *self.span(node))

    def null(self, node: exp.Null) -> Expression:
        return Literal(None, UNTYPED, *self.span(node))

    def paren(self, node: exp.Paren) -> Expression:
        return self.convert(node.this)

    def binary(self, node: exp.Expr) -> Expression:
        self.only(node, "this", "expression", "typed", "safe")
        both = self.convert_all([node.this, node.args.get("expression")])
        return self.call(_BINARY[type(node)], node, both)

    def negate(self, node: exp.Neg) -> Expression:
        """A sign before a number is part of the number (but -0.0 stays the negative of 0.0)."""
        operand = node.this
        if isinstance(operand, exp.Literal) and not operand.is_string:
            number = self.number(f"-{operand.this}", node)
            if number.value or number.type.kind is Kind.INT:
                return number
        return self.call("negate", node, [self.convert(operand)])

    def invert(self, node: exp.Not) -> Expression:
        return self.call("not", node, [self.convert(node.this)])

    def is_null(self, node: exp.Is) -> Expression:
        tested = node.args.get("expression")
        negated = isinstance(tested, exp.Not)
        if not isinstance(tested.this if isinstance(tested, exp.Not) else tested, exp.Null):
            self.reject("not_allowed", "`is` is followed by `null` or `not null`", node)
        call = self.call("is_null", node, [self.convert(node.this)])
        return self.call("not", node, [call]) if negated else call

    def between(self, node: exp.Between) -> Expression:
        self.only(node, "this", "low", "high")
        parts = self.convert_all([node.this, node.args.get("low"), node.args.get("high")])
        return self.call("between", node, parts)

    def one_of(self, node: exp.In) -> Expression:
        if node.args.get("query"):
            self.forbid(node.args["query"])
        self.only(node, "this", "expressions")
        parts = self.convert_all([node.this, *node.expressions])
        for part in parts[1:]:
            if not isinstance(part, Literal):
                self.reject("type", "`in` takes literals only", part)
        return self.call("in", node, parts)

    def like(self, node: exp.Like) -> Expression:
        self.only(node, "this", "expression", "negate")
        both = self.convert_all([node.this, node.args.get("expression")])
        call = self.call("like", node, both)
        return self.call("not", node, [call]) if node.args.get("negate") else call

    def case(self, node: exp.Case) -> Expression:
        """`case x when v` is `case when x = v`; as x stands in each of them, it is a column."""
        self.only(node, "this", "ifs", "default")
        ifs, default = node.args.get("ifs") or [], node.args.get("default")
        subject = self.convert(node.this) if node.this else None
        if subject is not None and not isinstance(subject, Column):
            self.reject("not_allowed", "`case x when` takes a column for x", node.this)
        if not ifs:
            self.reject("syntax", "`case` needs `when`, `then` and `end`", node)
        tests = self.convert_all([branch.this for branch in ifs])
        results = [*(branch.args.get("true") for branch in ifs), *([default] if default else [])]
        values = self.convert_all(results)
        if subject is not None:
            tests = [self.call("=", node, [subject, test]) for test in tests]
        self.conditions(tests)
        return self.branches(node, tests, values)

    def conditions(self, tests: Sequence[Expression]) -> None:
        for test in tests:
            if untyped_null(test) or test.type.kind is not Kind.BOOL:
                self.reject("type", f"a condition is a bool, not {test.type.kind}", test)

    def branches(
        self, node: exp.Expr, tests: Sequence[Expression], values: Sequence[Expression]
    ) -> Expression:
        kind = common_kind(values)
        if kind is None or kind is Kind.INTERVAL:
            found = ", ".join(str(v.type.kind) for v in values)
            self.reject("type", f"`case` yields values of one type, not {found}", node)
        typed = [promoted for v in values if (promoted := promote_to(v, kind)) is not None]
        nullable = len(typed) == len(tests) or any(v.type.nullable for v in typed)
        pairs = (e for pair in zip(tests, typed, strict=False) for e in pair)
        arguments = (*pairs, *typed[len(tests) :])
        return Call("case", arguments, DataType(kind, nullable), *self.span(node))

    def cast(self, node: exp.Cast) -> Expression:
        kind = self.cast_kind(node)
        inner = self.convert(node.this)
        if untyped_null(inner):
            return Literal(None, DataType(kind, nullable=True), *self.span(node))
        if inner.type.kind is kind:
            return inner
        match inner:
            case Literal(value=str() as text) if kind in (Kind.TIMESTAMP, Kind.DATE):
                return self.moment(node, text, kind)
        nulls = CASTS.get((inner.type.kind, kind))
        if nulls is None:
            self.reject("type", f"there is no cast from {inner.type.kind} to {kind}", node)
        type_ = DataType(kind, nulls_of(nulls, [inner]))
        return Call("cast", (inner,), type_, *self.span(node))

    def cast_kind(self, node: exp.Cast) -> Kind:
        self.only(node, "this", "to", "safe")
        to = node.args.get("to")
        if isinstance(to, exp.DataType):
            self.only(to, "this", "nested")
        kind = TYPE_NAMES.get(getattr(getattr(to, "this", None), "name", ""))
        if kind is None:
            known = "bool, int, float, string, timestamp or date"
            self.reject("not_allowed", f"a cast is to {known}", node)
        return kind

    def moment(self, node: exp.Expr, text: str, kind: Kind) -> Expression:
        """A literal text cast to a time is a literal, so it has to be a good one."""
        value = to_timestamp(text) if kind is Kind.TIMESTAMP else to_date(text)
        if value is None:
            form = "YYYY-MM-DD" + (" HH:MM:SS" if kind is Kind.TIMESTAMP else "")
            self.reject("type", f"a literal {kind} is written '{form}', in UTC", node)
        return Literal(value, DataType(kind, False), *self.span(node))

    def interval(self, node: exp.Interval) -> Expression:
        self.only(node, "this", "unit")
        unit = node.args.get("unit")
        number = node.this.name if isinstance(node.this, exp.Literal) else ""
        micros = to_interval(number, unit.name) if isinstance(unit, exp.Var) else None
        if micros is None:
            units = ", ".join(INTERVAL_UNITS)
            self.reject("type", f"an interval is a whole number and a unit: {units}", node)
        return Literal(micros, DataType(Kind.INTERVAL, False), *self.span(node))

    def named(self, node: exp.Anonymous) -> Expression:
        if not isinstance(node.this, str):
            self.reject("not_allowed", "the name of a function is not quoted", node)
        name = node.this.lower()
        if name in AGGREGATES:
            return self.aggregate(node, name, None)
        if name not in NAMED:
            self.unknown(name, node)
        return self.call(name, node, self.convert_all(node.expressions))

    def unknown(self, name: str, node: exp.Anonymous) -> NoReturn:
        """Name the function alone, not its arguments; look for problems in these, too."""
        start, end = self.span(node)
        end = min(end, start + max(1, len(name)))
        if name in VOLATILE:
            self.volatile(name, node)
        known = [*NAMED, *(AGGREGATES if self.aggregates else ())]
        suggestion = SPELLINGS.get(name) or closest(name, known) or ""
        message = f"there is no function `{name:.80}`"
        self.problems.append(Problem("unknown_function", message, start, end, suggestion))
        self.convert_all(node.expressions)
        raise _RejectedError

    def filtered(self, node: exp.Filter) -> Expression:
        inner, where = node.this, node.args.get("expression")
        if not isinstance(inner, exp.Anonymous) or not isinstance(where, exp.Where):
            self.forbid(node)
        name = str(inner.this).lower()
        if name not in AGGREGATES:
            self.reject("not_allowed", "`filter` belongs to an aggregate", node)
        return self.aggregate(inner, name, where.this)

    def aggregate(self, node: exp.Anonymous, name: str, where: Any) -> Expression:
        if not self.aggregates:
            message = f"`{name}` is a function of many rows, which is not allowed here"
            self.reject("not_allowed", message, node)
        if any(isinstance(e, exp.Star) for e in node.expressions):
            self.reject("not_allowed", f"write `{name}()` instead of `{name}(*)`", node)
        self.aggregates = False
        try:
            inside = self.convert_all([*node.expressions, *([where] if where else [])])
        finally:
            self.aggregates = True
        chosen = inside.pop() if where else None
        self.conditions([chosen] if chosen else [])
        fitted = resolve(AGGREGATES[name], inside)
        if fitted is None or any(map(untyped_null, inside)):
            self.reject("type", misfit(name, AGGREGATES[name], inside), node)
        argument = fitted[0][0] if fitted[0] else None
        return Aggregate(name, argument, chosen, fitted[1], *self.span(node))


_RULES: Mapping[type, Callable[[_Rules, Any], Expression]] = {
    **dict.fromkeys(_BINARY, _Rules.binary),
    exp.Column: _Rules.column,
    exp.Literal: _Rules.literal,
    exp.Boolean: _Rules.boolean,
    exp.Null: _Rules.null,
    exp.Paren: _Rules.paren,
    exp.Neg: _Rules.negate,
    exp.Not: _Rules.invert,
    exp.Is: _Rules.is_null,
    exp.Between: _Rules.between,
    exp.In: _Rules.one_of,
    exp.Like: _Rules.like,
    exp.Case: _Rules.case,
    exp.Cast: _Rules.cast,
    exp.TryCast: _Rules.cast,
    exp.Interval: _Rules.interval,
    exp.Anonymous: _Rules.named,
    exp.Filter: _Rules.filtered,
}
"""The allow-list of syntax."""
