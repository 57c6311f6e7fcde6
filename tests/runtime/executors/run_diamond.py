"""A run in a process of its own, to be killed: PROJECT EXECUTOR SECONDS [ADDRESS]."""

import sys
from pathlib import Path

from fake_steps import diamond, library

from onespec.runtime.engine import run
from onespec.runtime.events import Event, StepFinished, StepStarted
from onespec.runtime.executors import Elsewhere, make_executor
from onespec.runtime.open import place_of


def tell(event: Event) -> None:
    match event:
        case StepStarted(step_id=step_id):
            print("started", step_id, flush=True)
        case StepFinished(step_id=step_id, state=state):
            print("finished", step_id, state, flush=True)


def main() -> None:
    project, executor, seconds = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    if executor == "ray":
        import fake_steps
        import ray

        ray.cloudpickle.register_pickle_by_value(fake_steps)
    plan = diamond(seconds=seconds)
    runs = make_executor(executor)
    if len(sys.argv) > 4:
        from onespec.runtime.executors.shipment import Shipment

        runs = make_executor(executor, Elsewhere(sys.argv[4], Shipment()))
    result = run(plan, place_of(plan, project), runs, on_event=tell, library=library)
    print("run", result.state, flush=True)
    sys.exit(130 if result.state == "interrupted" else 0)


if __name__ == "__main__":
    main()
