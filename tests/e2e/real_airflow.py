"""A real Airflow in its own environment, whose folder and database end with the tests."""

import json
import os
import sqlite3
import sys
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any

import onespec

from .project import REPO, Done, environment, started

SECONDS = 800.0
PROGRAMS = REPO / ".peers" / "airflow" / "bin"

# What Airflow makes of folders of DAG files, as a line of JSON.
_LOOK = """
import json, sys, warnings
from airflow.dag_processing.dagbag import DagBag

def told(folder):
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        bag = DagBag(folder)
    return {
        "errors": bag.import_errors,
        "warnings": [f"{w.filename}: {w.message}" for w in heard],
        "dags": {
            dag.dag_id: {
                "doc": dag.doc_md,
                "schedule": type(dag.timetable).__name__,
                "tasks": {
                    task.task_id: {
                        "needs": sorted(task.upstream_task_ids),
                        "templated": list(task.template_fields),
                        "group": task.task_group.group_id if task.task_group else None,
                        "pool": [task.pool, task.pool_slots],
                        "outlets": [one.name for one in task.outlets],
                    }
                    for task in dag.tasks
                },
            }
            for dag in bag.dags.values()
        },
    }

print()
print(json.dumps({folder: told(folder) for folder in sys.argv[1:]}))
"""

# The pods that tasks would be run in, as Kubernetes would be sent them.
_PODS = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
from kubernetes.client import ApiClient

pods = []
for dag in DagBag(sys.argv[1]).dags.values():
    for task in dag.tasks:
        task.arguments = ["step", "plan.json", task.task_id]
        pod = task.build_pod_request_obj(dry_run=True)
        pods.append(ApiClient().sanitize_for_serialization(pod))
print()
print(json.dumps(pods))
"""

# `airflow dags test` for one DAG after the other, in one process: Airflow takes seconds to start.
_TEST = """
import json, sys
from airflow.__main__ import main

for dag_id, conf in json.loads(sys.argv[1]):
    sys.argv = ["airflow", "dags", "test", dag_id, "--conf", json.dumps(conf)]
    try:
        main()
    except SystemExit as ended:
        print(dag_id, "has exited with", ended.code)
"""


@dataclass(frozen=True)
class Run:
    """A run of a DAG, and how each of its tasks has ended."""

    run_id: str
    state: str
    interval_end: str | None
    tasks: Mapping[str, str | None]
    tries: Mapping[str, int]


@dataclass(frozen=True)
class RealAirflow:
    """Commands of Airflow with a home of their own; the `onespec` that tasks find is this one."""

    home: Path

    def environment(self, dags: Path) -> dict[str, str]:
        """SQLite, no examples, and nothing of an Airflow that this machine may have."""
        kept = {k: v for k, v in environment().items() if not k.startswith("AIRFLOW")}
        paths = (str(self.home / "bin"), str(PROGRAMS), kept["PATH"])
        return {
            **kept,
            "PATH": os.pathsep.join(paths),
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
            # A scheduler at work holds it for seconds at times.
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{self.home}/airflow.db?timeout=60",
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        }

    def call(self, *words: str, dags: Path | None = None, program: str = "airflow") -> Done:
        """A command; it must succeed."""
        command = [str(PROGRAMS / program), *words]
        with started(command, self.home, self.environment(dags or self.home / "dags")) as process:
            out, err = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, f"{words}\n{out}\n{err}"
        return Done(process.returncode, out, err)

    def look(self, folders: Iterable[Path]) -> dict[Path, Any]:
        """What Airflow reads in each folder of DAG files: errors, warnings, DAGs with tasks."""
        done = self.call("-c", _LOOK, *map(str, folders), program="python")
        found: dict[str, Any] = json.loads(done.out.splitlines()[-1])
        return {Path(folder): told for folder, told in found.items()}

    def pods(self, folder: Path) -> list[dict[str, Any]]:
        """The pods of all tasks in a folder of DAG files whose steps run in pods."""
        done = self.call("-c", _PODS, str(folder), program="python")
        pods: list[dict[str, Any]] = json.loads(done.out.splitlines()[-1])
        return pods

    def test(self, dags: Path, *dag_ids: str, conf: Mapping[str, Any] | None = None) -> Done:
        """`airflow dags test` for each DAG in turn. What became of the tasks is in `runs`."""
        asked = json.dumps([[dag_id, conf or {}] for dag_id in dag_ids])
        return self.call("-c", _TEST, asked, dags=dags, program="python")

    def runs(self, dag_id: str) -> list[Run]:
        """The runs of a DAG in Airflow's database, the oldest first."""
        runs = self._rows(
            "select run_id, state, data_interval_end from dag_run where dag_id = ? order by id",
            dag_id,
        )
        tasks = self._rows(
            "select run_id, task_id, state, try_number from task_instance where dag_id = ?", dag_id
        )
        return [
            Run(
                run_id,
                state,
                end,
                {task: how for run, task, how, _ in tasks if run == run_id},
                {task: tries for run, task, _, tries in tasks if run == run_id},
            )
            for run_id, state, end in runs
        ]

    def asset_events(self, asset: str) -> list[dict[str, Any]]:
        """The `extra` of each new version of an asset."""
        query = (
            "select e.extra from asset_event e join asset a on a.id = e.asset_id "
            "where a.name = ? order by e.id"
        )
        return [json.loads(extra) for (extra,) in self._rows(query, asset)]

    def unpause(self, dag_id: str) -> bool:
        """Let a DAG be scheduled; False when Airflow does not know it yet."""
        with closing(sqlite3.connect(self.home / "airflow.db", timeout=30)) as database:
            done = database.execute("update dag set is_paused = 0 where dag_id = ?", (dag_id,))
            database.commit()
            return done.rowcount == 1

    def _rows(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.home / "airflow.db", timeout=30)) as database:
            return database.execute(query, values).fetchall()


def made_airflow(home: Path) -> RealAirflow:
    """An Airflow whose database is made, and an `onespec` for its tasks."""
    programs = home / "bin"
    programs.mkdir(parents=True)
    command = programs / "onespec"
    # The path is for this command alone: Airflow must not see our packages.
    package = Path(onespec.__file__).parent.parent
    run = f"PYTHONPATH={quote(str(package))} exec {quote(sys.executable)} -m onespec"
    command.write_text(f'#!/bin/sh\n{run} "$@"\n', "utf-8")
    command.chmod(0o755)
    (home / "dags").mkdir()
    airflow = RealAirflow(home)
    airflow.call("db", "migrate")
    return airflow
