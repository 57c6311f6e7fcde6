"""The GitHub Actions target: a workflow that holds a repository to its spec."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from ...compiler.plan import Plan
from ..artifact import Artifact
from ..capabilities import Capabilities
from ..target import Home, Problem
from .settings import GithubActionsSettings

WORKFLOWS = ".github/workflows"


class GithubActionsTarget:
    """Emits one workflow."""

    name = "github-actions"
    summary = "a workflow: check, compile --check, a comment on pull requests, a daily lock check"
    settings = GithubActionsSettings
    capabilities = Capabilities({}, runs=False)

    def home(self, plan: Plan, settings: GithubActionsSettings) -> Home:
        """GitHub reads workflows in one folder only, which all specs of a repository share."""
        up = [".."] * len(PurePosixPath(settings.project).parts)
        folder = PurePosixPath(*up, WORKFLOWS).as_posix()
        return Home(folder, f"onespec-{plan.name}.manifest.json")

    def check(self, plan: Plan, settings: GithubActionsSettings) -> Iterator[Problem]:
        """E602: the project must be a folder of the repository."""
        del plan
        path = PurePosixPath(settings.project)
        if path.is_absolute() or ".." in path.parts:
            yield Problem(
                "E602",
                f"`project` is {settings.project!r}, which is not below the repository's root",
                ("targets", self.name, "project"),
                "write the folder as seen from the root, e.g. `models/churn`, or `.` for the root",
            )

    def emit(self, plan: Plan, settings: GithubActionsSettings) -> Iterator[Artifact]:
        """The bundle."""
        from .workflow import workflow

        yield Artifact(f"onespec-{plan.name}.yaml", workflow(plan, settings))


GITHUB_ACTIONS = GithubActionsTarget()
