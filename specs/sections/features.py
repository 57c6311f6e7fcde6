"""`features:` feature views."""

from typing import Any, Literal

from pydantic import Field, model_validator

from .base import ColumnName, Described, Duration, ExpressionText, Name

InputType = Literal["bool", "int", "float", "string", "timestamp", "date"]


class FeatureView(Described):
    """Fields about an entity, made from a source; or, with `inputs`, from the request itself."""

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
    windows: list[Duration] = Field(default_factory=list)
    """Trailing windows: the fields are aggregates over each of them."""
    fields: dict[Name, ExpressionText] = Field(min_length=1)
    """Names and expressions."""

    @model_validator(mode="before")
    @classmethod
    def _one_shape(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        if "inputs" in data:
            extra = [k for k in ("entity", "source", "where", "ttl", "windows") if k in data]
            if extra:
                raise ValueError(f"a view with `inputs` is on demand and takes no `{extra[0]}`")
        elif "source" not in data or "entity" not in data:
            raise ValueError("a view needs `entity` and `source`, or `inputs`")
        elif "ttl" in data and "windows" in data:
            raise ValueError("a view has either a `ttl` (latest value) or `windows` (aggregates)")
        return data
