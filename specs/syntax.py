"""What a YAML parser's complaint means to the person who wrote the file."""

from typing import NamedTuple

import yaml


class Complaint(NamedTuple):
    """A syntax error: a sentence, what to do, where, and where the thing concerned began."""

    message: str
    hint: str
    at: int
    opened_at: int | None


class _Rule(NamedTuple):
    """Words in the parser's problem and context, and what they mean."""

    problem: str
    context: str
    message: str
    hint: str


_INDENT = "Keys of one mapping, and dashes of one list, start in the same column."
_QUOTE = 'Put the value in quotes: "…".'
_HEXADECIMAL = "Write `\\x41`, `\\u0041` or `\\U00000041`."
_TAGS = "tags (`!…`) are not used in a spec"

# The first rule that fits is used. The wording is that of libyaml and of PyYAML's own parser.
_RULES = (
    _Rule(
        "mapping values are not allowed",
        "",
        "a `:` stands where no key can be",
        "Quote a value that holds `: `; start a key in the column of its siblings.",
    ),
    _Rule("did not find expected key", "", "this line does not fit the mapping around it", _INDENT),
    _Rule("expected <block end>", "", "this line does not fit the block around it", _INDENT),
    _Rule(
        "did not find expected '-' indicator",
        "",
        "this line does not fit the list around it",
        _INDENT,
    ),
    _Rule(
        "could not find expected ':'",
        "",
        "a key is not followed by `:`",
        "Write `key: value`, or indent the line to continue the text above it.",
    ),
    _Rule(
        "expected ',' or ']'",
        "",
        "a list in brackets is not closed, or a comma is missing",
        "Separate items by `,` and end the list with `]`.",
    ),
    _Rule(
        "expected ',' or '}'",
        "",
        "a mapping in braces is not closed, or a comma is missing",
        "Separate entries by `,` and end the mapping with `}`.",
    ),
    _Rule(
        "unexpected end of stream",
        "quoted scalar",
        "a quoted text is not closed",
        "Add the closing quote.",
    ),
    _Rule(
        "unexpected document",
        "",
        "a quoted text is not closed",
        "Add the closing quote; `---` and `...` at the start of a line end a document.",
    ),
    _Rule(
        "unknown escape character",
        "",
        "this escape is not known in double quotes",
        "Write `\\\\` for a backslash, or use single quotes, in which nothing is escaped.",
    ),
    _Rule("hexdecimal", "", "this escape needs hexadecimal digits", _HEXADECIMAL),
    _Rule("hexadecimal", "", "this escape needs hexadecimal digits", _HEXADECIMAL),
    _Rule(
        "alphabetic or numeric",
        "alias",
        "a value cannot start with `*`, which refers to an anchor",
        _QUOTE,
    ),
    _Rule(
        "alphabetic or numeric",
        "anchor",
        "a value cannot start with `&`, which declares an anchor",
        _QUOTE,
    ),
    _Rule("tab character", "", "a tab cannot indent YAML", "Indent with spaces."),
    _Rule(
        "comment or line break",
        "block scalar",
        "text follows `|` or `>` on the same line",
        "Start the text on the next line, indented; or put the value in quotes.",
    ),
    _Rule(
        "indentation indicator",
        "",
        "the indentation after `|` or `>` is from 1 to 9",
        "Leave the digit out: the indentation is found by itself.",
    ),
    _Rule(
        "sequence entries are not allowed",
        "",
        "a list cannot start here",
        "Start each `- item` on a line of its own, or write `[item, item]`.",
    ),
    _Rule("mapping keys are not allowed", "", "a value cannot start with `? `", _QUOTE),
    _Rule("undefined tag handle", "", _TAGS, _QUOTE),
    _Rule("", "tag", _TAGS, _QUOTE),
    _Rule(
        "<document start>",
        "",
        "the document has ended, but more text follows",
        "Write a space after a key's `:`, and start all keys in the same column.",
    ),
    _Rule(
        "node content",
        "flow",
        "a value is missing here",
        "Close what was opened, and separate items by a single comma.",
    ),
    _Rule("node content", "", "a value is missing here", _QUOTE),
)

_NO_START = {
    "\t": ("a tab cannot indent YAML", "Indent with spaces."),
    "@": ("a value cannot start with `@`", _QUOTE),
    "`": ("a value cannot start with a backtick", _QUOTE),
    "%": ("a value cannot start with `%`", _QUOTE),
}


def explain_syntax(error: yaml.YAMLError, text: str) -> Complaint:
    """Translate a parser's error; offsets are in characters of `text`."""
    problem = str(getattr(error, "problem", None) or error)
    context = str(getattr(error, "context", None) or "")
    at = _index(error, "problem_mark") or 0
    opened_at = _index(error, "context_mark")
    if "cannot start any token" in problem:
        message, hint = _NO_START.get(text[at : at + 1], ("this cannot start a value", _QUOTE))
        return Complaint(message, hint, at, None)
    for rule in _RULES:
        if rule.problem in problem and rule.context in context:
            return Complaint(rule.message, rule.hint, at, opened_at if opened_at != at else None)
    return Complaint(f"this is not valid YAML: {problem}", "", at, opened_at)


def _index(error: yaml.YAMLError, mark: str) -> int | None:
    found = getattr(error, mark, None)
    return None if found is None else int(found.index)
