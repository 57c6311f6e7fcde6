"""One endpoint in this process: uvicorn, drained when it is told to stop."""

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn

from ..errors import StepError
from .open import Hosted

_DRAIN_SECONDS = 30
_MOST_CONNECTIONS = 1000


def serve_process(
    hosted: Hosted,
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    announce: Callable[[str], None] = print,
) -> None:
    """Answer until SIGTERM or SIGINT; then finish what was begun, publish the log, and return.

    `announce` is told the URL once requests are answered. Port 0 takes a free one. Raises
    StepError when the endpoint cannot be opened or the port is taken.
    """
    listener = _listen(host, hosted.endpoint.port if port is None else port)
    with listener:
        _Server(hosted, lambda: announce(_url(listener))).run([listener])


@contextmanager
def hosted_process(hosted: Hosted, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """The endpoint in a thread of this process, for as long as the context; yields its URL."""
    ready = threading.Event()
    with _listen(host, port) as listener:
        server = _Server(hosted, ready.set)
        thread = threading.Thread(target=server.run, args=([listener],), name="serve")
        thread.start()
        try:
            while not ready.wait(0.05):
                if not thread.is_alive():
                    raise StepError(f"endpoint {hosted.endpoint.name} did not start")
            yield _url(listener)
        finally:
            server.should_exit = True
            thread.join()


class _Server(uvicorn.Server):
    """uvicorn that says when it is ready, and returns after a signal."""

    def __init__(self, hosted: Hosted, ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                hosted.open(),
                log_level="warning",
                access_log=False,
                server_header=False,
                lifespan="on",
                limit_concurrency=_MOST_CONNECTIONS,
                timeout_graceful_shutdown=_DRAIN_SECONDS,
            )
        )
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.should_exit:
            self._ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def stop(number: int, frame: FrameType | None) -> None:
            self.handle_exit(number, frame)

        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def free_port(host: str) -> int:
    """A port of `host` that was free a moment ago, for servers that cannot take port 0."""
    with _listen(host, 0) as listener:
        return int(listener.getsockname()[1])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise StepError(
            f"cannot listen on {host}:{port}: {error.strerror or error}",
            remedy="choose another port; 0 takes a free one",
        ) from error


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
