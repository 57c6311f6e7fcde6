"""What stands between operators: literals, columns, brackets, with signs before and casts after."""

from collections.abc import Mapping

from ..types import DataType, Kind
from .clauses import Clauses
from .foreign import VALUES
from .grammar import ANY, EQUALITY, MAX_PREFIXES, SIGN
from .ir import Literal
from .resolve import UNTYPED, type_of
from .rules import Typed
from .tokens import Token, plain

_PREFIXES = frozenset({"-", "+", "not", "!"})
_SUFFIXES = frozenset({"::", "["})

_CONSTANTS: Mapping[str, tuple[bool | None, DataType]] = {
    "true": (True, type_of(Kind.BOOL, False)),
    "false": (False, type_of(Kind.BOOL, False)),
    "null": (None, UNTYPED),
}

_NAMES = frozenset({"in", "is", "end"})
"""Words of the language that name a column where a value is expected, if there is one."""

_NAMING = frozenset({"=>", ":=", "->"})
"""What stands after a name that is no column's in other languages."""


class Values(Clauses):
    """Reads one value at a time."""

    __slots__ = ()

    def value(self, token: Token) -> Typed:
        """What the next token begins, up to an operator."""
        kind, start, end = token.kind, token.start, token.end
        self.at += 1
        if kind == "name":
            value = self._named(token)
        elif kind == "number":
            value = self.rules.number(token.text, start, end)
        elif kind == "text":
            value = self._text(token)
        elif kind == "(":
            value = self._brackets(token)
        elif kind in _PREFIXES:
            return self._prefixed(token)
        elif kind == "quoted":
            call = self.tokens[self.at].kind == "("
            value = self.quoted_call(token) if call else self._column(token, plain(token))
        elif kind in _CONSTANTS:
            value = Literal(*_CONSTANTS[kind], start, end)
        elif kind == "case":
            value = self.case(token)
        elif kind == "`":
            value = self._backticks(token)
        elif kind in _NAMES and token.text in self.rules.scope:
            value = self._column(token, token.text)
        else:
            self.at -= 1
            self.no_value(token)
        while self.tokens[self.at].kind in _SUFFIXES:
            value = self._suffix(value, start)
        return value

    def _named(self, token: Token) -> Typed:
        """What begins with a word: a column, a call, or a literal with a type."""
        following = self.tokens[self.at].kind
        if following == "(":
            return self.called(token)
        known = token.text in self.rules.scope
        word = token.text.lower()
        if following == "text" and (not known or self.types_a_text(word)):
            return self.typed_text(token)
        if word == "interval" and (not known or following == "number"):
            return self.interval(token)
        if not known and (word in VALUES or following in _NAMING or word[0] == "$"):
            return self._no_column(token, word, following)
        return self._column(token, token.text)

    def _no_column(self, token: Token, word: str, following: str) -> Typed:
        """A word that means something in other languages. What follows an argument's name tells."""
        if following in _NAMING:
            return None
        if word in VALUES:
            self.at -= 1
            self.no_value(token)
        self.refuse("a parameter is not part of the expression language", token.start, token.end)
        return None

    def _column(self, token: Token, name: str) -> Typed:
        if self.tokens[self.at].kind == ".":
            return self._qualified(token)
        return self.rules.column(name, token.start, token.end, quoted=token.kind == "quoted")

    def _qualified(self, token: Token) -> Typed:
        while self.tokens[self.at].kind == ".":
            self.at += 1
            part = self.tokens[self.at]
            if part.kind not in ("name", "quoted", "*"):
                self.unexpected(part, "a name is expected")
            self.at += 1
        message = "a qualified name is not part of the expression language: a column has one name"
        return self.rules.reject("not_allowed", message, token.start, self.end)

    def _backticks(self, token: Token) -> Typed:
        name = token.text[1:-1]
        means = name if name.isidentifier() else '"' + name.replace('"', '""') + '"'
        self.habit(token, means)
        return self.rules.column(name, token.start, token.end, quoted=False)

    def _text(self, token: Token) -> Typed:
        if self.tokens[self.at].kind == "text":
            self.unexpected(self.tokens[self.at], "an operator (`||` joins texts) is expected")
        return Literal(plain(token), type_of(Kind.STRING, False), token.start, token.end)

    def _brackets(self, opening: Token) -> Typed:
        self.open(opening)
        value = self.expression(ANY)
        if self.tokens[self.at].kind == ",":
            self.at -= 1
            while self.tokens[self.at].kind != opening.kind:
                self.at -= 1
            message = "a tuple is not part of the expression language"
            self.fail(message, self.tokens[self.at], "not_allowed")
        self.close(opening)
        return value

    def _prefixed(self, token: Token) -> Typed:
        kind = token.kind
        in_a_row = self.at > 1 and self.tokens[self.at - 2].kind in _PREFIXES
        self.prefixes = self.prefixes + 1 if in_a_row else 1
        if self.prefixes > MAX_PREFIXES:
            message = f"more than {MAX_PREFIXES} signs or `not` stand in a row"
            self.fail(message, token)
        if kind == "+":
            return self.expression(SIGN)
        if kind == "-":
            return self._negative(token)
        if kind == "!":
            self.habit(token, "not")
        operand = self.expression(EQUALITY if kind == "not" else SIGN)
        return self.rules.call("not", (operand,), token.start, self.end)

    def _negative(self, token: Token) -> Typed:
        """A sign before a number is part of the number (but -0.0 stays the negative of 0.0)."""
        at = self.at
        while self.tokens[at].kind == "+":
            at += 1
        number = self.tokens[at]
        if number.kind == "number" and self.tokens[at + 1].kind not in _SUFFIXES:
            literal = self.rules.number(f"-{number.text}", token.start, number.end)
            if literal is None or literal.value or literal.type.kind is Kind.INT:
                self.at = at + 1
                return literal
        operand = self.expression(SIGN)
        return self.rules.call("negate", (operand,), token.start, self.end)

    def _suffix(self, value: Typed, start: int) -> Typed:
        if self.tokens[self.at].kind == "::":
            self.at += 1
            return self.rules.cast(value, self.type_name(), start, self.end)
        self.skip_brackets()
        message = "an index is not part of the expression language"
        return self.rules.reject("not_allowed", message, start, self.end)
