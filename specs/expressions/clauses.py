"""What has words or brackets of its own: calls, `cast`, `case`, literals with a type, lists."""

from collections.abc import Mapping

from ..types import DataType, Kind
from .functions import AGGREGATES, NAMED, TYPE_NAMES
from .grammar import ANY
from .ir import Column, Literal
from .reader import Reader
from .resolve import type_of
from .rules import Rules, Typed
from .tokens import END, Token, plain

_LONG_TYPE_NAMES = {
    "double": ("precision",),
    "character": ("varying",),
    "char": ("varying",),
    "timestamp": ("without", "time", "zone"),
}
"""Names of types that may go on."""


class Clauses(Reader):
    """Reads one clause at a time, after its first token."""

    __slots__ = ("rules",)

    def __init__(self, text: str, scope: Mapping[str, DataType], aggregates: bool) -> None:
        super().__init__(text)
        self.rules = Rules(text, scope, aggregates)

    def expression(self, power: int) -> Typed:
        """Read an expression of operators that bind at least as tightly as `power`."""
        raise NotImplementedError

    def called(self, token: Token) -> Typed:
        """A call of the function that a token names."""
        name = token.text.lower()
        opening = self.tokens[self.at]
        self.at += 1
        self.open(opening)
        if name in AGGREGATES:
            return self._aggregate(token, opening, name)
        if name in ("cast", "try_cast"):
            return self._cast(token, opening)
        if name == "extract":
            message = "`extract` is not part of the expression language: write `year(t)`, `hour(t)`"
            self.fail(message, token, "not_allowed")
        mark = len(self.rules.problems)
        arguments = self._arguments(opening)
        filtered, _ = self._filter()
        if self.next_is("over"):
            return self._window(token, mark)
        if name not in NAMED:
            return self.rules.unknown(name, token.start, token.end, self.end)
        if filtered:
            message = "`filter` belongs to an aggregate"
            return self.rules.reject("not_allowed", message, token.start, self.end)
        return self.rules.call(name, arguments, token.start, self.end)

    def quoted_call(self, token: Token) -> Typed:
        """A call of what a token in double quotes names."""
        opening = self.tokens[self.at]
        self.at += 1
        self.open(opening)
        self._arguments(opening)
        message = "the name of a function is not quoted"
        return self.rules.reject("not_allowed", message, token.start, token.end, plain(token))

    def _arguments(self, opening: Token) -> list[Typed]:
        found: list[Typed] = []
        while found or self.tokens[self.at].kind != ")":
            if self.next_is("distinct") and self.tokens[self.at + 1].kind in ("name", "quoted"):
                token = self.tokens[self.at]
                message = "`distinct` is not part of the expression language"
                self.refuse(message, token.start, token.end)
                self.at += 1
            found.append(self.expression(ANY))
            if self.tokens[self.at].kind != ",":
                break
            self.at += 1
        self.close(opening)
        return found

    def _aggregate(self, token: Token, opening: Token, name: str) -> Typed:
        """A function of many rows; within it there is no other one."""
        rules = self.rules
        allowed, mark = rules.aggregates, len(rules.problems)
        rules.aggregates = False
        star = self.tokens[self.at].kind == "*" and self.tokens[self.at + 1].kind == ")"
        self.at += star
        arguments = self._arguments(opening)
        filtered, where = self._filter()
        rules.aggregates = allowed
        if self.next_is("over"):
            return self._window(token, mark)
        if not allowed:
            del rules.problems[mark:]
            message = f"`{name}` is a function of many rows, which is not allowed here"
            return rules.reject("not_allowed", message, token.start, self.end)
        if star:
            message = f"write `{name}()` instead of `{name}(*)`"
            return rules.reject("not_allowed", message, token.start, self.end, f"{name}()")
        if filtered and where is None:
            return None
        return rules.aggregate(name, arguments, where, token.start, self.end)

    def _filter(self) -> tuple[bool, Typed]:
        """Whether there is `filter (where …)`, and its condition."""
        opening = self.tokens[self.at + 1] if self.next_is("filter") else None
        if opening is None or opening.kind != "(":
            return False, None
        self.at += 2
        self.open(opening)
        if not self.next_is("where"):
            self.unexpected(self.tokens[self.at], "`where` is expected after `filter (`")
        self.at += 1
        condition = self.rules.condition(self.expression(ANY))
        self.close(opening)
        return True, condition

    def _window(self, token: Token, mark: int) -> Typed:
        """`over w` or `over (…)`: of what is in it, and of its function, no more is said."""
        self.at += 1
        if self.tokens[self.at].kind == "(":
            self.skip_brackets()
        elif self.tokens[self.at].kind == "name":
            self.at += 1
        del self.rules.problems[mark:]
        message = "a window function is not part of the expression language"
        return self.rules.reject("not_allowed", message, token.start, self.end)

    def _cast(self, token: Token, opening: Token) -> Typed:
        inner = self.expression(ANY)
        if not self.next_is("as"):
            self.unexpected(self.tokens[self.at], "`as` and a type are expected")
        self.at += 1
        kind = self.type_name()
        self.close(opening)
        return self.rules.cast(inner, kind, token.start, self.end)

    def type_name(self) -> Kind | None:
        """The type that is named next; None, with a problem noted, if there is no cast to it."""
        token = self.tokens[self.at]
        if token.kind != "name":
            self.unexpected(token, "a type is expected")
        self.at += 1
        word = token.text.lower()
        if self.follow(_LONG_TYPE_NAMES.get(word, ())):
            word = f"{word} {_LONG_TYPE_NAMES[word][0]}"
        kind = TYPE_NAMES.get(word)
        if self.follow(("with", "time", "zone")):
            kind = None
        while self.tokens[self.at].kind in ("(", "["):
            self.skip_brackets()
            kind = None
        if kind is None:
            message = "a cast is to bool, int, float, string, timestamp or date"
            self.rules.reject("not_allowed", message, token.start, self.end)
        return kind

    def types_a_text(self, word: str) -> bool:
        """Whether a word before a text says its type."""
        return word == "interval" or word in TYPE_NAMES

    def typed_text(self, token: Token) -> Typed:
        """`date '…'` and its like."""
        text = self.tokens[self.at]
        self.at += 1
        word = token.text.lower()
        if word == "interval":
            return self._interval(token, text)
        kind = TYPE_NAMES.get(word)
        if kind is None:
            message = f"`{token.text} '…'` is not part of the expression language"
            return self.rules.reject("not_allowed", message, token.start, text.end)
        literal = Literal(plain(text), type_of(Kind.STRING, False), text.start, text.end)
        return self.rules.cast(literal, kind, token.start, text.end)

    def interval(self, token: Token) -> Typed:
        """`interval`, before a number or anything else that is no text."""
        number = self.tokens[self.at]
        if number.kind != "number":
            return self.rules.interval("", "", token.start, token.end)
        self.at += 1
        return self._interval(token, number)

    def _interval(self, token: Token, number: Token) -> Typed:
        """`interval 3 hour`, `interval '3' hour` or `interval '3 hours'`."""
        words = [number.text] if number.kind == "number" else plain(number).split()
        if len(words) == 1 and self.tokens[self.at].kind == "name":
            words.append(self.tokens[self.at].text)
            self.at += 1
        count, unit = words if len(words) == 2 else ("", "")
        return self.rules.interval(count, unit, token.start, self.end)

    def case(self, token: Token) -> Typed:
        """`case x when v` is `case when x = v`; as x stands in each of them, it is a column."""
        self.open(token)
        tests: list[Typed] = []
        values: list[Typed] = []
        subject: Typed = None
        with_subject = self._case_has_subject()
        if with_subject:
            place = self.tokens[self.at]
            subject = self.expression(ANY)
            if subject is not None and not isinstance(subject, Column):
                message = "`case x when` takes a column for x"
                subject = self.rules.reject("not_allowed", message, place.start, self.end)
        while self.tokens[self.at].kind == "when":
            self.at += 1
            start = self.tokens[self.at].start
            test = self.expression(ANY)
            if with_subject:
                test = self.rules.call("=", (subject, test), start, self.end)
            tests.append(test)
            self.expect("then", "after the condition of `when`")
            values.append(self.expression(ANY))
        if self.tokens[self.at].kind == "else":
            self.at += 1
            values.append(self.expression(ANY))
        self._end(token)
        if not tests:
            message = "`case` needs `when`, `then` and `end`"
            return self.rules.reject("syntax", message, token.start, self.end)
        return self.rules.case(tests, values, token.start, self.end)

    def _case_has_subject(self) -> bool:
        kind = self.tokens[self.at].kind
        if kind == "end":  # which a column can be called, too
            return self.tokens[self.at + 1].kind == "when"
        return kind not in ("when", "else", END)

    def _end(self, case: Token) -> None:
        token = self.tokens[self.at]
        if token.kind == "then":
            self.unexpected(token, "`when` is expected")
        if token.kind == END:
            self.fail("this `case` is not closed with `end`", case)
        self.expect("end", "to close `case`")
        self.nesting -= 1

    def one_of(self, left: Typed, start: int) -> Typed:
        """The list after `in`."""
        opening = self.tokens[self.at]
        if opening.kind == "[":
            self.habit(opening, "(")
        elif opening.kind != "(":
            self.unexpected(opening, "`(` is expected after `in`")
        self.at += 1
        self.open(opening)
        parts = [left]
        while len(parts) > 1 or self.tokens[self.at].kind not in (")", "]"):
            parts.append(self.expression(ANY))
            if self.tokens[self.at].kind != ",":
                break
            self.at += 1
        self.close(opening)
        return self.rules.one_of(parts, start, self.end)
