"""Load the candidate in a child process, score golden rows, measure one-row latency."""

import json

from ...compiler.plan import ProbeParams, Step
from ..value import Yield
from ..workspace import StepInputs, Workspace
from .train import GOLDEN_FILE, MODEL_FILE

PROBE_FILE = "probe.json"


def run(step: Step, inputs: StepInputs, workspace: Workspace) -> Yield:
    """Yields `probe.json`: latencies in seconds, the size in bytes. Times differ between runs."""
    from ..trainers.golden import read_golden
    from ..trainers.probe import MEMORY, probe

    assert isinstance(step.params, ProbeParams)
    trained = inputs.one(workspace.plan, "train")
    measured = probe(
        workspace.file(trained, MODEL_FILE).read_bytes(),
        read_golden(workspace.file(trained, GOLDEN_FILE)),
        memory=step.resources.memory or MEMORY,
    )
    facts = {
        "latency_p50": measured.latency_p50,
        "latency_p99": measured.latency_p99,
        "model_size": measured.model_size,
        "golden_difference": measured.difference,
    }
    path = workspace.scratch / PROBE_FILE
    path.write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n", "utf-8")
    return Yield({PROBE_FILE: path}, facts)
