"""In a network of its own: a Ray with its dashboard, a job, and Serve configs, one after the other.

Arguments: a folder with `entrypoint`, `first.yaml` and `second.yaml`, and one for Ray, whose
sockets need a short path. What was found is written to `found.json`.
"""

import json
import os
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from onespec.runtime.serving.client import PredictError, predict

ROW = {"customer": "c1", "amount": 10.0, "ordered_at": "2025-12-01T00:00:00Z"}
RAY, FOLDER = sys.argv[1], Path(sys.argv[2])
TOKEN = secrets.token_hex(32)


def main() -> None:
    os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": TOKEN}
    call(
        *("ray", "start", "--head", "--node-ip-address=127.0.0.1", "--port=6379"),
        *("--num-cpus=4", "--object-store-memory=80000000", f"--temp-dir={RAY}"),
        *("--include-dashboard=true", "--metrics-export-port=8080", "--disable-usage-stats"),
    )
    os.environ["RAY_ADDRESS"] = "127.0.0.1:6379"
    # As KubeRay does: without quotes, in a shell.
    call("bash", "-c", (FOLDER / "entrypoint").read_text())
    found = {name: deployed(name) for name in ("first", "second")}
    (FOLDER / "found.json").write_text(json.dumps({**found, "series": series()}))


def call(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"


def deployed(name: str) -> dict[str, Any]:
    """What Serve was told and what its application answers, once it does."""
    call("serve", "deploy", str(FOLDER / f"{name}.yaml"))
    before = time.time()
    told = until(lambda: _running(before))
    answer = until(_predicted)
    return {"application": told, "answer": answer}


def _running(_: float) -> Any:
    (one,) = asked("http://127.0.0.1:8265/api/serve/applications/")["applications"].values()
    assert one["status"] != "DEPLOY_FAILED", one["message"]
    return one if one["status"] == "RUNNING" else None


def _predicted() -> Any:
    try:
        return predict("http://127.0.0.1:8000", [ROW])
    except PredictError:
        return None


def series() -> list[str]:
    """The series of Serve about the requests, once Ray has gathered them."""

    def seen() -> list[str]:
        with urllib.request.urlopen("http://127.0.0.1:8080/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        named = [line for line in lines if line.startswith("ray_serve_")]
        # Processes report in turn: the proxy of the requests, the controller of the replicas.
        there = [one for one in ("/v1/predict", "replica_healthy{") if one in "\n".join(named)]
        return named if len(there) == 2 else []

    return until(seen)


def asked(url: str) -> Any:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {TOKEN}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def until(found: Callable[[], Any], seconds: float = 90) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = found()
        if value:
            return value
        time.sleep(0.2)
    raise AssertionError(f"{found} found nothing")


main()
