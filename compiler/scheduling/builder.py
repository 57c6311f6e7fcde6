"""Steps as they are added: each with its fingerprint, inputs before those who read them."""

from dataclasses import dataclass, field
from pathlib import PurePath

from ...specs.document import Path
from ..fingerprint import fingerprint
from ..graph import Graph
from ..plan import Resources, Step, StepParams


@dataclass
class Builder:
    """The steps so far, in topological order by construction."""

    graph: Graph
    steps: dict[str, Step] = field(default_factory=dict)

    def add(
        self,
        step_id: str,
        params: StepParams,
        at: Path,
        *,
        inputs: tuple[str, ...] = (),
        guards: tuple[str, ...] = (),
        after: tuple[str, ...] = (),
        resources: Resources | None = None,
        tags: tuple[str, ...] = (),
    ) -> str:
        """Add a step whose inputs are there already; returns its id."""
        key = fingerprint(params, tuple(self.steps[i].fingerprint for i in inputs))
        self.steps[step_id] = Step(
            step_id,
            key,
            params,
            inputs,
            tuple(g for g in guards if g in self.steps),
            tuple(a for a in after if a in self.steps),
            resources or Resources(),
            self.place(at),
            tags,
        )
        return step_id

    def place(self, at: Path) -> str:
        """`file:line` with the file as seen from the spec's folder: no artifact names a machine."""
        span = self.graph.key_span(at)
        return f"{PurePath(span.file).name}:{span.line}"

    def closure(self, wanted: tuple[str, ...]) -> tuple[str, ...]:
        """The wanted steps, all that they read, and what guards those, in plan order."""
        needed = set(wanted)
        for step_id in reversed(self.steps):
            if step_id in needed:
                step = self.steps[step_id]
                needed.update(step.inputs)
                needed.update(step.guards)
        return tuple(step_id for step_id in self.steps if step_id in needed)
