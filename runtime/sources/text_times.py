"""Times written as text: with a zone they are converted to UTC, without one they are UTC."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..sql import evaluate

_ISO = (
    r"^\d{4}-\d{2}-\d{2}([Tt ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?"
    r"([Zz]|[+-]\d{2}(:?\d{2})?)?)?$"
)
_WITH_TIME_OF_DAY = r"^.{10}[Tt ]"


def looks_like_times(values: Any) -> bool:
    """Whether every text that is there is a date with a time of day."""
    texts = values.drop_null()
    return len(texts) > 0 and all(
        pc.all(pc.match_substring_regex(texts, pattern)).as_py()
        for pattern in (_ISO, _WITH_TIME_OF_DAY)
    )


def parse_times(values: Any) -> Any:
    """The instants of ISO 8601 texts, null where a text is none (or is null)."""
    # The engine also takes `infinity` and names of regions: the pattern leaves plain times.
    texts = pc.if_else(pc.match_substring_regex(values, _ISO), values, None)
    # The session's time zone is UTC, so a text without a zone is UTC.
    sql = "cast(try_cast(replace(text, ',', '.') as timestamp with time zone) as timestamp)"
    return evaluate(pa.table({"text": texts}), {"instant": sql}).column("instant")
