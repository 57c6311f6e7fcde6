"""Predictions as the JSON that a client reads."""

import json
import math
from datetime import UTC, date, datetime
from typing import Any

from starlette.responses import Response

from .predict import Prediction
from .problem import ProblemError
from .service import Answer


def respond(answer: Answer, request_id: str, *, explain: bool) -> Response:
    """The answer; when every row was refused, raises the first refusal as a ProblemError."""
    refused = [p.refusal for p in answer.predictions]
    if all(refused) and refused[0] is not None:
        raise ProblemError(refused[0].status, refused[0].detail)
    classes = bool(answer.asked[0].loaded.scorer.classes)
    document: dict[str, Any] = {
        "request_id": request_id,
        "model": answer.asked[0].loaded.model,
        "version": answer.version,
        "predictions": [_row(p, explain=explain, classes=classes) for p in answer.predictions],
    }
    if answer.tells_arms:
        for row, asked in zip(document["predictions"], answer.asked, strict=True):
            row |= {"arm": asked.arm, "version": asked.loaded.version}
    body = json.dumps(document, separators=(",", ":"), allow_nan=False)
    return Response(body.encode(), media_type="application/json")


def _row(prediction: Prediction, *, explain: bool, classes: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"prediction": prediction.label} if classes else {}
    row["score"] = prediction.score
    if classes:
        row["probabilities"] = prediction.probabilities
    row["degraded"] = list(prediction.degraded)
    if prediction.refusal is not None:
        row["error"] = {
            "status": prediction.refusal.status,
            "detail": prediction.refusal.detail,
        }
    if explain:
        row["features"] = {name: _plain(value) for name, value in prediction.features.items()}
    return row


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return value
