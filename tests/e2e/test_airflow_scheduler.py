"""A real scheduler of Airflow: Assets, a killed task, an alert, a shut gate, a backfill."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.request import urlopen

import pytest

from .project import EXAMPLES, Project, copy_of_example, of_state
from .real_airflow import PROGRAMS, RealAirflow, Run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # a process a step, two at once

SECONDS = 200.0
AIRFLOW = '  airflow:\n    schedule: "@daily"\n'
QUICK = AIRFLOW + "    retry_delay: 1s\n"
BATCH = """deploy:
  scored:
    batch: {model: will_return, source: orders, output: data/scores/}
"""
# No version can be as good as this monitor asks, and none passes the gate of `strict`.
WATCH = """monitor:
  quality:
    watch: scored
    window: 90d
    performance: {metric: roc_auc, min: 0.99}
    on_alert: [retrain: will_return]
"""
HEALTH = "monitor:\n  health:\n    watch: api\n    every: 1d\n    drift: {alert: 0.25}\n"
GATE = "- test.roc_auc >= 0.60"
PINNED = (
    "as_of: 2026-01-01T00:00:00Z          # the data ends here; leave this out to run as of now\n"
)


@dataclass(frozen=True)
class Scheduler:
    """An `airflow standalone` at work on three products, below one folder of DAG files."""

    airflow: RealAirflow
    dags: Path
    loose: Project
    strict: Project
    daily: Project
    log: Path

    def call(self, *words: str) -> None:
        self.airflow.call(*words, dags=self.dags)

    def unpause(self, *dag_ids: str) -> None:
        """As the switch of Airflow's page does; its command line takes seconds to start."""
        for dag_id in dag_ids:
            self.until(
                lambda dag_id=dag_id: self.airflow.unpause(dag_id), f"{dag_id} in the database"
            )

    def ended(self, dag_id: str, count: int = 1) -> list[Run]:
        """The runs of a DAG, when so many have ended."""

        def over() -> bool:
            runs = self.airflow.runs(dag_id)
            return sum(run.state in ("success", "failed") for run in runs) >= count

        self.until(over, f"{count} runs of {dag_id} to end")
        return self.airflow.runs(dag_id)

    def until(self, holds: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + SECONDS
        while not holds():
            if time.monotonic() > deadline:
                raise AssertionError(f"waited in vain for {what}\n{self.log.read_text()[-5000:]}")
            time.sleep(0.2)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def answers(url: str) -> bool:
    """Standalone says that it is ready when its API server is not yet."""
    try:
        with urlopen(f"{url}/api/v2/monitor/health", timeout=5) as told:
            return bool(told.status == HTTPStatus.OK)
    except OSError:
        return False


def product(folder: Path, *edits: tuple[str, str]) -> Project:
    """The minimal example with data, under a name of its own, changed and compiled."""
    project = copy_of_example("minimal", folder)
    shutil.copytree(EXAMPLES / "minimal" / "data", folder / "data")
    project.change(("name: order-returns", f"name: {folder.name}"), (AIRFLOW, QUICK), *edits)
    project.call("compile", "-t", "airflow")
    return project


@pytest.fixture(scope="module")
def scheduler(
    airflow: RealAirflow, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scheduler]:
    folder = tmp_path_factory.mktemp("scheduler")
    dags = folder / "products"
    loose = product(dags / "loose", (HEALTH, WATCH), ("deploy:\n", BATCH))
    # What comes before its gate is the same, and found in the store of the other.
    stricter = (GATE, GATE.replace("0.60", "0.99"))
    shared = (QUICK, f'{QUICK}    state: "{loose.state}"\n')
    strict = product(dags / "strict", stricter, shared)
    daily = product(dags / "daily", (PINNED, "# "))
    url = f"http://127.0.0.1:{free_port()}"
    settings = {
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": url.rpartition(":")[2],
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__CORE__PARALLELISM": "2",
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
    }
    log = folder / "standalone.log"
    with log.open("w") as told:
        process = subprocess.Popen(
            [str(PROGRAMS / "airflow"), "standalone"],
            cwd=airflow.home,
            env=airflow.environment(dags) | settings,
            stdout=told,
            stderr=told,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            made = Scheduler(airflow, dags, loose, strict, daily, log)
            made.until(lambda: answers(url), "the API server, which the tasks talk to")
            yield made
        finally:
            # Each component leads processes of its own: they end when it is asked to.
            tree = descendants(process.pid)
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            for pid in tree:
                kill(pid)


def descendants(pid: int) -> list[int]:
    """The processes below one, from /proc."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(entry.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(entry.parent.name))
    found, waiting = [], [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def command_of(project: Project, step_id: str) -> int | None:
    """The process of a step of a product, when it is at work."""
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        here = any(word.startswith(str(project.folder)) for word in words)
        if "onespec" in words and step_id in words and here:
            return int(entry.parent.name)
    return None


@pytest.fixture(scope="module")
def trained(scheduler: Scheduler) -> Run:
    """The training that the features of a scheduled run have started; its `train` was killed."""
    scheduler.unpause("loose_training", "loose_batch_scored", "loose_features")
    killed: list[int] = []

    def killing() -> bool:
        pid = command_of(scheduler.loose, "train.will_return")
        if pid is not None:
            kill(pid)
            killed.append(pid)
        return bool(killed)

    scheduler.until(killing, "the process of train.will_return")
    (run,) = scheduler.ended("loose_training")
    return run


def test_assets_start_the_training_and_hand_on_the_instant(
    scheduler: Scheduler, trained: Run
) -> None:
    (features,) = scheduler.airflow.runs("loose_features")
    assert set(features.tasks.values()) == {"success"}
    (event,) = scheduler.airflow.asset_events("loose/source/orders")
    assert event["as_of"] == "2026-01-01T00:00:00+00:00"
    assert trained.state == "success"
    assert set(trained.tasks.values()) == {"success"}


def test_a_killed_task_is_tried_again_and_published_once(
    scheduler: Scheduler, trained: Run
) -> None:
    assert trained.tries["train.will_return"] == 2
    others = {task for task, tries in trained.tries.items() if tries != 1}
    assert others == {"train.will_return"}
    with scheduler.loose.workspace() as workspace:
        versions = workspace.ledger.versions("will_return")
        assert [(v.version, v.aliases) for v in versions] == [(1, ("champion",))]
    scheduler.ended("loose_batch_scored")  # which is a part of the run, too
    steps = scheduler.loose.run()
    assert of_state(steps, "cached") == set(steps), "a run finds all that Airflow has made"


def test_a_new_champion_starts_the_batch(scheduler: Scheduler, trained: Run) -> None:
    (run,) = scheduler.ended("loose_batch_scored")
    assert run.state == "success"
    assert (scheduler.loose.folder / "data" / "scores").is_dir()
    assert trained.state == "success"


def test_an_alert_starts_a_retraining_with_its_evidence(scheduler: Scheduler, trained: Run) -> None:
    assert trained.state == "success"
    scheduler.ended("loose_batch_scored")
    scheduler.unpause("loose_monitor_quality", "loose_retraining_will_return")
    scheduler.call("dags", "trigger", "loose_monitor_quality")
    (watched,) = scheduler.ended("loose_monitor_quality")
    assert (watched.state, watched.tasks["alert"]) == ("success", "success")
    (event,) = scheduler.airflow.asset_events("loose/retraining/will_return")
    assert event["as_of"] == "2026-01-01T00:00:00+00:00"
    assert event["evidence"]["checks"]["performance"] == "alert"
    (run,) = scheduler.ended("loose_retraining_will_return")
    assert run.state == "success"
    assert run.tasks["anything_to_do"] == "skipped", "there is nothing new to learn from"
    assert set(run.tasks.values()) == {"skipped"}


def test_a_gate_that_stays_shut_stops_what_stands_on_it(scheduler: Scheduler, trained: Run) -> None:
    assert trained.state == "success"
    scheduler.unpause("strict_training")
    scheduler.call("dags", "trigger", "strict_training")
    (run,) = scheduler.ended("strict_training")
    assert run.state == "failed"
    assert run.tasks["gate.will_return"] == "failed"
    assert run.tries["gate.will_return"] == 1, "no retry mends a gate"
    assert run.tasks["promote.will_return"] == "upstream_failed"
    others = {i for i, state in run.tasks.items() if state != "success"}
    assert others == {"gate.will_return", "promote.will_return"}
    with scheduler.loose.workspace() as workspace:
        champion = workspace.ledger.version("will_return", "champion")
        assert champion is not None
        assert champion.version == 1


def test_a_backfill_gives_each_interval_its_instant(scheduler: Scheduler) -> None:
    days = ("--from-date", "2025-12-01", "--to-date", "2025-12-03")
    scheduler.unpause("daily_features")
    scheduler.call("backfill", "create", "--dag-id", "daily_features", *days)

    def filled() -> list[Run]:
        runs = scheduler.airflow.runs("daily_features")
        return [r for r in runs if r.run_id.startswith("backfill")]

    scheduler.until(
        lambda: [r.state for r in filled()] == ["success"] * 3, "three intervals to succeed"
    )
    assert all(set(run.tasks.values()) == {"success"} for run in filled())
    told = {e["as_of"] for e in scheduler.airflow.asset_events("daily/view/history")}
    assert told >= {f"2025-12-0{day}T00:00:00+00:00" for day in (2, 3, 4)}


def test_two_attempts_of_a_task_at_once_publish_once(tmp_path: Path) -> None:
    """What Airflow does when it has lost sight of a worker that is still at work: the command of
    the task, four times at once."""
    twice = product(tmp_path / "twice")
    plan = ("step", "build/airflow/plan.json")
    for before in ("source.orders", "check.orders"):
        twice.call(*plan, before)
    words = (*plan, "examples.will_return", "--json")
    with ThreadPoolExecutor(4) as pool:
        found = [json.loads(done.out) for done in pool.map(lambda _: twice.call(*words), range(4))]
    (key,) = {one["key"] for one in found}
    assert {one["state"] for one in found} <= {"done", "cached"}
    assert twice.values({"examples.will_return": key})["examples.will_return"].files
    manifests = [p.name for p in (twice.state / "store" / "values").rglob("*") if p.is_file()]
    assert len(manifests) == 3, "one for each step, whoever made it"
