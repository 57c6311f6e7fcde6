"""`features:` feature views."""

from typing import Literal

from pydantic import Field

from .base import ColumnName, Described, Duration, ExpressionText, Name
from .presence import Excludes, Needs, Ruled

InputType = Literal["bool", "int", "float", "string", "timestamp", "date"]


_TWO_KINDS = "a view needs `entity` and `source`, or `inputs`"


class FeatureView(Described, Ruled):
    """Fields about an entity, made from a source; or, with `inputs`, from the request itself."""

    rules = (
        Excludes(
            "inputs",
            ("entity", "source", "where", "ttl", "windows"),
            "a view with `inputs` is on demand and takes no `{other}`",
        ),
        Needs(("inputs", "entity"), _TWO_KINDS),
        Needs(("inputs", "source"), _TWO_KINDS),
        Excludes(
            "ttl",
            ("windows",),
            "a view has either a `ttl` (latest value) or `windows` (aggregates)",
        ),
    )

    entity: Name | None = None
    """What the fields describe."""
    source: Name | None = None
    """Where the rows come from."""
    inputs: dict[ColumnName, InputType] | None = Field(default=None, min_length=1)
    """On demand: the columns of the request, and of the examples, that the fields read."""
    where: ExpressionText | None = None
    """Only rows for which this holds count."""
    available_after: Duration | None = None
    """How long after its event time a row is known; when left out, as long as the columns that the
    view reads need."""
    ttl: Duration | None = None
    """How old the latest row may be."""
    windows: list[Duration] = Field(default_factory=list, max_length=100)
    """Trailing windows: the fields are aggregates over each of them."""
    fields: dict[Name, ExpressionText] = Field(min_length=1)
    """Names and expressions."""
