"""JSON as it was standardised: no NaN, no duplicate names, no number that a machine cannot hold."""

import json
import math
from typing import Any

_INTEGER_DIGITS = 20  # an int64 with its sign; longer ones cost quadratic time to parse


class JsonError(ValueError):
    """The text is not strict JSON; the message says why, without quoting the text."""


def parse_json(raw: bytes) -> Any:
    """Raises JsonError."""
    try:
        text = raw.decode("utf-8")
        data = _DECODER.decode(text)
        if "\\ud" in text or "\\uD" in text:
            json.dumps(data, ensure_ascii=False).encode()  # half a surrogate pair is not text
    except JsonError:
        raise
    except UnicodeError as error:
        raise JsonError("the body is not valid UTF-8 text") from error
    except RecursionError as error:
        raise JsonError("the body is nested too deeply") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise JsonError(f"the body is not JSON: {error.msg} at {place}") from error
    return data


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise JsonError(f"the name {twice[:80]!r} occurs twice in one object")
    return found


def _integer(text: str) -> int:
    if len(text) > _INTEGER_DIGITS:
        raise JsonError("an integer has more digits than 64 bits hold")
    return int(text)


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise JsonError("a number is larger than 64-bit floating point holds")
    return value


def _constant(text: str) -> Any:
    raise JsonError(f"{text} is not JSON; leave the value out by null where the column allows it")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_integer,
    parse_float=_number,
    parse_constant=_constant,
)
