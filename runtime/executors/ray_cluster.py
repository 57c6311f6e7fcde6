"""A local Ray cluster for one run: on loopback, behind a token, gone with the process."""

import os
import secrets
import shutil
import signal
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..errors import StepError

OBJECT_STORE_BYTES = 128 << 20  # values travel through the artifact store
CONNECT_SECONDS = 10.0

_PREFIX = "onespec-ray-"
_ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    # The only switch that makes every process of Ray listen on loopback alone: in Ray 2.60
    # `_node_ip_address="127.0.0.1"` is replaced by the machine's own address.
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
}


def start_local(num_cpus: float | None = None, num_gpus: float | None = None) -> Path:
    """Start Ray in this process and return its folder, for `stop_local`.

    The folder is short and in the system's temporary folder, because sockets lie in it.
    """
    _sweep(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
    os.environ.update(_ENVIRONMENT)
    _use_token(folder)
    ray = import_ray()
    _look_again()
    try:
        with _signals_kept():
            ray.init(
                address="local",
                num_cpus=num_cpus,
                num_gpus=num_gpus,
                include_dashboard=False,
                log_to_driver=False,
                configure_logging=False,
                logging_level="error",
                object_store_memory=OBJECT_STORE_BYTES,
                _node_ip_address="127.0.0.1",
                _temp_dir=str(folder),
            )
    except BaseException:
        stop_local(folder)
        raise
    return folder


def stop_local(folder: Path) -> None:
    """Stop the cluster that `start_local` started."""
    with _signals_kept():
        import_ray().shutdown()
    _forget_token(folder)
    shutil.rmtree(folder, ignore_errors=True)


def connect(address: str, runtime_env: dict[str, Any] | None) -> None:
    """Connect to a cluster that is there. Its token is the environment's business. Raises
    StepError."""
    ray = import_ray()
    _require_listener(address)
    try:
        with _signals_kept():
            ray.init(
                address=address,
                runtime_env=runtime_env,
                log_to_driver=False,
                configure_logging=False,
                logging_level="error",
            )
    except Exception as error:
        raise _unreachable(address, error) from error


def _require_listener(address: str) -> None:
    """Ray itself goes on asking for minutes where nobody listens."""
    place = urlsplit(address if "//" in address else f"//{address}")
    if place.hostname is None or place.port is None:
        return
    try:
        socket.create_connection((place.hostname, place.port), timeout=CONNECT_SECONDS).close()
    except OSError as error:
        raise _unreachable(address, error) from error


def _unreachable(address: str, error: Exception) -> StepError:
    return StepError(
        f"cannot connect to the Ray cluster at {address}: {error}",
        remedy="check that it runs, that this Ray has its version, and RAY_AUTH_TOKEN_PATH",
    )


def import_ray() -> Any:
    """Ray, or a StepError that tells how to get it."""
    try:
        import ray
    except ImportError as error:
        raise StepError(
            "Ray is not installed",
            remedy="`pip install 'onespec[ray]'`, or run with `--executor inline`",
        ) from error
    return ray


def _use_token(folder: Path) -> None:
    """Token authentication, with a file that only its owner reads: Ray's own is 0644."""
    if "RAY_AUTH_TOKEN" in os.environ or "RAY_AUTH_TOKEN_PATH" in os.environ:
        os.environ.setdefault("RAY_AUTH_MODE", "token")
    else:
        path = folder / "token"
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as sink:
            sink.write(secrets.token_hex(32))
        os.environ["RAY_AUTH_MODE"] = "token"
        os.environ["RAY_AUTH_TOKEN_PATH"] = str(path)


def _forget_token(folder: Path) -> None:
    """The next cluster, here or in a child, makes its own."""
    if os.environ.get("RAY_AUTH_TOKEN_PATH") == str(folder / "token"):
        del os.environ["RAY_AUTH_TOKEN_PATH"]
        os.environ.pop("RAY_AUTH_MODE", None)


def _look_again() -> None:
    """Ray reads these when it is imported, which may have been before."""
    core = import_module("ray._raylet")
    core.Config.initialize("")
    core.AuthenticationTokenLoader.instance().reset_cache()
    constants: Any = import_module("ray._private.ray_constants")
    constants.ENABLE_RAY_CLUSTER = False


@contextmanager
def _signals_kept() -> Iterator[None]:
    """Ray takes SIGTERM for itself; a run has its own answer to it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _sweep(parent: Path) -> None:
    """Remove the folders of clusters whose process was killed."""
    for folder in parent.glob(f"{_PREFIX}*"):
        owner = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdigit() and folder.stat().st_uid == os.getuid() and not _alive(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
