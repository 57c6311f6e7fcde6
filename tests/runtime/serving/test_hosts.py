"""The hosts, as processes of their own behind real sockets."""

import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from onespec.compiler.plan import Replicas, Resources
from onespec.runtime.errors import StepError
from onespec.runtime.prediction_log.in_folder import FolderLog
from onespec.runtime.prediction_log.read import read_log
from onespec.runtime.serving.client import PredictError, predict
from onespec.runtime.serving.host_process import hosted_process, serve_process

from .product import NOW, ROW, Product, prepared

HOST = """
import sys
from pathlib import Path
from onespec.compiler.plan_file import load_plan
from onespec.runtime.serving.guard import Limits
from onespec.runtime.serving.open import Hosted
from dataclasses import replace
path = Path(sys.argv[2])
hosted = Hosted.of(load_plan(path), "api", path.parent)
announce = lambda url: print(url, flush=True)
if sys.argv[1] == "process":
    from onespec.runtime.serving.host_process import serve_process
    limits = Limits(body_seconds=float(sys.argv[3]))
    serve_process(replace(hosted, limits=limits), port=0, announce=announce)
else:
    from onespec.runtime.serving.host_ray import serve_ray
    serve_ray(hosted, port=0, announce=announce)
print("stopped", flush=True)
"""


@contextmanager
def child_process(product: Product, kind: str, *args: str) -> Iterator[tuple[Any, str]]:
    """A host in a child process, and its URL."""
    command = [sys.executable, "-c", HOST, kind, str(product.write_plan()), *args]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    try:
        url = child.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:"), url
        yield child, url
    finally:
        if child.poll() is None:
            child.kill()
        child.wait()
        child.stdout.close()


@contextmanager
def running(product: Product, kind: str, *args: str) -> Iterator[tuple[Any, str]]:
    """The same, ended by SIGTERM, which it must obey."""
    with child_process(product, kind, *args) as (child, url):
        yield child, url
        child.send_signal(signal.SIGTERM)
        assert child.stdout.read().endswith("stopped\n")
        assert child.wait(timeout=60) == 0


def logged(product: Product) -> list[Any]:
    rows: list[Any] = read_log(FolderLog(product.state / "predictions" / "api")).to_pylist()
    return rows


def slow_request(url: str, sent: int) -> tuple[socket.socket, bytes]:
    """A request of which only the first bytes of the body have been sent, and the rest."""
    parts = urlsplit(url)
    body = json.dumps({"rows": [dict(ROW)]}).encode()
    head = f"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    connection = socket.create_connection((parts.hostname, parts.port), timeout=30)
    connection.sendall(head.encode() + body[:sent])
    return connection, body[sent:]


def read_all(connection: socket.socket) -> tuple[int, Any]:
    response = http.client.HTTPResponse(connection)
    response.begin()
    answer = response.status, json.loads(response.read())
    connection.close()
    return answer


def test_a_process_answers_drains_and_publishes_its_log(tmp_path: Path) -> None:
    product = prepared(tmp_path)
    with running(product, "process", "10") as (child, url):
        answer = predict(url, [ROW, ROW])
        assert [p["degraded"] for p in answer["predictions"]] == [[], []]
        in_flight, rest = slow_request(url, 5)
        time.sleep(0.3)
        child.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        in_flight.sendall(rest)
        status, late = read_all(in_flight)
        assert status == 200
        assert late["predictions"][0]["score"] == answer["predictions"][0]["score"]
    assert len(logged(product)) == 3


def test_slow_bodies_are_cut_off_and_starve_nobody(tmp_path: Path) -> None:
    product = prepared(tmp_path)
    with running(product, "process", "1") as (_, url):
        slow = [slow_request(url, 3)[0] for _ in range(100)]
        started = time.monotonic()
        for _ in range(20):
            predict(url, [ROW])
        assert time.monotonic() - started < 5
        for connection in slow:
            status, problem = read_all(connection)
            assert (status, problem["status"]) == (408, 408)


def test_a_killed_process_leaves_a_sound_log_behind(tmp_path: Path) -> None:
    product = prepared(tmp_path)
    with child_process(product, "process", "10") as (child, url):
        for _ in range(50):
            predict(url, [ROW])
        child.kill()
    assert len(logged(product)) <= 50
    with hosted_process(product.hosted) as url:
        predict(url, [ROW])
    assert 1 <= len(logged(product)) <= 51


