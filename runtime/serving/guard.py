"""Bounds that hold before a request is dispatched: the bytes and the time of its body."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ...compiler.interfaces.request import MOST_ROWS
from .problem import ProblemError, ProblemResponse


@dataclass(frozen=True, slots=True)
class Limits:
    """`body_bytes` and `body_seconds` bound the body as a whole, `rows` the rows in it."""

    body_bytes: int = 1 << 20
    body_seconds: float = 10.0
    rows: int = MOST_ROWS


class Guard:
    """ASGI middleware: reads the whole body under the limits, then hands it on in one piece.

    `observe` is told path, status and seconds of every request once its answer has begun.
    """

    def __init__(
        self, app: ASGIApp, limits: Limits, observe: Callable[[str, int, float], None]
    ) -> None:
        self._app = app
        self._limits = limits
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        begun = False

        async def observed(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                seconds = time.perf_counter() - started
                self._observe(scope["path"], message["status"], seconds)
            await send(message)

        try:
            body = await self._body(scope, receive)
        except ProblemError as problem:
            await ProblemResponse(problem)(scope, receive, observed)
            return
        if body is None:
            return
        try:
            await self._app(scope, _replay(body, receive), observed)
        except Exception:  # answered by Starlette's outermost layer, with 500
            if not begun:
                self._observe(scope["path"], 500, time.perf_counter() - started)
            raise

    async def _body(self, scope: Scope, receive: Receive) -> bytes | None:
        """The body; None when the client went away."""
        declared = _declared_length(scope)
        if declared is not None and declared > self._limits.body_bytes:
            raise self._too_large()
        try:
            async with asyncio.timeout(self._limits.body_seconds):
                return await self._receive(receive)
        except TimeoutError as error:
            seconds = self._limits.body_seconds
            raise ProblemError(408, f"the body took longer than {seconds:g} s to arrive") from error

    async def _receive(self, receive: Receive) -> bytes | None:
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            part = message.get("body", b"")
            size += len(part)
            if size > self._limits.body_bytes:
                raise self._too_large()
            parts.append(part)
            if not message.get("more_body", False):
                return b"".join(parts)

    def _too_large(self) -> ProblemError:
        return ProblemError(413, f"the body is larger than {self._limits.body_bytes} bytes")


def _declared_length(scope: Scope) -> int | None:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and len(value) < 20:
            return int(value)
    return None


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
