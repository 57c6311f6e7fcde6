"""Text to syntax tree: sqlglot's expression parser, stripped of every function it knows."""

from itertools import accumulate
from typing import ClassVar

from sqlglot import exp, parser, tokens
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

from .problem import ExpressionErrors, Problem

MAX_LENGTH = 4_000
"""Characters of one expression."""

MAX_NESTING = 32
"""Brackets and `case` within each other."""

MAX_PREFIXES = 16
"""Signs and `not` in a row."""

_OPENING = (TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.CASE)
_CLOSING = (TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.END)
_PREFIXES = (TokenType.NOT, TokenType.DASH, TokenType.PLUS, TokenType.TILDE)

_CASE_ONLY = {"CASE": parser.Parser.NO_PAREN_FUNCTION_PARSERS["CASE"]}
_CASTS_ONLY = {name: parser.Parser.FUNCTION_PARSERS[name] for name in ("CAST", "TRY_CAST")}


class _Grammar(Dialect):
    """SQL operators and `case`; each call stays as it was written, with the place of its name."""

    TYPED_DIVISION = False

    class Tokenizer(tokens.Tokenizer):
        KEYWORDS: ClassVar = {**tokens.Tokenizer.KEYWORDS, "//": TokenType.DIV}

    class Parser(parser.Parser):
        FUNCTIONS: ClassVar = {}
        FUNCTION_PARSERS = _CASTS_ONLY
        NO_PAREN_FUNCTIONS: ClassVar = {}
        NO_PAREN_FUNCTION_PARSERS = _CASE_ONLY
        PRIMARY_PARSERS: ClassVar = {
            **parser.Parser.PRIMARY_PARSERS,
            TokenType.NULL: lambda self, token: self.expression(exp.Null(), token),
            TokenType.TRUE: lambda self, token: self.expression(exp.Boolean(this=True), token),
            TokenType.FALSE: lambda self, token: self.expression(exp.Boolean(this=False), token),
        }


_GRAMMAR = _Grammar()


def read(text: str) -> tuple[exp.Expr, dict[int, int]]:
    """Parse one expression.

    Returns the tree, and for the offset at which each called name starts, the end of its call.
    Raises ExpressionErrors for what is not one expression within the limits.
    """
    _check_characters(text)
    try:
        words = _GRAMMAR.tokenize(text)
    except TokenError as error:
        raise _syntax(_reason(str(error)), 0, len(text)) from None
    _check_nesting(words, text)
    _check_cases(words)
    return _parse(words, text), _call_ends(words)


def _parse(words: list[Token], text: str) -> exp.Expr:
    try:
        trees = _GRAMMAR.parser().parse_into(exp.Condition, words, text)
    except ParseError as error:
        raise _located(error, text) from None
    except (RecursionError, ValueError, TypeError, AttributeError, IndexError, KeyError):
        raise _syntax("this is not an expression", 0, len(text)) from None
    if len(trees) != 1 or not isinstance(trees[0], exp.Expr):
        raise _syntax("one expression is expected", 0, len(text))
    return trees[0]


def _check_characters(text: str) -> None:
    if not text.strip():
        raise _syntax("the expression is empty", 0, len(text))
    if len(text) > MAX_LENGTH:
        message = f"the expression is longer than {MAX_LENGTH} characters"
        raise _syntax(message, MAX_LENGTH, len(text))
    for place, character in enumerate(text):
        if character == "\0" or "\ud800" <= character <= "\udfff":
            message = f"the character U+{ord(character):04X} is not allowed"
            raise _syntax(message, place, place + 1)


def _check_nesting(words: list[Token], text: str) -> None:
    """Bound what the parser recurses on, so that no text can exhaust the stack."""
    if not words:
        raise _syntax("the expression is empty", 0, len(text))
    steps = ((t.token_type in _OPENING) - (t.token_type in _CLOSING) for t in words)
    run = 0
    for token, depth in zip(words, accumulate(steps), strict=True):
        run = run + 1 if token.token_type in _PREFIXES else 0
        if depth > MAX_NESTING or run > MAX_PREFIXES:
            message = f"the expression is nested more than {MAX_NESTING} deep"
            raise _syntax(message, token.start, token.end + 1)
        if token.token_type is TokenType.SEMICOLON:
            raise _syntax("one expression is expected, without `;`", token.start, token.end + 1)


def _check_cases(words: list[Token]) -> None:
    """Every `when` has its `then`, on which sqlglot does not insist."""
    pending: list[Token] = []
    for token in words:
        if token.token_type is TokenType.WHEN:
            pending.append(token)
        elif token.token_type is TokenType.THEN and pending:
            pending.pop()
    if pending:
        raise _syntax("`when` lacks its `then`", pending[-1].start, pending[-1].end + 1)


def _call_ends(words: list[Token]) -> dict[int, int]:
    """Match the brackets: offset of the name before `(` → offset after its `)`."""
    ends: dict[int, int] = {}
    names: list[int] = []
    for before, token in zip([words[0], *words], words, strict=False):
        if token.token_type is TokenType.L_PAREN:
            names.append(before.start)
        elif token.token_type is TokenType.R_PAREN and names:
            ends[names.pop()] = token.end + 1
    return ends


def _located(error: ParseError, text: str) -> ExpressionErrors:
    """Give sqlglot's error, which knows the end of a token by line and column, offsets."""
    details = error.errors[0] if error.errors else {}
    highlight = str(details.get("highlight") or "")
    lines = text.splitlines(keepends=True)[: int(details.get("line") or 1) - 1]
    end = min(len(text), sum(map(len, lines)) + int(details.get("col") or len(text)))
    start = max(0, end - max(1, len(highlight)))
    description = _reason(str(details.get("description") or ""))
    if highlight.strip():
        description = f"{description} at `{highlight:.40}`"
    return _syntax(description, start, end)


def _reason(description: str) -> str:
    """Keep sqlglot's words where they speak of the text, not of its classes."""
    if "Expecting )" in description:
        return "a closing parenthesis is missing"
    if description.startswith(("Missing ", "Error tokenizing")):
        return "a quoted text or name is not closed"
    if description.startswith("Expect") and "<class" not in description:
        return description[0].lower() + description[1:]
    return "this does not continue an expression" if description else "not an expression"


def _syntax(message: str, start: int, end: int) -> ExpressionErrors:
    return ExpressionErrors([Problem("syntax", message, start, end)])
