"""One step after the other in this process, always in the same order."""

from collections.abc import Callable, Sequence
from functools import partial

from ...compiler.plan import Step
from ..errors import StepError
from ..execute import Outcome, Task, attempt
from ..library import Library
from ..open import Place
from ..workspace import Workspace
from .executor import OnRetry


class InlineExecutor:
    """An `Executor` without a scheduler: a step's resources bound its threads and nothing else.

    It sets no memory aside, and has no device to give: a plan that asks for GPUs is refused.
    """

    def __init__(self) -> None:
        self._queue: list[Task] = []
        self._run: Callable[[Task], Outcome] | None = None

    def start(
        self,
        workspace: Workspace,
        place: Place,  # noqa: ARG002
        library: Library,
        steps: Sequence[Step],
        on_retry: OnRetry,  # noqa: ARG002
    ) -> None:
        holders = [step.id for step in steps if step.resources.gpu]
        if holders:
            raise StepError(
                f"the inline executor has no GPUs, and {', '.join(holders)} "
                f"{'asks' if len(holders) == 1 else 'ask'} for some",
                remedy="use `--executor ray`, or an environment without `gpu`; nothing was run",
            )
        self._run = partial(attempt, workspace=workspace, library=library)

    def has_room(self, step: Step) -> bool:  # noqa: ARG002
        return not self._queue

    def submit(self, task: Task) -> None:
        self._queue.append(task)

    def wait(self) -> Sequence[Outcome]:
        assert self._run is not None
        return [self._run(self._queue.pop(0))]

    def close(self) -> None:
        self._queue.clear()
        self._run = None
