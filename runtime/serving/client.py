"""Ask an endpoint for predictions, with the standard library alone."""

import http.client
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

from ..errors import StepError

_PREDICT = "/v1/predict"
_LARGEST = 64 << 20


class PredictError(StepError):
    """The endpoint did not answer with predictions. `status` is None when it did not answer."""

    def __init__(
        self,
        message: str,
        *,
        remedy: str = "",
        rows: Sequence[object] = (),
        status: int | None = None,
    ) -> None:
        super().__init__(message, remedy=remedy, rows=rows)
        self.status = status


def predict(
    url: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    explain: bool = False,
    timeout: float = 10.0,
) -> dict[str, Any]:
    """The endpoint's answer: `request_id`, `model`, `version` and one prediction a row.

    `url` is the endpoint's base; timestamps and dates in `rows` may be Python's. Raises
    PredictError with what the endpoint found wrong.
    """
    body = json.dumps({"rows": list(rows)}, default=_json, allow_nan=False).encode()
    status, answer = _post(url, body, explain=explain, timeout=timeout)
    if status == 200 and isinstance(answer, dict) and "predictions" in answer:
        return answer
    raise _refused(url, status, answer)


def _post(url: str, body: bytes, *, explain: bool, timeout: float) -> tuple[int, Any]:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise PredictError(f"{url!r} is not an http address", remedy="e.g. http://127.0.0.1:8000")
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    path = parts.path.rstrip("/") + _PREDICT + ("?explain=features" if explain else "")
    try:
        connection = kind(parts.hostname, parts.port, timeout=timeout)
        try:
            connection.request("POST", path, body, {"content-type": "application/json"})
            response = connection.getresponse()
            return response.status, _parse(response.read(_LARGEST))
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise PredictError(
            f"no answer from {url}: {error}", remedy="is it served? `onespec serve`"
        ) from error


def _parse(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None


def _refused(url: str, status: int, answer: Any) -> PredictError:
    if not isinstance(answer, dict) or "detail" not in answer:
        return PredictError(f"{url} answered with status {status}", status=status)
    findings = [f"{e.get('at')}: {e.get('message')}" for e in answer.get("errors", ())]
    message = "; ".join([str(answer["detail"]), *findings])
    return PredictError(message, status=status)


def _json(value: Any) -> str:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise PredictError(f"the timestamp {value} has no time zone", remedy="use UTC")
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a {type(value).__name__} is not a value of a request")
