"""Two machines that share their stores and nothing else: what one has done, the other has."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient
from servers.postgresql import PostgresServer
from servers.redis import RedisServer
from servers.s3 import S3Server

from onespec.compiler.plan import ArtifactsAt
from onespec.compiler.plan_file import plan_text
from onespec.runtime.open import place_of
from onespec.runtime.serving.open import Hosted
from onespec.runtime.single import run_single

from .project import EXAMPLES, Project, copy_of_example, keys_of, of_state

pytestmark = pytest.mark.slow

ROWS = [
    {"customer": f"customer-{n}", "amount": 10.0 * n, "ordered_at": "2025-12-30T12:00:00Z"}
    for n in range(20)
]


def section(at: ArtifactsAt) -> dict[str, Any]:
    """`stores.artifacts`, as a spec says it."""
    return {
        "path": at.path,
        "endpoint": at.endpoint,
        "access_key": f"secret:{at.access_key}",
        "secret_key": f"secret:{at.secret_key}",
    }


@pytest.fixture
def stores(
    s3: S3Server,
    postgresql: PostgresServer,
    redis_server: RedisServer,
    monkeypatch: pytest.MonkeyPatch,
) -> Mapping[str, Any]:
    """`stores:` with a place of this test's own on each server."""
    monkeypatch.setenv("LEDGER_PASSWORD", postgresql.password)
    monkeypatch.setenv("REDIS_PASSWORD", redis_server.password)
    return {
        "artifacts": section(s3.place()),
        "ledger": {"url": postgresql.database(), "password": "secret:LEDGER_PASSWORD"},
        "online": {"url": redis_server.url, "password": "secret:REDIS_PASSWORD"},
    }


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, dict[str, Any]]:
    """The project after a run on the embedded stores, and what the run has told."""
    project = machine(tmp_path_factory.mktemp("embedded") / "project", {})
    return project, project.run()


def machine(folder: Path, stores: Mapping[str, Any]) -> Project:
    """The project, checked out on a machine of its own: no state, and the stores in the spec."""
    project = copy_of_example("minimal", folder)
    shutil.copytree(EXAMPLES / "minimal" / "data", folder / "data")
    with project.spec.open("a", encoding="utf-8") as spec:
        spec.write(yaml.safe_dump({"stores": dict(stores)}))
    return project


def hashes(project: Project, steps: Mapping[str, Any]) -> dict[str, Any]:
    """What each step made, by content; but for the probe, which tells how long answers took."""
    return {
        step_id: {name: blob.sha256 for name, blob in value.files.items()}
        for step_id, value in project.values(keys_of(steps)).items()
        if not step_id.startswith("probe.")
    }


def local(project: Project) -> set[str]:
    """The files of values that a machine has, by content."""
    found = (project.state / "cache" / "blobs").rglob("*")
    return {path.name for path in found if path.is_file()}


def test_what_one_machine_has_done_the_other_has(
    alone: tuple[Project, dict[str, Any]], stores: Mapping[str, Any], tmp_path: Path
) -> None:
    by_itself, embedded = alone
    one, two = (machine(tmp_path / name, stores) for name in ("one", "two"))
    first = one.run()
    assert of_state(first, "done") == set(first)

    # The same steps, keys and bytes as on the embedded stores, which were not made.
    assert keys_of(first) == keys_of(embedded)
    assert hashes(one, first) == hashes(by_itself, embedded)
    left = {path.name for path in one.state.iterdir()}
    assert not left & {"store", "ledger.sqlite", "online.sqlite", "predictions"}

    # The second machine finds all done, and fetches nothing; and then foretells that.
    second = two.run()
    assert of_state(second, "cached") == set(first)
    assert keys_of(second) == keys_of(first)
    assert local(two) == set()
    foretold = two.call("plan", "--json").json()["steps"]
    assert {step["status"] for step in foretold} == {"cached"}
    shown = two.call("models", "show", "will_return", "--json").json()
    assert (shown["version"], shown["aliases"]) == (1, ["champion"])

    # It serves, with the online features of the first, and logs where the first looks.
    with_features = served(two, ROWS)
    assert with_features == served(by_itself, ROWS)
    assert not (two.state / "predictions").exists()
    told = one.call("monitor", "run", "health", "--json", "--executor", "inline")
    assert f'"rows": {len(ROWS)},' in told.out, told.out


def test_single_steps_on_two_machines_are_one_run(
    alone: tuple[Project, dict[str, Any]], stores: Mapping[str, Any], tmp_path: Path
) -> None:
    """Each machine runs every other step, and reads what the other has made."""
    by_itself, steps = alone
    pair = [machine(tmp_path / name, stores) for name in ("one", "two")]
    results = {}
    for number, step in enumerate(pair[0].plan()):
        if step.id not in steps:
            continue
        project = pair[number % 2]
        place = place_of(project.plan(), project.folder)
        results[step.id] = run_single(project.plan(), step.id, place, run_id="one run")
    assert {result.state for result in results.values()} == {"done"}
    assert {step_id: result.key for step_id, result in results.items()} == keys_of(steps)
    assert hashes(pair[0], steps) == hashes(by_itself, steps)
    assert pair[0].states() == pair[1].states()
    (pair[1].folder / "plan.json").write_text(plan_text(pair[1].plan()))
    told = pair[1].call("step", "plan.json", "train.will_return", "--project", ".")
    assert "cached" in told.out + told.err


def served(project: Project, rows: list[dict[str, Any]]) -> list[Any]:
    """Ask the endpoint, and end it, so that its log is written; the predictions."""
    hosted = Hosted.of(project.plan(), "api", project.folder)
    with TestClient(hosted.open()) as client:
        answer = client.post("/v1/predict?explain=features", json={"rows": rows})
        assert answer.status_code == 200, answer.text
        predictions: list[Any] = answer.json()["predictions"]
        return predictions
