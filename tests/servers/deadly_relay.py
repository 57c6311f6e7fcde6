"""A relay before a service that kills its client at a chosen request."""

import http.client
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Relay(BaseHTTPRequestHandler):
    server: "RelayServer"
    protocol_version = "HTTP/1.1"

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        there = http.client.HTTPConnection("127.0.0.1", self.server.to, timeout=30)
        there.request(self.command, self.path, body or None, dict(self.headers))
        answer = there.getresponse()
        content = answer.read()
        there.close()
        if self.server.is_deadly(f"{self.command} {self.path}"):
            return self._kill()
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "connection"):
                self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
        return None

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = _pass_on  # noqa: N815

    def _kill(self) -> None:
        assert self.server.victim is not None
        self.server.victim.kill()
        self.server.victim.wait(30)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class RelayServer(ThreadingHTTPServer):
    """Passes requests on to a port of this machine. The one of number `deadly` is done, and then
    `victim` dies: what the service holds then is also what it holds before the next request."""

    daemon_threads = True

    def __init__(self, to: int, deadly: int) -> None:
        super().__init__(("127.0.0.1", 0), _Relay)
        self.to = to
        self.victim: subprocess.Popen[str] | None = None
        self.requests: list[str] = []
        self._deadly = deadly
        self._lock = threading.Lock()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def is_deadly(self, request: str) -> bool:
        """Note a request, and whether its client shall die of it."""
        with self._lock:
            self.requests.append(request)
            return len(self.requests) == self._deadly


@contextmanager
def relay(to: int, deadly: int) -> Iterator[RelayServer]:
    """A relay at work."""
    with RelayServer(to, deadly) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
