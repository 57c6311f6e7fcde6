"""The tokens of one expression, read from the left, and what is said where they end or disagree."""

from typing import NoReturn

from . import foreign
from .grammar import MAX_NESTING
from .problem import ExpressionErrors, Problem, Reason
from .tokens import END, Token, tokenize

CLOSING = {"(": ")", "[": "]", "{": "}"}


class Reader:
    """A place among the tokens.

    `habits` are problems of spelling that do not hinder reading on. What does hinder is raised, as
    ExpressionErrors, with the habits found before.
    """

    __slots__ = ("at", "habits", "levels", "nesting", "prefixes", "text", "tokens")

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.at = 0
        self.nesting = 0
        self.levels = 0
        self.prefixes = 0
        self.habits: list[Problem] = []

    @property
    def end(self) -> int:
        """Where the last token that was read ends."""
        return self.tokens[self.at - 1].end

    def open(self, token: Token) -> None:
        """Go one bracket, or one `case`, deeper."""
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            self.fail(f"the expression is nested more than {MAX_NESTING} deep", token)

    def close(self, opening: Token) -> None:
        """Read the bracket that closes `opening`."""
        token = self.tokens[self.at]
        closing = CLOSING[opening.kind]
        if token.kind != closing:
            if token.kind == END:
                self.fail(f"this `{opening.kind}` is not closed with `{closing}`", opening)
            self.unexpected(token, f"`{closing}` or an operator is expected")
        self.at += 1
        self.nesting -= 1

    def next_is(self, word: str) -> bool:
        """Whether the next token is a word that is no word of the language everywhere."""
        token = self.tokens[self.at]
        return token.kind == "name" and token.text.lower() == word

    def follow(self, words: tuple[str, ...]) -> bool:
        """Read the words if all of them come next."""
        ahead = self.tokens[self.at : self.at + len(words)]
        if not words or [t.text.lower() for t in ahead] != list(words):
            return False
        self.at += len(words)
        return True

    def skip_brackets(self) -> None:
        """Read what is in brackets, whatever it is; the next token is the first of them."""
        opening, depth = self.tokens[self.at], 0
        while True:
            token = self.tokens[self.at]
            if token.kind == END:
                self.close(opening)
            depth += (token.kind in CLOSING) - (token.kind in (")", "]", "}"))
            self.at += 1
            if not depth:
                break

    def expect(self, kind: str, why: str) -> None:
        """Read one token of a kind."""
        token = self.tokens[self.at]
        if token.kind != kind:
            self.unexpected(token, f"`{kind}` is expected {why}")
        self.at += 1

    def habit(self, token: Token, means: str) -> None:
        """Note another language's spelling of a thing, and read on."""
        message = f"`{token.text}` is written `{means}` here"
        if token.kind == "`":
            message = "a name is quoted with double quotes, not with backticks"
        self.habits.append(Problem("syntax", message, token.start, token.end, means))

    def refuse(self, message: str, start: int, end: int) -> None:
        """Note something that the language leaves out, and read on."""
        self.habits.append(Problem("not_allowed", message, start, end))

    def fail(self, message: str, token: Token, reason: Reason = "syntax") -> NoReturn:
        """Give up at a token."""
        raise ExpressionErrors([*self.habits, Problem(reason, message, token.start, token.end)])

    def unexpected(self, token: Token, expected: str) -> NoReturn:
        """Give up at a token that does not continue what came before it."""
        if token.kind == END:
            last = self.tokens[self.at - 1]
            self.fail(f"{expected}, but the text ends after `{last.text:.40}`", last)
        if token.kind == ";":
            self.fail("one expression is expected, without `;`", token)
        said = foreign.CONTINUATIONS.get(token.text.lower())
        if said is not None:
            self.fail(said, token, "not_allowed")
        self.fail(f"{expected}, not `{token.text:.40}`", token)

    def no_value(self, token: Token) -> NoReturn:
        """Give up at a token with which no value begins."""
        said = foreign.VALUES.get(token.text.lower())
        if said is not None:
            self.fail(said, token, "not_allowed")
        if token.kind == END and self.at == 0:
            self.fail("the expression is empty", token)
        self.unexpected(token, "a value is expected")
