"""The answer to a scoring request."""

from typing import Any

from pydantic import BaseModel, Field

from ..plan import Endpoint
from .arms import ARMS, tells_arms
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


def answer_schema(endpoint: Endpoint, reference: str) -> dict[str, Any]:
    """The JSON Schema of an endpoint's answer: of a row's class where its model tells several
    apart, and of who made each prediction where it rolls versions out. `reference` is a template
    as pydantic takes it."""
    if endpoint.label is None:
        schema = PredictResponse.model_json_schema(ref_template=reference)
        row = schema["$defs"]["RowPrediction"]
    else:
        schema = ClassResponse.model_json_schema(ref_template=reference)
        row = schema["$defs"]["RowClass"]
        row["properties"]["prediction"] |= json_type(endpoint.label, nullable=True)
    if tells_arms(endpoint):
        schema["properties"]["version"] |= {"description": "null where several have answered"}
        schema["properties"]["version"]["type"] = ["integer", "null"]
        arm = {"enum": list(ARMS), "title": "Arm", "type": "string"}
        made = {"description": "of the model", "title": "Version", "type": "integer"}
        row["properties"] |= {"arm": arm, "version": made}
        row["required"] += ["arm", "version"]
    return schema
