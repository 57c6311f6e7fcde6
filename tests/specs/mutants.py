"""Specs made wrong at random: one edit of a tree, or of a text, at a time."""

import copy
import math
import re
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

Tree = dict[str, Any]
Place = tuple[str | int, ...]

# What is near the edge of some type, range or pattern of the language.
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2, 100, 65535, 65536, 2**31, 2**32, 2**63, 2**64, 10**30),
    *(0.0, 1.0, 0.5, -0.5, 1.5, 70.0, 8000.0, 1e300, math.inf, -math.inf, math.nan),
    *("", " ", "a", "A", "a-b", "a_b", "1a", "a\n", "é", "漢字", "x" * 63, "x" * 64, "x" * 256),
    *("3h", " 3h ", "3 h", "1h30m", "30m1h", "0.5us", "1.5ms", "3hours", "90", "-3h", "1.0000000s"),
    *("3h\n", "９h", "9999999999999999999w", "1d 12h", "1d  12h", "0s", "1y"),
    *("70%", "170%", "0%", "100.0%", "100.1%", "0.7", " 7 % ", "1e2%", "-5%"),
    *("4GiB", "4 GiB", "1.1KiB", "4Gi", "4", "99999999PiB", "2kB"),
    *(
        "0 2 * * *",
        "@daily",
        "@dayly",
        "*/15 0-6,22 1 jan-MAR mon-fri",
        "0 0 31 2 *",
        "5/10 * * * *",
    ),
    *("60 * * * *", "10-5 * * * *", "* * * * 7", "* * * *", "0\t2 * * *", "00 02 * * *"),
    *("2026-01-31T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-31", "2026-01-31 00:00+02:00"),
    *("2026-01-31T00:00Z", "2026-W05-1T00:00Z", "20260131T000000Z", "2026-01-31T24:00:00Z"),
    *(
        [],
        [None],
        [1],
        ["a"],
        ["a", "a"],
        [1, 2],
        [2, 1],
        [1.0, math.nan],
        [[]],
        [{}],
        ["1h", "2h"],
    ),
    *({}, {"a": None}, {"a": 1}, {"a": {}}, {"A": 1}, {"min": 1}, {"max": 1}, {"min": 2, "max": 1}),
)


def places(tree: Any, at: Place = ()) -> Iterator[Place]:
    """The place of every value of a tree, itself included."""
    yield at
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from places(value, (*at, key))
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            yield from places(value, (*at, index))


def value_at(tree: Any, place: Place) -> Any:
    for step in place:
        tree = tree[step]
    return tree


def edited(tree: Tree, donors: list[Tree], random: Random) -> Tree:
    """A copy of a tree with one edit, at any place but the root."""
    tree = copy.deepcopy(tree)
    place = random.choice([*places(tree)][1:])
    parent, key = value_at(tree, place[:-1]), place[-1]
    random.choice(_EDITS)(parent, key, donors, random)
    return tree


def _remove(parent: Any, key: Any, donors: list[Tree], random: Random) -> None:
    del parent[key]


def _replace(parent: Any, key: Any, donors: list[Tree], random: Random) -> None:
    parent[key] = random.choice(VALUES)


def _transplant(parent: Any, key: Any, donors: list[Tree], random: Random) -> None:
    """Put in another section's value."""
    donor = random.choice(donors)
    parent[key] = copy.deepcopy(value_at(donor, random.choice([*places(donor)])))


def _misspell(parent: Any, key: Any, donors: list[Tree], random: Random) -> None:
    if isinstance(parent, list):
        parent.append(copy.deepcopy(parent[key]))
    else:
        at = random.randrange(len(key) + 1)
        name = key[:at] + random.choice(("", "x", "_", "-", "Z", " ", "é")) + key[at + 1 :]
        parent[name] = parent.pop(key)


def _add(parent: Any, key: Any, donors: list[Tree], random: Random) -> None:
    """Add a key that some section has."""
    donor = random.choice(donors)
    place = random.choice([*places(donor)][1:])
    value = random.choice((value_at(donor, place), random.choice(VALUES)))
    if isinstance(parent, list):
        parent.insert(0, copy.deepcopy(value))
    else:
        parent[str(place[-1])] = copy.deepcopy(value)


