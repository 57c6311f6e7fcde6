"""One step on its own, as the targets call it: `onespec step PLAN STEP`."""

import uuid

from ..compiler.plan import Plan, Step
from ..compiler.upstream import upstream
from .devices import place_here
from .errors import StepError
from .events import StepResult, failure_state
from .execute import Task, as_step_error, attempt, result_of
from .kept_plans import keep_plan
from .keys import Recipe, find, resolve
from .library import Library, built_in
from .needed_libraries import require_libraries
from .open import Place
from .records import record_of
from .tracking.after_run import project_results
from .workspace import Workspace


def run_single(
    plan: Plan,
    step_id: str,
    place: Place,
    *,
    force: bool = False,
    library: Library = built_in,
    run_id: str | None = None,
) -> StepResult:
    """Run one step whose inputs are published; done already, it is `cached`. Never raises what the
    step raises: it is in the result. Raises StepError when the plan has no such step.

    Calls that share a `run_id` are steps of one run, which nobody ends; without one the call is a
    run of its own.
    """
    step = _step_of(plan, step_id)
    with place.open(plan) as workspace:
        name = run_id or uuid.uuid4().hex
        kept = keep_plan(plan, workspace)
        workspace.ledger.start_run(
            name, plan.name, {"spec": plan.spec, "plan": kept, "single": step_id}
        )
        result, recipe = _attempt(step, workspace, library, force)
        workspace.ledger.record_steps(name, [record_of(result, recipe)])
        if run_id is None:
            workspace.ledger.finish_run(name, "done" if result.good else result.state)
        project_results(workspace, {step_id: result})
    return result


def _attempt(
    step: Step, workspace: Workspace, library: Library, force: bool
) -> tuple[StepResult, Recipe | None]:
    try:
        recipes = _recipes(step, workspace, library)
        recipe = recipes[step.id]
        value, held = find(step, recipe.key, workspace, library)
    except Exception as error:
        problem = as_step_error(error, step.id, step.fingerprint, workspace.state)
        return StepResult(step.id, failure_state(problem), error=problem), None
    if value is not None and held and not force:
        return StepResult(step.id, "cached", recipe.key, value=value), recipe
    for guard in step.guards:
        if workspace.store.find(recipes[guard].key) is None:
            return StepResult(step.id, "blocked", recipe.key, error=_unguarded(guard)), recipe
    try:
        require_libraries([step])
        lacking = place_here([step]).get(step.id, "")
    except StepError as error:
        return StepResult(step.id, "failed", recipe.key, error=error), recipe
    task = Task(workspace.plan, step.id, recipe.key, recipe.inputs, force, lacking)
    return result_of(attempt(task, workspace, library), recipe.key), recipe


def _recipes(step: Step, workspace: Workspace, library: Library) -> dict[str, Recipe]:
    """The recipes of the step and of everything upstream."""
    needed = upstream(workspace.plan, [step.id])
    recipes: dict[str, Recipe] = {}
    for other in workspace.plan:
        if other.id in needed:
            keys = {step_id: recipes[step_id].key for step_id in other.inputs}
            recipes[other.id] = resolve(other, keys, workspace, library)
    return recipes


def _unguarded(guard: str) -> StepError:
    return StepError(
        f"not run, because {guard} has not passed", remedy=f"run the step {guard} first"
    )


def _step_of(plan: Plan, step_id: str) -> Step:
    try:
        return plan.step(step_id)
    except KeyError:
        known = ", ".join(step.id for step in plan)
        raise StepError(f"the plan has no step {step_id!r}", remedy=f"one of: {known}") from None
