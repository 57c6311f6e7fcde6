"""The scoring application: HTTP in front of one endpoint, whatever hosts it."""

import re
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse

from ...compiler.interfaces.arms import logs_arms
from ...compiler.interfaces.metrics import METRICS
from ...compiler.interfaces.openapi import PREDICT, describe_predict, title
from ...compiler.plan import Endpoint
from .arms import Standing
from .exposition import exposition
from .guard import Guard, Limits
from .metrics import MEDIA_TYPE as METRICS_TYPE
from .problem import ProblemError, ProblemResponse
from .request import RequestRows
from .respond import respond
from .service import Service
from .strict_json import JsonError, parse_json

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_INLINE_ROWS = 16  # fewer are scored faster than a thread is woken


def create_app(
    service: Service,
    *,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    new_id: Callable[[], str] | None = None,
) -> FastAPI:
    """An ASGI application that answers for the service, and closes it when it shuts down."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(service.close)

    app = FastAPI(title=title(service.endpoint), version="1", lifespan=lifespan)
    app.state.service = service

    def observe(path: str, status: int, seconds: float) -> None:
        if path.endswith(PREDICT):
            service.metrics.request(status, seconds)

    app.add_middleware(Guard, limits=limits, observe=observe)
    app.add_exception_handler(ProblemError, _on_problem)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_failure)
    _add_predict(app, service, limits, new_id or _ids())
    _add_health(app, service)
    return app


def _add_predict(app: FastAPI, service: Service, limits: Limits, new_id: Callable[[], str]) -> None:
    """A plain route: FastAPI's own would cost more than the features and the model together."""
    rows = RequestRows(service.endpoint, most_rows=limits.rows)

    async def predict(request: Request) -> Response:
        started = time.perf_counter()
        request_id = _request_id(request) or new_id()
        explain = _explain(request)
        try:
            asked = rows.read(parse_json(await request.body()))
        except JsonError as error:
            raise ProblemError(400, str(error)) from error
        if len(asked) <= _INLINE_ROWS:
            answer = service.predict(asked, request_id, started)
        else:
            answer = await run_in_threadpool(service.predict, asked, request_id, started)
        response = respond(answer, request_id, explain=explain)
        response.headers["x-request-id"] = request_id
        return response

    app.add_route(PREDICT, predict, methods=["POST"])
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        return describe_predict(generate(), service.endpoint, limits.rows)

    app.openapi = openapi  # type: ignore[method-assign]


def _add_health(app: FastAPI, service: Service) -> None:
    endpoint = service.endpoint

    @app.get("/health/live", summary="The process answers")
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @app.get("/health/ready", summary="The model is loaded; without the store it may be degraded")
    async def ready() -> Response:
        if service.arms.now.first is None:
            return JSONResponse({"status": "waiting", "reason": service.arms.now.waiting}, 503)
        missing = await run_in_threadpool(service.lookup.check)
        status = 503 if missing and endpoint.on_missing == "reject" else 200
        document = {"status": "degraded" if missing else "ready", "reason": missing}
        return JSONResponse(document, status)

    @app.get("/v1/model", summary="What answers, and what it reads")
    async def model() -> dict[str, Any]:
        return _describe(endpoint, service)

    @app.get(METRICS, summary="Prometheus metrics of this process")
    async def metrics() -> Response:
        return PlainTextResponse(exposition(service), media_type=METRICS_TYPE)


def _describe(endpoint: Endpoint, service: Service) -> dict[str, Any]:
    standing, log = service.arms.now, service.log.state
    loaded = standing.first.loaded if standing.first else None
    failing = next(iter(standing.failures.values()), "")
    return {
        "endpoint": endpoint.name,
        "model": endpoint.model,
        "version": loaded.version if loaded else None,
        "value_key": loaded.value_key if loaded else None,
        **({"arms": _arms(standing)} if logs_arms(endpoint) else {}),
        "task": endpoint.task,
        "on_missing": endpoint.on_missing,
        "entity_keys": [column.name for column in endpoint.entity_keys],
        "inputs": [{"name": c.name, "type": c.type} for c in endpoint.inputs],
        "features": [{"name": f.reference, "type": f.type} for f in endpoint.features],
        "reload_failure": failing,
        "log": {
            "written": log.written,
            "dropped": log.dropped,
            "waiting": log.waiting,
            "failure": log.failure,
        },
    }


def _arms(standing: Standing) -> dict[str, Any]:
    """Who is asked, and the challenger's share."""
    told: dict[str, Any] = {
        arm: {"version": loaded.version, "value_key": loaded.value_key}
        for arm, loaded in standing.versions().items()
    }
    if standing.split is not None:
        told["challenger"]["share"] = standing.split.share
    return told


def _ids() -> Callable[[], str]:
    """Random names of 128 bits, without asking the system for each."""
    source = Random(secrets.randbits(256))  # noqa: S311 - names, not secrets
    return lambda: f"{source.getrandbits(128):032x}"


def _request_id(request: Request) -> str | None:
    given = request.headers.get("x-request-id")
    return given if given and _REQUEST_ID.fullmatch(given) else None


def _explain(request: Request) -> bool:
    given = request.query_params.get("explain")
    if given not in (None, "features"):
        raise ProblemError(422, "the parameter `explain` can only be `features`")
    return given is not None


async def _on_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return ProblemResponse(error)


async def _on_http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return ProblemResponse(ProblemError(error.status_code, str(error.detail)))


async def _on_failure(_: Request, __: Exception) -> Response:
    """The traceback goes to the log of the process, never to the client."""
    return ProblemResponse(
        ProblemError(500, "the request could not be answered; see the server's log")
    )
