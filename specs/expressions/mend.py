"""What was probably meant where types do not fit: the same with another literal, or a cast."""

from collections.abc import Iterator, Sequence

from ..types import Kind
from .ir import Expression, Literal
from .literals import to_date, to_float, to_timestamp

_ORDER = ("<", "<=", ">", ">=", "between")
_COMPARE = ("=", "<>", "in", *_ORDER)
_ARITHMETIC = ("+", "-", "*", "/")
_OF_NUMBERS = ("avg", "sum", "stddev", "variance")
_NUMBERS = (Kind.INT, Kind.FLOAT)
_LONGEST = 80

Edit = tuple[Expression, str]


def mend(text: str, name: str, given: Sequence[Expression], start: int, end: int) -> str:
    """The characters [start, end) of a text, a call of `name`, so that its types fit; or empty.

    `given` are the arguments, none of which is an untyped null.
    """
    if end - start > _LONGEST:
        return ""
    if name == "+" and all(one.type.kind is Kind.STRING for one in given):
        left, right = given
        between = text[left.end : right.start]
        if between.count("+") != 1:
            return ""
        return text[start : left.end] + between.replace("+", "||") + text[right.start : end]
    edits = list(_edits(text, name, given))
    if not edits or not all(new for _, new in edits):
        return ""
    for one, new in sorted(edits, key=lambda edit: -edit[0].start):
        text = text[: one.start] + new + text[one.end :]
        end += len(new) - (one.end - one.start)
    mended = text[start:end]
    return mended if mended.isprintable() else ""


def _edits(text: str, name: str, given: Sequence[Expression]) -> Iterator[Edit]:
    """What to replace by what; by nothing where there is no way."""
    if name in _OF_NUMBERS:
        yield from (_cast(text, one, Kind.FLOAT) for one in given if one.type.kind is Kind.STRING)
    elif name in _ARITHMETIC:
        yield from _as_numbers(text, given)
    elif name in _COMPARE:
        yield from _alike(text, name, given)


def _as_numbers(text: str, given: Sequence[Expression]) -> Iterator[Edit]:
    kinds = [one.type.kind for one in given]
    if not all(kind in (*_NUMBERS, Kind.STRING, Kind.BOOL) for kind in kinds):
        return
    number = Kind.INT if Kind.INT in kinds and Kind.FLOAT not in kinds else Kind.FLOAT
    for one in given:
        if isinstance(one, Literal) and one.type.kind is Kind.STRING:
            yield one, _literal(text, one, number)
        elif one.type.kind is Kind.STRING:
            yield _cast(text, one, number)
        elif one.type.kind is Kind.BOOL:
            yield _cast(text, one, Kind.INT)


def _alike(text: str, name: str, given: Sequence[Expression]) -> Iterator[Edit]:
    """Literals follow what they are compared with; else what is no number becomes one."""
    anchor = next((one for one in given if not isinstance(one, Literal)), None)
    if anchor is None:
        return
    kind = anchor.type.kind
    others = [one for one in given if one is not anchor and one.type.kind is not kind]
    others = [one for one in others if not {one.type.kind, kind} <= set(_NUMBERS)]
    ordered = name in _ORDER and kind in (Kind.STRING, Kind.BOOL)
    if all(isinstance(one, Literal) for one in others) and not ordered:
        yield from ((one, _literal(text, one, kind)) for one in others)
        return
    kinds = {one.type.kind for one in others}
    if kinds <= set(_NUMBERS) and kind in (Kind.STRING, Kind.BOOL):
        if len(others) < len(given) - 1:  # some are like what would become a number
            return
        floats = kind is Kind.STRING and Kind.FLOAT in kinds
        yield _cast(text, anchor, Kind.FLOAT if floats else Kind.INT)
    elif kind in _NUMBERS and len(kinds) == 1 and kinds <= {Kind.STRING, Kind.BOOL}:
        to = kind if Kind.STRING in kinds else Kind.INT
        yield from (_cast(text, one, to) for one in others)


def _cast(text: str, one: Expression, kind: Kind) -> Edit:
    return one, f"cast({text[one.start : one.end]} as {kind})"


def _literal(text: str, one: Expression, kind: Kind) -> str:
    """A literal as one of another kind; empty where it says none."""
    value = one.value if isinstance(one, Literal) else None
    written = text[one.start : one.end]
    match value, kind:
        case str(), Kind.TIMESTAMP if to_timestamp(value) is not None:
            return f"timestamp {written}"
        case str(), Kind.DATE if to_date(value) is not None:
            return f"date {written}"
        case str(), Kind.INT | Kind.FLOAT if value[:1].isdigit() and _finite(value):
            return value
        case bool(), _:
            return ""
        case int(), Kind.BOOL if value in (0, 1) and one.type.kind is Kind.INT:
            return "true" if value else "false"
        case int() | float(), Kind.STRING if one.type.kind in _NUMBERS:
            return f"'{written}'"
    return ""


def _finite(text: str) -> bool:
    value = to_float(text)
    return value is not None and abs(value) != float("inf")
