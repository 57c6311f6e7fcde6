"""Steps as they are added: each with its fingerprint, inputs before those who read them."""

from dataclasses import dataclass, field

from ...specs.document import Path
from ..fingerprint import Fingerprints
from ..graph import Graph, ViewNode
from ..lower import lower_view
from ..plan import Resources, Step, StepParams, ViewProgram


@dataclass
class Builder:
    """The steps so far, in topological order by construction."""

    graph: Graph
    hashed: bool = True
    steps: dict[str, Step] = field(default_factory=dict)
    _order: dict[str, int] = field(default_factory=dict)
    _programs: dict[tuple[object, ...], ViewProgram] = field(default_factory=dict)
    _fingerprints: Fingerprints = field(default_factory=Fingerprints)

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
        key = ""
        if self.hashed:
            key = self._fingerprints.of(params, tuple(self.steps[i].fingerprint for i in inputs))
        self._order[step_id] = len(self.steps)
        self.steps[step_id] = Step(
            step_id,
            key,
            params,
            inputs,
            tuple(g for g in guards if g in self.steps),
            tuple(a for a in after if a in self.steps),
            resources or Resources(),
            self.graph.place(at),
            tags,
        )
        return step_id

    def program(self, view: ViewNode) -> ViewProgram:
        """The view, lowered: one object for all the steps and endpoints that read as much of it."""
        read = (view.name, tuple(f.reference for f in view.features), tuple(view.inputs))
        program = self._programs.get(read)
        if program is None:
            program = self._programs[read] = lower_view(view)
        return program

    def closure(self, wanted: tuple[str, ...]) -> tuple[str, ...]:
        """The wanted steps, all that they read, and what guards those, in plan order."""
        needed: set[str] = set()
        waiting = list(wanted)
        while waiting:
            step_id = waiting.pop()
            if step_id not in needed:
                needed.add(step_id)
                step = self.steps[step_id]
                waiting += step.inputs
                waiting += step.guards
        return tuple(sorted(needed, key=self._order.__getitem__))
