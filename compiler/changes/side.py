"""One of the two specs that are compared."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ...specs.span import SourceSpan
from ..graph import Graph
from ..lock import Lock
from ..plan import (
    Endpoint,
    FeaturesParams,
    MaterializeParams,
    MonitorParams,
    Plan,
    ScoreParams,
    ViewProgram,
)

KINDS = ("source", "view", "model", "deployment", "monitor")
"""Of nodes, in the order of the lifecycle."""

_MODEL_STEPS = frozenset(
    ("training_set", "train", "evaluate", "profile", "probe", "register", "gate", "promote")
)
_NODE_STEPS = {
    "source": "source",
    "check": "source",
    "materialize": "view",
    "score": "deployment",
    "monitor": "monitor",
    "endpoint": "deployment",
}


@dataclass(frozen=True, eq=False)
class Side:
    """A compiled spec. Of a plan file that is all there is; a spec has its graph and lock, too."""

    plan: Plan
    graph: Graph | None = None
    lock: Lock | None = None

    def nodes(self, *, of_plan: bool) -> dict[str, SourceSpan | None]:
        """Every node and where it was written, in the order of the lifecycle."""
        if self.graph is not None and not of_plan:
            return {name: self.graph.key_span(node.at) for name, node in self.graph.nodes()}
        found: dict[str, SourceSpan | None] = {}
        for name, at in self._of_plan():
            found.setdefault(name, span_of(at))
        return dict(sorted(found.items(), key=lambda item: KINDS.index(item[0].partition(".")[0])))

    def endpoint(self, name: str) -> Endpoint | None:
        """The endpoint of a deployment; None for a batch, or where there is none."""
        return self._endpoints.get(name)

    def schedule(self, job: str) -> str | None:
        """When a job runs; None when it runs on demand, or is not there."""
        return self._schedules.get(job)

    def model_of(self, node: str) -> str | None:
        """The model that a deployment or a monitor is about."""
        return self._models.get(node)

    def owner(self, step_id: str) -> str:
        """The node that a step belongs to."""
        kind, name, *_ = step_id.split(".")
        if kind in _NODE_STEPS:
            return f"{_NODE_STEPS[kind]}.{name}"
        trains = kind in _MODEL_STEPS or f"train.{name}" in self._places
        return f"{'model' if trains else 'deployment'}.{name}"

    def place(self, step_id: str) -> str:
        """`file:line` of a step, or of `endpoint.NAME`; empty where there is no such step."""
        return self._places.get(step_id, "")

    @cached_property
    def _places(self) -> dict[str, str]:
        places = {step.id: step.at for step in self.plan}
        return places | {f"endpoint.{e.name}": e.at for e in self.plan.endpoints}

    @cached_property
    def programs(self) -> dict[str, ViewProgram]:
        """What the plan says of each view: all of it where an endpoint looks it up."""
        found: dict[str, ViewProgram] = {}
        for step in self.plan:
            match step.params:
                case MaterializeParams(view=program):
                    found[program.name] = program
                case FeaturesParams(view=program):
                    found.setdefault(program.name, program)
        return found

    @cached_property
    def _models(self) -> dict[str, str]:
        found = {f"deployment.{e.name}": e.model for e in self.plan.endpoints}
        for step in self.plan:
            match step.params:
                case ScoreParams(deployment=name, model=model):
                    found[f"deployment.{name}"] = model
                case MonitorParams(monitor=name, model=model):
                    found[f"monitor.{name}"] = model
        return found

    @cached_property
    def _endpoints(self) -> dict[str, Endpoint]:
        return {endpoint.name: endpoint for endpoint in self.plan.endpoints}

    @cached_property
    def _schedules(self) -> dict[str, str | None]:
        return {job.name: job.schedule for job in self.plan.jobs}

    def _of_plan(self) -> Iterator[tuple[str, str]]:
        for step in self.plan:
            yield self.owner(step.id), step.at
            if step.kind == "features":
                yield f"view.{step.id.split('.')[2]}", step.at
        for endpoint in self.plan.endpoints:
            yield f"deployment.{endpoint.name}", endpoint.at


def span_of(at: str) -> SourceSpan | None:
    """`file:line` as a span."""
    found = re.fullmatch(r"(.*):(\d+)", at, re.DOTALL)
    if found is None:
        return None
    line = int(found[2])
    return SourceSpan(found[1], line, 1, line, 1)
