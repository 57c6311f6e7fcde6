"""What a client did wrong, or we did, as a problem document (RFC 9457)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from ...compiler.interfaces.openapi import PROBLEM_TYPE


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong; `at` is a path into the request such as `rows[0].origin`."""

    at: str
    message: str


class ProblemError(Exception):
    """An answer other than a prediction. `findings` says everything that is wrong at once."""

    def __init__(self, status: int, detail: str, findings: Sequence[Finding] = ()) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.findings = tuple(findings)

    def document(self) -> dict[str, Any]:
        """The problem as JSON data."""
        document: dict[str, Any] = {
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }
        if self.findings:
            document["errors"] = [{"at": f.at, "message": f.message} for f in self.findings]
        return document


class ProblemResponse(Response):
    """A problem document with its status."""

    media_type = PROBLEM_TYPE

    def __init__(self, problem: ProblemError) -> None:
        headers = {"connection": "close"} if problem.status in (408, 413) else None
        super().__init__(json.dumps(problem.document()).encode(), problem.status, headers)
