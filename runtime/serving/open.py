"""Open an endpoint of a plan on the workspace's stores: what every host does first."""

from dataclasses import dataclass, replace
from pathlib import Path

from fastapi import FastAPI

from ...compiler.interfaces.arms import Arm
from ...compiler.plan import Endpoint, Plan
from ..errors import StepError
from ..open import close_workspace, open_workspace, place_of
from ..prediction_log.chosen import log_of
from .application import create_app
from .guard import Limits
from .loaded import champion_version
from .service import Service, request_clock


@dataclass(frozen=True, slots=True)
class Hosted:
    """An endpoint and where its stores are; picklable, so that each replica opens its own."""

    plan: Plan
    endpoint: Endpoint
    project: Path
    state: Path
    limits: Limits = Limits()  # noqa: RUF009 - frozen
    arm: Arm | None = None
    """The only arm that is served; all of them, and split here, when None."""

    @staticmethod
    def of(
        plan: Plan,
        endpoint: str,
        project: Path,
        state: Path | None = None,
        *,
        arm: Arm | None = None,
    ) -> "Hosted":
        """Raises StepError for an endpoint that the plan does not have."""
        try:
            found = plan.endpoint(endpoint)
        except KeyError as error:
            names = ", ".join(e.name for e in plan.endpoints) or "none"
            raise StepError(
                f"the plan has no endpoint {endpoint!r}", remedy=f"its endpoints: {names}"
            ) from error
        place = place_of(plan, project, state)
        # Serving needs no steps, and a plan that travels to replicas is better small.
        small = replace(plan, steps=(), jobs=())
        return Hosted(small, found, place.project, place.state, arm=arm)

    def check(self) -> None:
        """Raises StepError when there is no champion to answer with; other arms may wait for a
        version."""
        if self.arm not in (None, "champion"):
            return
        workspace = open_workspace(self.plan, self.project, self.state)
        try:
            champion_version(self.endpoint.model, workspace.ledger)
        finally:
            close_workspace(workspace)

    def open(self) -> FastAPI:
        """The application, with its champion loaded. Its shutdown closes everything."""
        workspace = open_workspace(self.plan, self.project, self.state)
        try:
            service = Service(
                self.endpoint,
                ledger=workspace.ledger,
                store=workspace.store,
                online=workspace.online,
                log=log_of(workspace, self.endpoint.name),
                arm=self.arm,
                clock=request_clock(self.plan),
                on_close=lambda: close_workspace(workspace),
            )
        except BaseException:
            close_workspace(workspace)
            raise
        return create_app(service, limits=self.limits)
