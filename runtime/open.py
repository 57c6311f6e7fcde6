"""Open a workspace: the project folder, the plan's stores, the instant."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..compiler.plan import Plan
from .clock import utc_now
from .scratch import sweep_scratch
from .stores.chosen import (
    artifacts_of,
    artifacts_seen,
    ledger_of,
    ledger_seen,
    online_of,
    online_seen,
)
from .workspace import Glance, Workspace

STATE_FOLDER = ".onespec"


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when a plan runs: small and picklable, so that each process opens its own stores.

    The folders are absolute; `as_of` is the run's instant (UTC µs).
    """

    project: Path
    state: Path
    as_of: int
    clock: Callable[[], int] = utc_now

    @contextmanager
    def open(self, plan: Plan) -> Iterator[Workspace]:
        """A workspace whose connections are closed at the end."""
        workspace = open_workspace(plan, self.project, self.state, self.as_of, self.clock)
        try:
            yield workspace
        finally:
            close_workspace(workspace)

    @contextmanager
    def glance(self, plan: Plan) -> Iterator[Glance]:
        """What a plan can be foretold from: reads no data, makes nothing, imports nothing heavy."""
        store = artifacts_seen(plan, self.project, self.state)
        ledger = ledger_seen(plan, self.state)
        online = online_seen(plan, self.state)
        try:
            yield Glance(plan, self.project, self.state, self.as_of, store, ledger, online)
        finally:
            _close(store, ledger, online)


def place_of(
    plan: Plan,
    project: Path,
    state: Path | None = None,
    as_of: int | None = None,
    clock: Callable[[], int] = utc_now,
) -> Place:
    """The place with its defaults: `.onespec` in the project, the plan's instant or now."""
    project = project.resolve()
    instant = next(i for i in (as_of, plan.as_of, clock()) if i is not None)
    return Place(project, (state or project / STATE_FOLDER).resolve(), instant, clock)


def open_workspace(
    plan: Plan,
    project: Path,
    state: Path | None = None,
    as_of: int | None = None,
    clock: Callable[[], int] = utc_now,
) -> Workspace:
    """The workspace on the plan's stores. `close_workspace` lets go of their connections."""
    place = place_of(plan, project, state, as_of, clock)
    _make_state(place.state)
    return Workspace(
        plan=plan,
        project=place.project,
        state=place.state,
        scratch=place.state / "scratch",
        as_of=place.as_of,
        store=artifacts_of(plan, place.project, place.state),
        ledger=ledger_of(plan, place.state, clock),
        online=online_of(plan, place.state),
    )


def close_workspace(workspace: Workspace) -> None:
    """Close the connections that the stores keep open."""
    _close(workspace.store, workspace.ledger, workspace.online)


def _close(*stores: object) -> None:
    for store in stores:
        close = getattr(store, "close", None)
        if close is not None:
            close()


def sweep(workspace: Workspace, now: float) -> None:
    """Remove what killed runs left behind. `now` in seconds."""
    sweep_scratch(workspace.scratch, now)
    workspace.store.sweep(now)


def _make_state(state: Path) -> None:
    if not state.is_dir():
        state.mkdir(parents=True, exist_ok=True)
        # The state never belongs into a repository, wherever it lies.
        (state / ".gitignore").write_text("*\n", encoding="utf-8")