def test_an_endpoint_in_a_thread(tmp_path: Path) -> None:
    product = prepared(tmp_path)
    with hosted_process(product.hosted) as url:
        moment = datetime(2013, 12, 31, 18, tzinfo=UTC)
        answer = predict(url, [{**ROW, "scheduled_departure": moment}], explain=True)
        assert answer["predictions"][0]["features"]["flight.hour"] == 18
        with pytest.raises(PredictError, match=r"rows\[0\]\.origin: is missing") as caught:
            predict(url, [{}])
        assert caught.value.status == 422
    with pytest.raises(PredictError, match="no answer from"):
        predict(url, [ROW])
    with pytest.raises(PredictError, match="not an http address"):
        predict("file:///etc/passwd", [ROW])


def test_concurrent_requests_are_all_answered_and_logged_once(tmp_path: Path) -> None:
    product = prepared(tmp_path)
    answers: list[Any] = []

    def ask(url: str) -> None:
        for _ in range(25):
            answers.append(predict(url, [ROW] * 20))  # above what is scored on the event loop

    with hosted_process(product.hosted) as url:
        threads = [threading.Thread(target=ask, args=(url,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len({answer["request_id"] for answer in answers}) == 100
    assert len({p["score"] for answer in answers for p in answer["predictions"]}) == 1
    assert len(logged(product)) == 100 * 20


def test_a_port_that_is_taken_is_an_error(tmp_path: Path) -> None:
    product = prepared(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        with pytest.raises(StepError, match="cannot listen on") as caught:
            serve_process(product.hosted, port=taken.getsockname()[1])
        assert "another port" in caught.value.remedy


def test_ray_is_told_what_the_plan_says(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    from onespec.runtime.serving.host_ray import build, deployment_options

    product = Product(tmp_path)
    options = deployment_options(product.endpoint)
    assert options["num_replicas"] == 1
    assert options["ray_actor_options"] == {"num_cpus": 1.0}
    large = product.changed(
        replicas=Replicas(2, 5), resources=Resources(0.5, 1 << 30, 0.25, "A10G")
    )
    options = deployment_options(large.endpoint)
    assert options["autoscaling_config"]["min_replicas"] == 2
    assert options["autoscaling_config"]["max_replicas"] == 5
    assert options["ray_actor_options"] == {
        "num_cpus": 0.5,
        "num_gpus": 0.25,
        "memory": 1 << 30,
        "accelerator_type": "A10G",
    }
    made = build({"plan": str(large.write_plan()), "endpoint": "api"})
    assert made._bound_deployment.name == "api"
    with pytest.raises(StepError, match="arguments are"):
        build({"plan": "plan.json", "endpoint": "api", "port": "1"})


def test_ray_is_told_the_arm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ray")
    from onespec.runtime.serving import host_ray

    plan = str(Product(tmp_path).write_plan())
    monkeypatch.setattr(host_ray, "application", lambda hosted: hosted.arm)
    assert host_ray.build({"plan": plan, "endpoint": "api"}) is None
    assert host_ray.build({"plan": plan, "endpoint": "api", "arm": "challenger"}) == "challenger"
    with pytest.raises(StepError, match="no arm 'boss'; the arms are champion, challenger, shadow"):
        host_ray.build({"plan": plan, "endpoint": "api", "arm": "boss"})


def test_ray_does_not_start_for_an_endpoint_without_a_champion(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    from onespec.runtime.serving.host_ray import hosted_ray

    with pytest.raises(StepError, match="no champion"), hosted_ray(Product(tmp_path).hosted):
        pass


@pytest.mark.ray
def test_ray_serve_answers_drains_and_publishes_its_log(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    product = prepared(tmp_path)
    with running(product, "ray") as (_, url):
        answer = predict(url, [ROW, dict(ROW) | {"tailnum": "?"}])
        assert [p["degraded"] for p in answer["predictions"]] == [[], ["airframe: missing"]]
        with pytest.raises(PredictError, match="orgin: is not known; did you mean 'origin'"):
            predict(url, [dict(ROW) | {"orgin": "JFK"}])
        product.promote(bias=1.0)
        deadline = time.monotonic() + 30
        while predict(url, [ROW])["version"] == 1 and time.monotonic() < deadline:
            time.sleep(0.5)
        assert predict(url, [ROW])["version"] == 2
        last = predict(url, [ROW])["request_id"]
    rows = logged(product)
    assert {r["version"] for r in rows} == {1, 2}
    assert last in {r["request_id"] for r in rows}
    assert all(r["time"].timestamp() * 1e6 == NOW for r in rows)
