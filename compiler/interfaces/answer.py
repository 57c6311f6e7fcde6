"""The answer to a scoring request."""

from typing import Any

from pydantic import BaseModel, Field


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
