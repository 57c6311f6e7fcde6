"""Reads and tests the sources, and fills the online store.

Each source becomes a new version of its asset when its data tests have passed, and
each view when it can be looked up. The training waits for the sources.
"""

# Compiled by onespec from pipeline.yaml; edit that file, not this one.

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from functools import cached_property
from pathlib import Path

from airflow.providers.standard.hooks.subprocess import SubprocessHook
from airflow.sdk import DAG, Asset, BaseOperator, Context, Param, TaskGroup
from airflow.sdk.exceptions import (
    AirflowException,
    AirflowFailException,
    AirflowSkipException,
)

HERE = Path(__file__).resolve().parent
PLAN = str(HERE / "plan.json")
PROJECT = str(Path(HERE, "../.."))
ONESPEC = "onespec"
STATE = []
AS_OF = "2026-01-01T00:00:00+00:00"
# A command that ends so is misused, or a gate that stays shut: no retry mends either.
FINAL = (2, 4)
ALL_CACHED = 5
# When these are cached, nothing is to be done.
LAST = ["materialize.history"]


def instant(context: Context) -> str:
    """The instant that all steps of a run go by: the end of its data interval."""
    asked = context["params"]["as_of"]
    # The spec pins it, since its data are historical.
    return asked or AS_OF


class Onespec(BaseOperator):
    """Runs a command of onespec. Airflow renders nothing of it as a template."""

    @cached_property
    def hook(self) -> SubprocessHook:
        return SubprocessHook()

    def onespec(self, context: Context, *words: str) -> str:
        """The last line that the command printed."""
        where = ["--project", PROJECT, *STATE, "--as-of", instant(context)]
        done = self.hook.run_command([ONESPEC, *words, *where])
        if done.exit_code == ALL_CACHED:
            raise AirflowSkipException("all of it is cached")
        if done.exit_code in FINAL:
            raise AirflowFailException("trying it again would not help")
        if done.exit_code:
            raise AirflowException(f"onespec has exited with {done.exit_code}")
        return done.output

    def on_kill(self) -> None:
        self.hook.send_sigterm()


class Step(Onespec):
    """One step of the plan: the task is called as the step is."""

    def execute(self, context: Context) -> None:
        self.onespec(context, "step", PLAN, self.task_id)
        for asset in self.outlets:
            context["outlet_events"][asset].extra = {"as_of": instant(context)}


class AnythingToDo(Onespec):
    """Skips all that follows when it is cached."""

    def execute(self, context: Context) -> None:
        last = [word for step_id in LAST for word in ("--select", step_id)]
        self.onespec(context, "plan", PLAN, "--exit-code", *last)


def step(step_id: str, needs: list[str], **options: object) -> None:
    """The task of a step, after those that it needs."""
    task = Step(task_id=step_id, **options)
    task.set_upstream([task.dag.get_task(other) for other in needs])


with DAG(
    dag_id="order-inspection_features",
    description="Reads and tests the sources, and fills the online store.",
    doc_md=__doc__,
    schedule=None,
    start_date=datetime(2025, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(days=1),
    tags=["onespec", "order-inspection", "features"],
    params={
        "as_of": Param(
            None,
            type=["null", "string"],
            format="date-time",
            description="Pretend that it is this instant, such as 2026-01-31T00:00:00Z.",
        ),
    },
    default_args={
        "retries": 2,
        "retry_delay": timedelta(minutes=1),
        "retry_exponential_backoff": 2,
        "max_retry_delay": timedelta(hours=1),
        "execution_timeout": timedelta(hours=6),
    },
):
    AnythingToDo(task_id="anything_to_do")

    with TaskGroup("sources", prefix_group_id=False):
        # ../customers.yaml:4
        step("source.orders", needs=["anything_to_do"])
        # ../customers.yaml:7
        step(
            "check.orders",
            needs=["source.orders"],
            outlets=[Asset("order-inspection/source/orders")],
        )

    with TaskGroup("views", prefix_group_id=False):
        # ../customers.yaml:18
        step(
            "materialize.history",
            needs=["source.orders", "check.orders"],
            outlets=[Asset("order-inspection/view/history")],
        )
