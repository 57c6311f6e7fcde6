"""The commands of every object, run as the manifest says: the whole life of a small product."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from onespec.compiler.compile import compile_spec
from onespec.targets.kubernetes.target import KUBERNETES

from .bundles import REPO, settings_of
from .pods import Node, needs_namespaces
from .validate import needs_kubectl, render

pytestmark = [needs_kubectl, needs_namespaces, pytest.mark.slow]

BATCHES = """
  nightly:
    batch: {model: will_return, source: orders, last: 30d, output: data/scores/}
    schedule: "0 2 * * *"
  by_hand:
    batch: {model: will_return, source: orders, last: 7d, output: more/}
"""
_ORDER = {"customer": "c097", "amount": 20.0, "ordered_at": "2026-01-01T00:00:00Z"}
ORDER = json.dumps({"rows": [_ORDER]})


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Node:
    """examples/minimal with two batches, compiled and applied: an empty volume, and no pods."""
    folder = tmp_path_factory.mktemp("node")
    folder.chmod(0o755)
    project = folder / "project"
    shutil.copytree(REPO / "examples" / "minimal", project)
    spec = project / "pipeline.yaml"
    text = spec.read_text()
    spec.write_text(text.replace("\nmonitor:", f"{BATCHES}\nmonitor:"))
    return Node(project, folder, _applied(spec, folder / "bundle"))


def _applied(spec: Path, folder: Path) -> list[dict[str, Any]]:
    """The objects of a spec, as `kubectl apply -k` sends them."""
    plan = compile_spec(spec)
    for one in KUBERNETES.emit(plan, settings_of(plan)):
        path = folder / one.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(one.text)
    return render(folder / "base")


def _run(node: Node, name: str, seconds: float = 120) -> str:
    """A Job of a CronJob, as `kubectl create job --from` makes it; its log."""
    spec = node.find("CronJob", name)["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    with node.pod(spec) as pod:
        assert pod.wait(seconds) == 0, pod.log
        return pod.log


@pytest.fixture(scope="module")
def trained(node: Node) -> str:
    """The log of the first run, after which there is a champion."""
    return _run(node, "order-returns-main")


def test_the_pipeline_trains_a_champion_on_the_volume(node: Node, trained: str) -> None:
    state = node.claim("order-returns-state")
    assert (state / "ledger.sqlite").is_file()
    assert "champion" in trained
    assert (state / "ledger.sqlite").stat().st_uid == 10001


def test_a_pod_goes_on_where_another_was(node: Node, trained: str) -> None:
    again = _run(node, "order-returns-main")
    assert "cached" in again
    assert "train.will_return" not in "".join(
        line for line in again.splitlines() if "cached" not in line and "✓" in line
    )


def test_a_gate_that_stays_shut_ends_the_job_for_good(node: Node, trained: str) -> None:
    spec = node.project / "pipeline.yaml"
    text = spec.read_text()
    spec.write_text(text.replace("test.roc_auc >= 0.60", "test.roc_auc >= 0.999"))
    assert spec.read_text() != text
    try:
        stricter = Node(node.project, node.folder, _applied(spec, node.folder / "stricter"))
    finally:
        spec.write_text(text)
    job = stricter.find("CronJob", "order-returns-main")["spec"]["jobTemplate"]["spec"]
    with stricter.pod(job["template"]["spec"]) as pod:
        code = pod.wait(120)
        assert "0.999" in pod.log
    rules = {rule["action"]: rule for rule in job["podFailurePolicy"]["rules"]}
    assert code in rules["FailJob"]["onExitCodes"]["values"]


@pytest.mark.parametrize(
    ("job", "folder"),
    [("order-returns-nightly", "data/scores"), ("order-returns-by-hand", "more")],
)
def test_a_batch_leaves_its_scores_on_the_volume(
    job: str, folder: str, node: Node, trained: str
) -> None:
    kept = node.claim("order-returns-state") / "outputs" / folder
    _run(node, job)
    (scores,) = kept.rglob("scores.parquet")
    assert scores.stat().st_size > 0
    assert not [*(node.project / folder).iterdir()], "the project is part of the image"


@pytest.fixture
def server(node: Node, trained: str) -> Iterator[Any]:
    spec = node.find("Deployment", "order-returns-api")["spec"]["template"]["spec"]
    with node.pod(spec) as pod:
        pod.probe(pod.container["startupProbe"], 60)
        yield pod


def test_the_server_is_probed_answers_and_drains(node: Node, server: Any) -> None:
    server.probe(server.container["livenessProbe"], 5)
    server.probe(server.container["readinessProbe"], 5)
    (port,) = node.find("Service", "order-returns-api")["spec"]["ports"]
    answer = json.loads(server.call(port["port"], "/v1/predict", ORDER))
    assert 0 <= answer["predictions"][0]["score"] <= 1
    server.stop()
    grace = node.find("Deployment", "order-returns-api")["spec"]["template"]["spec"]
    assert server.wait(grace["terminationGracePeriodSeconds"]) == 0, server.log
    log = node.claim("order-returns-state") / "predictions"
    assert [*log.rglob("*.parquet")], "what was answered is in the prediction log"


def test_the_monitor_looks_at_what_was_served(node: Node, server: Any) -> None:
    server.stop()
    server.wait(60)
    log = _run(node, "order-returns-health")
    assert "health" in log
    assert (node.claim("order-returns-state") / "reports" / "health.html").is_file()


def test_a_server_without_a_champion_ends_with_a_reason(node: Node, tmp_path: Path) -> None:
    empty = Node(node.project, tmp_path, node.objects)
    tmp_path.chmod(0o755)
    spec = node.find("Deployment", "order-returns-api")["spec"]["template"]["spec"]
    with empty.pod(spec) as pod:
        assert pod.wait(60) == 1
        assert "champion" in pod.log


# --- the stand-in is strict ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["touch", "/app/x"], "Read-only file system"),
        (["touch", "/usr/x"], "Read-only file system"),
        (["touch", "/onespec/x"], "Read-only file system"),
        (["touch", "/state/x"], ""),
        (["id", "-u"], "10001"),
        (["chown", "0", "/state"], "Operation not permitted"),
        (["grep", "CapBnd", "/proc/self/status"], "0000000000000000"),
    ],
)
def test_a_container_may_do_what_its_manifest_says(
    command: list[str], told: str, node: Node
) -> None:
    spec = node.find("Deployment", "order-returns-api")["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    other = {**container, "command": command[:1], "args": command[1:]}
    with node.pod({**spec, "containers": [other]}) as pod:
        code = pod.wait(20)
        assert told in pod.log
        assert (code == 0) == (told in ("", "10001", "0000000000000000"))


def test_a_manifest_without_its_state_is_found(node: Node) -> None:
    spec = node.find("CronJob", "order-returns-main")["spec"]["jobTemplate"]["spec"]["template"]
    (container,) = spec["spec"]["containers"]
    fewer = [mount for mount in container["volumeMounts"] if mount["name"] != "state"]
    other = {**container, "volumeMounts": fewer}
    with node.pod({**spec["spec"], "containers": [other]}) as pod:
        assert pod.wait(60) != 0
