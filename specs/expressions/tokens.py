"""Text to tokens: one regular expression, and the place of every token."""

import re
from dataclasses import dataclass

from .problem import ExpressionErrors, Problem

MAX_LENGTH = 4_000
"""Characters of one expression."""

WORDS = frozenset(
    (
        *("and", "or", "not", "in", "is", "like", "between", "case", "when", "then", "else", "end"),
        *("null", "true", "false"),
    )
)
"""The words that are no names; every other word is what its neighbours make of it."""

END = ""
"""The kind of the token after the last."""

_PUNCTUATION = r"\s()\[\]{}&^:,.\-=<>%!|+;/\\*~?@#'`" + '"'

_TOKEN = re.compile(
    rf"""\s*+(?:
      ([^\d{_PUNCTUATION}][^{_PUNCTUATION}]*+)
    | ((?:[0-9]++(?:\.[0-9]*+)?+|\.[0-9]++)(?:[eE][+-]?+[0-9]++)?+(?![^{_PUNCTUATION}]))
    | ('[^']*+(?:''[^']*+)*+')
    | ("[^"]*+(?:""[^"]*+)*+")
    | (<=>|->>|\|\||[<>!=]=|<>|//|::|:=|&&|\*\*|=>|->|<<|>>|\?\?|~~|--[^\r\n]*+|/\*|`[^`]*+`
        |[{_PUNCTUATION.removeprefix(chr(92) + "s")}])
    | (\.?+[0-9][^{_PUNCTUATION}]*+)
    | (.)
    )""",
    re.VERBOSE | re.DOTALL,
)
_NAME, _NUMBER, _TEXT, _QUOTED, _SYMBOL, _NO_NUMBER = range(1, 7)

_COMMENT = re.compile(r"/\*|\*/")
_FORBIDDEN = re.compile("[\0\ud800-\udfff]")


@dataclass(slots=True)
class Token:
    """A piece of the text, from `start` to `end`.

    `kind` is the symbol or the word of the language itself, or else `name`, `quoted` (a name in
    double quotes), `text`, `number`, or `END`.
    """

    kind: str
    text: str
    start: int
    end: int


def tokenize(text: str) -> list[Token]:
    """The tokens of one expression, and one of kind `END` after them.

    Raises ExpressionErrors for what is too long, or is no token.
    """
    _check_characters(text)
    found: list[Token] = []
    place, length, match = 0, len(text), _TOKEN.match
    while (matched := match(text, place)) is not None:
        group = matched.lastindex or 0
        start, place = matched.span(group)
        piece = matched[group]
        if group == _NAME:
            word = piece.lower()
            found.append(Token(word if word in WORDS else "name", piece, start, place))
        elif group == _SYMBOL:
            if piece == "/*":
                place = _end_of_comment(text, start)
            elif piece[0] in "'\"`" or piece[:2] == "--":
                _quote(piece, found, start, place)
            else:
                found.append(Token(piece, piece, start, place))
        elif group == _NUMBER:
            found.append(Token("number", piece, start, place))
        elif group == _TEXT:
            found.append(Token("text", piece, start, place))
        elif group == _QUOTED:
            found.append(Token("quoted", piece, start, place))
        else:
            raise _no_token(piece, start, place, number=group == _NO_NUMBER)
    found.append(Token(END, "", length, length))
    if len(found) == 1:
        raise _syntax("the expression is empty", 0, length)
    return found


def plain(token: Token) -> str:
    """What a token in quotes says."""
    quote = token.text[0]
    return token.text[1:-1].replace(quote + quote, quote)


def _check_characters(text: str) -> None:
    if len(text) > MAX_LENGTH:
        message = f"the expression is longer than {MAX_LENGTH} characters"
        raise _syntax(message, MAX_LENGTH, len(text))
    bad = _FORBIDDEN.search(text)
    if bad is not None:
        message = f"the character U+{ord(bad[0]):04X} is not allowed"
        raise _syntax(message, bad.start(), bad.end())


def _end_of_comment(text: str, start: int) -> int:
    """Comments nest."""
    depth = 0
    for mark in _COMMENT.finditer(text, start):
        depth += 1 if mark[0] == "/*" else -1
        if not depth:
            return mark.end()
    raise _syntax("this comment is not closed with `*/`", start, start + 2)


def _quote(piece: str, found: list[Token], start: int, end: int) -> None:
    """What begins like a quote or comment: a name in backticks, a comment, or no closed quote."""
    if piece[0] == "`" and len(piece) > 1:
        found.append(Token("`", piece, start, end))
    elif piece[0] != "-":
        what = "text" if piece == "'" else "name"
        raise _syntax(f"the {what} in quotes is not closed with `{piece}`", start, end)


def _no_token(piece: str, start: int, end: int, *, number: bool) -> ExpressionErrors:
    if number:
        return _syntax(f"`{piece:.40}` is neither a number nor a name", start, end)
    return _syntax(f"the character `{piece}` begins nothing", start, end)


def _syntax(message: str, start: int, end: int) -> ExpressionErrors:
    return ExpressionErrors([Problem("syntax", message, start, end)])
