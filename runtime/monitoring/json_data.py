"""JSON as monitors write it: finite numbers, sorted keys, the same text for the same data."""

import json
import math
from collections.abc import Mapping
from typing import Any


def json_text(data: Any, digits: int = 17, indent: int | None = None) -> str:
    """Canonical JSON; numbers keep `digits` significant digits, what is no number is null."""
    separators = (",", ":") if indent is None else (",", ": ")
    clean = rounded(data, digits)
    return json.dumps(
        clean, sort_keys=True, separators=separators, ensure_ascii=False, indent=indent
    )


def rounded(data: Any, digits: int) -> Any:
    """The same data with floats rounded to significant digits; NaN and infinities become null."""
    if isinstance(data, Mapping):
        return {str(key): rounded(value, digits) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [rounded(value, digits) for value in data]
    if isinstance(data, float):
        return float(f"{data:.{digits}g}") if math.isfinite(data) else None
    return data
