"""Record a model version in the ledger."""

from typing import Any

from ...compiler.plan import RegisterParams, Step
from ..tracking.git_commit import git_commit
from ..value import Yield
from ..workspace import StepInputs, Workspace


def run(step: Step, inputs: StepInputs, workspace: Workspace) -> Yield:
    """The version of the trained value: a new one, or the one that it already has."""
    params = step.params
    assert isinstance(params, RegisterParams)
    ((train_step, trained),) = inputs.of_kind(workspace.plan, "train")
    evaluated = inputs.one(workspace.plan, "evaluate")
    facts: dict[str, Any] = {
        **trained.facts,
        "metrics": {split: evaluated.facts[split] for split in ("train", "validation", "test")},
        "main_metric": evaluated.facts["main_metric"],
        "plan": workspace.plan.name,
        "spec": workspace.plan.spec,
        "train_step": train_step.id,
        "serving": serving_facts(inputs, workspace),
        "profile_key": _profile_key(inputs, workspace),
        "git_commit": git_commit(workspace.project),
    }
    version = workspace.ledger.register(params.model, trained.key, evaluated.key, facts)
    return Yield(
        facts={
            "model": version.model,
            "version": version.version,
            "value_key": version.value_key,
            "evaluation_key": version.evaluation_key,
        }
    )


def _profile_key(inputs: StepInputs, workspace: Workspace) -> str | None:
    """Where the description of its training data is: what monitors compare with."""
    keys = [value.key for _, value in inputs.of_kind(workspace.plan, "profile")]
    return keys[0] if keys else None


def serving_facts(inputs: StepInputs, workspace: Workspace) -> dict[str, Any]:
    """What a probe among the inputs measured."""
    for _, probed in inputs.of_kind(workspace.plan, "probe"):
        return dict(probed.facts)
    return {}
