"""The emitted rules in a real Prometheus, which scrapes a real endpoint."""

import json
import re
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from onespec.compiler.compile import compile_spec
from onespec.compiler.interfaces.metrics import MODEL_VERSION
from onespec.runtime.serving.client import predict
from onespec.runtime.serving.host_process import free_port, hosted_process
from onespec.targets.kubernetes.monitoring.dashboard import dashboard
from onespec.targets.kubernetes.monitoring.rules import rule_groups
from onespec.targets.kubernetes.monitoring.watched import WatchedEndpoint, WatchedJob
from onespec.targets.yaml_text import dump_yaml

from ....runtime.serving.product import ROW, prepared

TESTS = Path(__file__).parents[3]
FLIGHTS = TESTS.parent / "examples" / "flights" / "pipeline.yaml"
PROMETHEUS = shutil.which("prometheus")
HERE = {"namespace": "ml", "service": "flights-api"}

pytestmark = pytest.mark.skipif(PROMETHEUS is None, reason="Prometheus is not installed")


class Prometheus:
    """A running Prometheus, asked over HTTP."""

    def __init__(self, url: str) -> None:
        self._url = url

    def ask(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self._url}/api/v1/{path}", timeout=10) as answer:
            return json.load(answer)["data"]

    def value(self, expression: str) -> float | None:
        """Of an expression with one answer at most."""
        found = self.ask(f"query?query={quote(expression)}")["result"]
        return float(found[0]["value"][1]) if found else None

    def alert(self, name: str) -> str:
        """`inactive`, `pending` or `firing`."""
        return next(str(one["state"]) for one in self.rules() if one["name"] == name)

    def rules(self) -> list[Any]:
        return [rule for group in self.ask("rules")["groups"] for rule in group["rules"]]


@contextmanager
def running(folder: Path, target: str) -> Iterator[Prometheus]:
    """A Prometheus that scrapes and judges every second."""
    assert PROMETHEUS is not None
    port = free_port("127.0.0.1")
    static = {"targets": [target], "labels": HERE}
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": ["rules.yaml"],
        "scrape_configs": [
            {"job_name": "onespec", "honor_labels": True, "static_configs": [static]}
        ],
    }
    (folder / "prometheus.yaml").write_text(dump_yaml(config))
    words = [
        *(PROMETHEUS, "--config.file", "prometheus.yaml", "--storage.tsdb.path", "data"),
        *("--web.listen-address", f"127.0.0.1:{port}", "--log.level", "error"),
    ]
    with (folder / "log.txt").open("w") as log:
        process = subprocess.Popen(words, cwd=folder, stdout=log, stderr=log)
        try:
            yield Prometheus(f"http://127.0.0.1:{port}")
        finally:
            process.kill()
            process.wait()


def until(holds: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            if holds():
                return
        except OSError:  # it does not listen yet
            pass
        assert time.monotonic() < deadline, "it did not come to hold"
        time.sleep(0.2)


def test_rules_see_what_an_endpoint_counts(tmp_path: Path) -> None:
    (tmp_path / "product").mkdir()
    product = prepared(tmp_path / "product")
    plan = compile_spec(FLIGHTS)
    endpoint = WatchedEndpoint(product.endpoint, "flights-api", "flights-api", {})
    job = WatchedJob("nightly", "flights-nightly", "pipeline.yaml:1")
    groups = rule_groups(plan, (endpoint,), (job,))
    (tmp_path / "rules.yaml").write_text(dump_yaml({"groups": groups}))
    told = (tmp_path / "rules.yaml").read_text() + dashboard(plan, (endpoint,), ())
    names = set(re.findall(r"\bonespec_[a-z_]+", told))
    assert len(names) >= 9
    port = free_port("127.0.0.1")
    with running(tmp_path, f"127.0.0.1:{port}") as prometheus:
        with hosted_process(product.hosted, port=port) as url:
            predict(url, [ROW, dict(ROW) | {"tailnum": "?"}])  # of which one is degraded
            until(lambda: prometheus.value("sum(onespec_rows_total)") == 2)
            assert names <= set(prometheus.ask("label/__name__/values"))
            until(lambda: all(_judged(rule) for rule in prometheus.rules()))
            assert len(prometheus.rules()) == sum(len(group["rules"]) for group in groups)
            assert {rule["health"] for rule in prometheus.rules()} == {"ok"}
            until(lambda: {rule["state"] for rule in prometheus.rules()} == {"inactive"})
            found = prometheus.ask(f"query?query={quote(_VERSION)}")["result"]
            assert [one["metric"] for one in found] == [HERE]
            assert prometheus.value(_VERSION) == 1
        # The control: nobody answers any more.
        until(lambda: prometheus.alert("OnespecEndpointDown") == "pending")


_VERSION = f"max by (namespace, service) ({MODEL_VERSION})"


def _judged(rule: Any) -> bool:
    return not rule["lastEvaluation"].startswith("0001-")
