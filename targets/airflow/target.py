"""The Airflow target: one DAG file for each schedule, which runs the plan's steps."""

from collections.abc import Iterator

from ...compiler.plan import Plan
from ..artifact import Artifact
from ..rehearsal import Rehearsal, Stage
from ..target import Problem
from .capabilities import CAPABILITIES
from .settings import AirflowSettings


class AirflowTarget:
    """Emits `plan.json` and a file for each DAG."""

    name = "airflow"
    summary = "DAGs of Airflow 3 that run the steps on its workers, in pods or on Ray"
    settings = AirflowSettings
    capabilities = CAPABILITIES

    def check(self, plan: Plan, settings: AirflowSettings) -> Iterator[Problem]:
        """E614, E615 and W618."""
        from .check import problems

        return problems(plan, settings)

    def emit(self, plan: Plan, settings: AirflowSettings) -> Iterator[Artifact]:
        """The bundle."""
        from .bundle import bundle  # what writes files is not needed to check a spec

        return bundle(plan, settings)

    def rehearse(self, plan: Plan, settings: AirflowSettings, stage: Stage) -> Rehearsal:
        """By the DAGs, on the Airflow that is named."""
        from .rehearse import rehearse

        return rehearse(plan, settings, stage)


AIRFLOW = AirflowTarget()
