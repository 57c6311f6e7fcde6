"""The bundle on one machine: its DAGs, each run once by a real Airflow."""

import shutil

from ...compiler.plan import Plan
from ..rehearsal import Act, CannotRehearse, Rehearsal, Stage
from .bundle import bundle
from .flows import flows
from .settings import AirflowSettings, RunIn

PROGRAM = "airflow"
_MAIN = ("features", "training", "batch")
"""The DAGs that together run the main job, in the order in which one starts the next."""


def rehearse(plan: Plan, settings: AirflowSettings, stage: Stage) -> Rehearsal:
    """`airflow dags test` of each DAG of the main job; steps run by the `onespec` on the PATH.

    Raises CannotRehearse where there is no Airflow.
    """
    named = stage.programs.get(PROGRAM, PROGRAM)
    program = shutil.which(named)
    if program is None:
        raise CannotRehearse(f"there is no program {named}; name that of an environment of its own")
    here = {
        "bundle": stage.bundle.relative_to(stage.project).as_posix(),
        "project": str(stage.project),
        "state": str(stage.state),
        "run_in": RunIn(virtualenv=None),
        "pool": None,
    }
    env = {
        "AIRFLOW_HOME": str(stage.scratch),
        "AIRFLOW__CORE__DAGS_FOLDER": str(stage.bundle),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    }
    asked = sorted(
        (flow for flow in flows(plan, None, None) if flow.kind in _MAIN),
        key=lambda flow: _MAIN.index(flow.kind),
    )
    acts = [Act("airflow.cfg", (program, "db", "migrate"), env)]
    acts += [
        Act(f"{flow.dag_id.replace('-', '_')}.py", (program, "dags", "test", flow.dag_id), env)
        for flow in asked
    ]
    files = tuple(bundle(plan, settings.model_copy(update=here)))
    return Rehearsal(files, tuple(acts))
