"""A cell of a table as plain JSON, for facts and reports."""

import math
from datetime import date, datetime
from typing import Any


def plain(value: Any) -> Any:
    """Times as ISO 8601 in UTC, numbers that JSON lacks by their names, the rest as it is."""
    match value:
        case float() if not math.isfinite(value):
            return repr(value)
        case datetime():
            return value.isoformat() + ("Z" if value.tzinfo is None else "")
        case date():
            return value.isoformat()
        case _:
            return value
