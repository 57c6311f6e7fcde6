"""One step after the other in this process, always in the same order."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from ...compiler.plan import Step
from ..devices import place_here
from ..execute import Outcome, Task, attempt
from ..library import Library
from ..needed_libraries import require_libraries
from ..open import Place
from ..workspace import Workspace
from .executor import OnRetry


class InlineExecutor:
    """An `Executor` without a scheduler: a step's resources bound its threads and nothing else.

    It sets no memory aside. A step that asks for a GPU has those of this machine to itself.
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
    ) -> Mapping[str, str]:
        require_libraries(steps)
        placed = place_here(steps)
        self._run = partial(attempt, workspace=workspace, library=library)
        return placed

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
