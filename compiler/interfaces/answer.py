"""The answer to a scoring request."""

from typing import Any

from pydantic import BaseModel, Field

from ..plan import ValueType
from .request import json_type


class RowError(BaseModel):
    """Why a row has no score."""

    status: int
    detail: str


class RowPrediction(BaseModel):
    """One row's answer: a score, or an error."""

    score: float | None = Field(description="probability of the positive class, or the value")
    degraded: list[str] = Field(description="`view: reason` for each view that had no row")
    error: RowError | None = None
    features: dict[str, Any] | None = Field(None, description="with `?explain=features`")


class PredictResponse(BaseModel):
    """One prediction a row, in order."""

    request_id: str
    model: str
    version: int
    predictions: list[RowPrediction]


class RowClass(BaseModel):
    """One row's answer: the likeliest class and the probability of each, or an error."""

    prediction: int | str | None = Field(description="the likeliest class")
    score: float | None = Field(description="the probability of `prediction`")
    probabilities: dict[str, float] | None = Field(description="of each class, by its name")
    degraded: list[str] = Field(description="`view: reason` for each view that had no row")
    error: RowError | None = None
    features: dict[str, Any] | None = Field(None, description="with `?explain=features`")


class ClassResponse(BaseModel):
    """One prediction a row, in order."""

    request_id: str
    model: str
    version: int
    predictions: list[RowClass]


def answer_schema(label: ValueType | None, reference: str) -> dict[str, Any]:
    """The JSON Schema of an answer. `label` is the type of a multiclass model's classes, and
    `reference` a template as pydantic takes it."""
    if label is None:
        return PredictResponse.model_json_schema(ref_template=reference)
    schema = ClassResponse.model_json_schema(ref_template=reference)
    told = schema["$defs"]["RowClass"]["properties"]
    told["prediction"] |= json_type(label, nullable=True)
    return schema