def _wrap(parent: Any, key: Any, donors: list[Tree], random: Random) -> None:
    value = parent[key]
    parent[key] = random.choice(([value], {"a": value}, str(value)))


_EDITS: tuple[Callable[[Any, Any, list[Tree], Random], None], ...] = (
    *(_remove, _replace, _replace, _replace, _transplant, _misspell, _add, _add, _wrap),
)


# --- texts ----------------------------------------------------------------------------------

# Pieces that mean something to YAML or to expressions, or that should not be there at all.
PIECES: tuple[str, ...] = (
    *("\t", "\r\n", "\r", "\n", "\n\n", "  ", ": ", "- ", "-", "#", " #", "---\n", "...\n", "%"),
    *("[", "]", "{", "}", ",", "&x ", "*x", "<<: ", "!!str ", "!a ", "|\n", ">-\n", '"', "'", "\\"),
    *("null", "true", "~", "1", "1e999", "0x1F", ".nan", "-.inf", "9" * 30, "1.5"),
    *("\ufeff", "\u2028", "\x00", "\x85", "\u202e", "é", "漢", "🙂", "e\u0301", "\U0010ffff"),
    *("(", ")", "((", " and ", " or ", " not ", "case when ", " end", "::int", "interval '1 day'"),
    *("avg(", "count(", "hour(", "lag(", "select 1", "--", "/*", ";", "''", " is null", "*", "/0"),
    *(
        " > ",
        " >= champion.",
        "test.",
        "slice.",
        "%",
        " in (1, 'a')",
        " like '%'",
        "date '2020-01-01'",
    ),
)


# What stands in expressions and gates, in the wrong place.
_MISPLACED = """
    origin carrier tailnum distance dep_delay arr_delay scheduled_departure flight_id temp amount
    avg count sum min max stddev hour dayofweek ln abs coalesce lower date_diff cast null true 0 1
    1.5 1e308 'a' 'EWR' 9223372036854775808 test validation slice champion serving roc_auc rmse
    latency_p99 50ms 110% interval day case when end between and or not in is
"""
WORDS = _MISPLACED.split()


def edited_text(text: str, random: Random) -> str:
    """A text with one edit: cut, put in, repeated, swapped, or saved by a bad editor."""
    at = random.randrange(len(text) + 1)
    upto = min(len(text), at + random.choice((1, 1, 2, 5, 20, 200)))
    match random.randrange(10):
        case 0:
            return text[:at]
        case 1:
            return text[at:]
        case 2:
            return text[:at] + text[upto:]
        case 3:
            return text[:upto] + text[at:]
        case 4:
            lines = text.split("\n")
            line = random.randrange(len(lines))
            indent = random.choice(("", " ", "  ", "\t", "- "))
            lines[line] = random.choice((indent + lines[line].lstrip(), lines[line] + indent))
            return "\n".join(lines)
        case 5:
            lines = text.split("\n")
            lines.insert(random.randrange(len(lines)), random.choice(lines))
            return "\n".join(lines)
        case 6:
            return random.choice(
                (text.replace("\n", "\r\n"), "\ufeff" + text, text.replace("  ", "\t"))
            )
    return text[:at] + random.choice(PIECES) + text[random.choice((at, at, upto)) :]


def edited_expressions(tree: Tree, random: Random) -> Tree:
    """A tree with an edit in one of the texts that stand in it."""
    tree = copy.deepcopy(tree)
    texts = [place for place in places(tree) if isinstance(value_at(tree, place), str)]
    parsed = [place for place in texts if {"fields", "where", "label", "gates"} & {*place}]
    place = random.choice(random.choice((texts, parsed, parsed, parsed)) or texts)
    old = value_at(tree, place)
    words = [*re.finditer(r"\w+", old)]
    if words and random.random() < 0.6:
        word = random.choice(words)
        new = old[: word.start()] + random.choice(WORDS) + old[word.end() :]
    else:
        new = edited_text(old, random)
    value_at(tree, place[:-1])[place[-1]] = new
    return tree
