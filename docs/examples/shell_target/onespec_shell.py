"""The target `shell`: one script that runs every step, one after the other, on this machine."""

import shlex
from collections.abc import Iterator

from onespec.compiler.plan import MAIN_JOB, Plan
from onespec.compiler.plan_file import plan_text
from onespec.specs.render.visible import visible
from onespec.targets.artifact import Artifact
from onespec.targets.capabilities import Capabilities, Named, NameRule, Supported, Unsupported
from onespec.targets.target import Problem, Settings
from onespec.targets.waivers import waived


class ShellSettings(Settings):
    """`targets: {shell: …}`. What is written below a field becomes its documentation."""

    project: str = "."
    """The project folder, as seen from where the script is started."""


def _script(plan: Plan) -> str:
    return f"run-{plan.name}.sh"


def _scripts(plan: Plan) -> Iterator[Named]:
    yield Named(_script(plan), ("name",))


class ShellTarget:
    """Emits the plan and a script beside it."""

    name = "shell"
    summary = "a shell script that runs every step, one after the other"
    settings = ShellSettings
    # What is left out is unsupported too; a reason goes on after "target `shell`".
    capabilities = Capabilities(
        {
            "cpu": Supported("a step uses as many threads"),
            "cpu_fractions": Supported(),
            "schedules": Unsupported("starts nothing by itself", "cron calls {command}"),
            "retraining": Unsupported("runs no monitors", "a person calls {command}"),
            "endpoints": Unsupported("only runs steps", "a person calls {command}"),
            "memory": Unsupported("sets no memory aside", "the machine has enough"),
        },
        names=(
            NameRule("the script", _scripts, 40, r"[a-z0-9.-]+", "letters, digits, `.` and `-`"),
        ),
    )

    def check(self, plan: Plan, settings: ShellSettings) -> Iterator[Problem]:
        """E602, for what no capability says: the steps must find the project."""
        del plan
        if not settings.project:
            message = "the project folder has no name"
            yield Problem("E602", message, ("targets", self.name, "project"), "write `.`")

    def emit(self, plan: Plan, settings: ShellSettings) -> Iterator[Artifact]:
        """The same plan and settings give the same bytes."""
        yield Artifact("plan.json", plan_text(plan))
        yield Artifact(_script(plan), "\n".join(_lines(plan, settings)) + "\n")


def _lines(plan: Plan, settings: ShellSettings) -> Iterator[str]:
    yield "#!/bin/sh"
    yield f"# Compiled by onespec from {visible(plan.spec)}; edit that file, not this one."
    # Comments hold text of the spec: `visible` keeps each on its line.
    yield from (f"# {one.line}" for one in waived(plan, settings))
    yield "set -eu"
    steps = {step.id: step for step in plan}
    for step_id in plan.job(MAIN_JOB).steps:
        file = f"{settings.bundle or '.'}/plan.json"
        yield f"\n# {visible(steps[step_id].at)}"
        yield shlex.join(["onespec", "step", file, step_id, "--project", settings.project])


SHELL = ShellTarget()
