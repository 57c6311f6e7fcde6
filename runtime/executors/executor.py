"""What the engine asks of an executor."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from ...compiler.plan import Step
from ..execute import Outcome, Task
from ..library import Library
from ..open import Place
from ..workspace import Workspace

# (step id, number of the coming attempt, what happened)
OnRetry = Callable[[str, int, str], None]


class Executor(Protocol):
    """Runs tasks. One executor serves one run at a time; after `close` it may be started again."""

    def start(
        self,
        workspace: Workspace,
        place: Place,
        library: Library,
        steps: Sequence[Step],
        on_retry: OnRetry,
    ) -> Mapping[str, str]:
        """Get ready, before the first task of a run. Called only when something has to run.

        `workspace` is the run's own, for tasks in this process; others open theirs at `place`.
        Returns those of `steps` that have to do without the GPU that they ask for, each with the
        reason: their tasks are to say so.

        Raises StepError when one of `steps`, those that may run, could never be given what it asks.
        """

    def has_room(self, step: Step) -> bool:
        """Whether a task of this step should be submitted now. True when nothing is at work."""

    def submit(self, task: Task) -> None:
        """Begin a task, or queue it."""

    def wait(self) -> Sequence[Outcome]:
        """Wait until at least one submitted task has come to its end."""

    def close(self) -> None:
        """Stop what is at work, and let go of everything. Harmless when called again."""
