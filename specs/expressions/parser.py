"""Tokens to the typed tree, by precedence climbing: one pass types what it reads."""

from ..types import Kind
from .foreign import OPERATORS, PHRASES, Foreign
from .grammar import ANY, BINARY, JOIN, MAX_DEPTH, TEST, TESTS
from .ir import Call, Expression, children
from .problem import ExpressionErrors
from .resolve import untyped_null
from .rules import Typed
from .tokens import END, Token
from .values import Values


class Parser(Values):
    """Reads operators, and so the whole."""

    __slots__ = ()

    def whole(self) -> Expression:
        """The whole text as one expression, which has a value.

        Raises ExpressionErrors with all problems found.
        """
        result = self.expression(ANY)
        token = self.tokens[self.at]
        if token.kind != END:
            self._not_the_end(token)
        if result is not None:
            if untyped_null(result) or result.type.kind is Kind.INTERVAL:
                message = "the expression has no value of its own"
                self.rules.reject("type", message, 0, len(self.text))
            if len(self.tokens) > MAX_DEPTH:
                self._check_depth(result)
        if result is None or self.habits or self.rules.problems:
            raise ExpressionErrors([*self.habits, *self.rules.problems])
        return result

    def _not_the_end(self, token: Token) -> None:
        if token.kind in (")", "]", "}"):
            self.fail(f"nothing is open that `{token.kind}` could close", token)
        if token.kind == ",":
            self.fail("one expression is expected, not a list of them", token)
        self.unexpected(token, "an operator is expected")

    def _check_depth(self, tree: Expression) -> None:
        """Bound the recursion of what walks the tree. A cast that nobody wrote is no level."""
        stack = [(tree, 1)]
        while stack:
            node, level = stack.pop()
            if level > MAX_DEPTH:
                message = f"the expression has more than {MAX_DEPTH} levels"
                self.rules.reject("syntax", message, node.start, node.end)
                return
            inserted = (
                isinstance(node, Call)
                and node.function == "cast"
                and node.arguments[0].end == node.end
            )
            stack += [(child, level if inserted else level + 1) for child in children(node)]

    def expression(self, power: int) -> Typed:
        """Read an expression of operators that bind at least as tightly as `power`."""
        tokens, rules = self.tokens, self.rules
        first = tokens[self.at]
        self.levels += 1
        if self.levels > MAX_DEPTH:
            self.fail(f"the expression has more than {MAX_DEPTH} levels", first)
        left = self.value(first)
        while True:
            token = tokens[self.at]
            kind = token.kind
            tightness = BINARY.get(kind)
            if tightness is not None:
                if tightness < power:
                    break
                self.at += 1
                right = self.expression(tightness + 1)
                name = "<>" if kind == "!=" else kind
                left = rules.call(name, (left, right), first.start, self.end)
            elif kind in TESTS:
                if power > TEST:
                    break
                left = self._test(left, first.start)
            else:
                foreign = OPERATORS.get(token.text.lower() if kind == "name" else kind)
                if foreign is None or foreign.power < power:
                    break
                left = self._foreign(foreign, left, first.start)
        self.levels -= 1
        return left

    def _test(self, left: Typed, start: int) -> Typed:
        """`is null`, or one of `in`, `like` and `between`, which `not` may negate."""
        token = self.tokens[self.at]
        self.at += 1
        if token.kind == "is":
            return self._is_null(left, start)
        negated = token.kind == "not"
        if negated:
            token = self.tokens[self.at]
            if token.kind not in ("in", "like", "between"):
                self._not_a_test(token)
            self.at += 1
        if token.kind == "in":
            result = self.one_of(left, start)
        elif token.kind == "like":
            pattern = self.expression(JOIN)
            result = self.rules.call("like", (left, pattern), start, self.end)
        else:
            low = self.expression(JOIN)
            self.expect("and", "between the bounds of `between`")
            high = self.expression(JOIN)
            result = self.rules.call("between", (left, low, high), start, self.end)
        return self.rules.call("not", (result,), start, self.end) if negated else result

    def _not_a_test(self, token: Token) -> None:
        foreign = OPERATORS.get(token.text.lower())
        if foreign is not None and foreign.power == TEST:
            self.fail(_refusal(token, foreign), token, "not_allowed")
        self.unexpected(token, "`in`, `like` or `between` is expected after `not`")

    def _is_null(self, left: Typed, start: int) -> Typed:
        negated = self.tokens[self.at].kind == "not"
        self.at += negated
        if self.tokens[self.at].kind == "null":
            self.at += 1
            call = self.rules.call("is_null", (left,), start, self.end)
            return self.rules.call("not", (call,), start, self.end) if negated else call
        if self.tokens[self.at].kind == END:
            self.unexpected(self.tokens[self.at], "`null` or `not null` is expected")
        mark = len(self.rules.problems)
        self.follow(("distinct", "from"))
        self.expression(JOIN)
        del self.rules.problems[mark:]
        message = "`is` is followed by `null` or `not null`; a condition needs no test"
        return self.rules.reject("not_allowed", message, start, self.end)

    def _foreign(self, foreign: Foreign, left: Typed, start: int) -> Typed:
        """An operator of other languages, noted as such."""
        token = self.tokens[self.at]
        self.at += 1
        if foreign.postfix:
            self.habit(token, foreign.means)
            return self.rules.call("is_null", (left,), start, self.end)
        if foreign.means:
            self.habit(token, foreign.means)
            right = self.expression(foreign.power + 1)
            return self.rules.call(foreign.means, (left, right), start, self.end)
        self.follow(PHRASES.get(token.text.lower(), ()))
        self.expression(foreign.power + 1)
        self.refuse(_refusal(token, foreign), start, self.end)
        return None


def _refusal(token: Token, foreign: Foreign) -> str:
    words = " ".join((token.text, *PHRASES.get(token.text.lower(), ())))
    advice = f": {foreign.advice}" if foreign.advice else ""
    return f"`{words}` is not part of the expression language{advice}"
