"""Hold the candidate against its gates; a gate that fails fails the step."""

import json
from typing import Any

from ...compiler.plan import GateParams, Step
from ..errors import GateError
from ..evaluation.champions import measured_now, recorded
from ..evaluation.gates import GateResult, Measurements, hold
from ..evaluation.promotions import CHAMPION, opponent, version_of
from ..monitoring.wording import count, measured
from ..stores.ledger import ModelVersion
from ..value import Value, Yield
from ..workspace import StepInputs, Workspace
from .evaluate import METRICS_FILE
from .register import serving_facts

GATES_FILE = "gates.json"


def run(step: Step, inputs: StepInputs, workspace: Workspace) -> Yield:
    """Yields `gates.json`. Raises GateError, which lists every gate, when one fails."""
    params = _params(step)
    key = str(inputs.one(workspace.plan, "register").facts["value_key"])
    version = version_of(workspace.ledger, params.model, key).version
    champion = opponent(workspace.ledger, params.model, key)
    metrics = _metrics(inputs.one(workspace.plan, "evaluate"), workspace)
    candidate = Measurements(metrics, serving_facts(inputs, workspace))
    other, how = _champion(params, champion, metrics, inputs, workspace)
    results = [hold(gate, candidate, other) for gate in params.gates]
    report = {
        "model": params.model,
        "version": version,
        "champion": champion.version if champion and other else None,
        "champion_measured": how,
        "passed": all(result.passed for result in results),
        "gates": [result.as_json() for result in results],
    }
    path = workspace.scratch / GATES_FILE
    path.write_text(json.dumps(report, indent=1, sort_keys=True) + "\n", "utf-8")
    if not report["passed"]:
        workspace.ledger.audit("gate_failed", f"{params.model}@{version}", report)
        holder = workspace.ledger.version(params.model, CHAMPION)
        raise _failure(params.model, version, results, holder)
    return Yield({GATES_FILE: path}, {**report, "value_key": key})


def _params(step: Step) -> GateParams:
    assert isinstance(step.params, GateParams)
    return step.params


def _metrics(evaluated: Value, workspace: Workspace) -> dict[str, Any]:
    text = workspace.file(evaluated, METRICS_FILE).read_text("utf-8")
    metrics: dict[str, Any] = json.loads(text)
    return metrics


def _champion(
    params: GateParams,
    champion: ModelVersion | None,
    metrics: dict[str, Any],
    inputs: StepInputs,
    workspace: Workspace,
) -> tuple[Measurements | None, str]:
    """The champion's measurements, on the candidate's own rows where the step is given them."""
    if champion is None or not any(gate.champion for gate in params.gates):
        return None, ""
    for _, rows in inputs.of_kind(workspace.plan, "training_set"):
        slices = tuple(metrics["slices"])
        now = measured_now(workspace, champion, rows, metrics["task"], slices)
        if now is not None:
            return now, "on the same rows"
    before = recorded(workspace, champion)
    if before.metrics.get("task", metrics["task"]) != metrics["task"]:
        return None, ""  # a champion of another task has nothing to compare
    return before, "when it was made"


def _failure(
    model: str, version: int, results: list[GateResult], champion: ModelVersion | None
) -> GateError:
    lines = [_line(result) for result in results]
    failed = sum(not result.passed for result in results)
    return GateError(
        f"version {version} of `{model}` fails {failed} of {count(len(results), 'gate')}:\n"
        + "\n".join(lines),
        remedy=_remedy(model, version, champion),
        rows=[result.as_json() for result in results],
    )


def _remedy(model: str, version: int, champion: ModelVersion | None) -> str:
    """Who answers now, and what can be done."""
    mend = "improve the model, or change the gate in the spec"
    if champion is None:
        return f"nothing was promoted, and there is no champion yet; {mend}"
    if champion.version != version:
        return f"nothing was promoted, version {champion.version} stays the champion; {mend}"
    return (
        f"nothing was promoted, but version {version} is the champion already, and stays it; "
        f"{mend}, or take it back with `onespec models rollback {model}`"
    )


def _line(result: GateResult) -> str:
    mark = "passed" if result.passed else "FAILED"
    value = measured(result.text, result.value, digits=6)
    bound = "" if result.bound is None else f" against {measured(result.text, result.bound, 6)}"
    note = f" ({result.note})" if result.note else ""
    return f"  {mark}  {result.text}: {value}{bound}{note}"
