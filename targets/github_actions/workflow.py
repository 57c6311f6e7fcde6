"""The workflow: what runs on a pull request, on a push, and by the clock."""

from collections.abc import Mapping
from typing import Any

from ... import __version__
from ...compiler.plan import Plan, SourceParams
from ...specs.render.visible import visible
from ..waivers import waived
from ..yaml_text import Commented, Script, dump_yaml
from .expressions import command, literal
from .settings import GithubActionsSettings, LockCheck

# By commit, since a tag of somebody else's action can be moved.
CHECKOUT = Commented(
    "actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8", "v5.0.0", beside=True
)
SETUP_PYTHON = Commented(
    "actions/setup-python@e797f83bcb11b83ae66e0230d6156d7c80228e7c", "v6.0.0", beside=True
)

MINUTES = 15
READS = {"contents": "read"}

_BY_CLOCK = "github.event_name == 'schedule' || github.event_name == 'workflow_dispatch'"
_IF_IT_WAS_THERE = 'if git cat-file -e "$BASE:./$SPEC" 2>/dev/null; then\n'
_SAME_REPOSITORY = "github.event.pull_request.head.repo.full_name == github.repository"


def workflow(plan: Plan, settings: GithubActionsSettings) -> str:
    """The workflow file. Jobs get no more rights than they use."""
    document = {
        "name": f"onespec {plan.name}",
        "on": _events(settings),
        "permissions": {},
        "concurrency": {
            "group": f"onespec-{plan.name}-${{{{ github.event_name }}}}-${{{{ github.ref }}}}",
            "cancel-in-progress": True,
        },
        "defaults": {"run": {"shell": "bash"}},
        "jobs": {
            "check": _check(plan, settings),
            "changes": _changes(plan, settings),
            **({"lock": _lock(plan, settings, settings.lock_check)} if settings.lock_check else {}),
        },
    }
    lines = (
        f"Holds this repository to {visible(plan.spec)}: the spec, the emitted files, the sources.",
        f"Compiled by onespec from {visible(plan.spec)}; edit that file, not this one.",
        *(one.line for one in waived(plan, settings)),
    )
    return dump_yaml(document, "\n".join(lines))


def _events(settings: GithubActionsSettings) -> dict[str, Any]:
    branch = [literal(settings.branch)]
    clock = settings.lock_check
    return {
        "pull_request": {"branches": branch},
        "push": {"branches": branch},
        **({"schedule": [{"cron": clock.schedule}]} if clock else {}),
        "workflow_dispatch": {},
    }


def _job(
    settings: GithubActionsSettings,
    name: str,
    when: str,
    permissions: Mapping[str, Any],
    steps: list[Any],
    runs_on: str = "",
) -> dict[str, Any]:
    return {
        "name": name,
        "if": when,
        "runs-on": literal(runs_on or settings.runs_on),
        "timeout-minutes": MINUTES,
        "permissions": dict(permissions),
        "defaults": {"run": {"working-directory": literal(settings.project)}},
        "steps": steps,
    }


def _check(plan: Plan, settings: GithubActionsSettings) -> dict[str, Any]:
    return _job(
        settings,
        "Check",
        "github.event_name == 'pull_request' || github.event_name == 'push'",
        READS,
        [
            *_set_up(settings),
            {
                "name": "The spec is right",
                "run": command(["onespec", "check", plan.spec, "--format", "github"]),
            },
            {
                "name": "The emitted files are those of the spec",
                "run": command(["onespec", "compile", plan.spec, "--check"]),
            },
        ],
    )


def _changes(plan: Plan, settings: GithubActionsSettings) -> dict[str, Any]:
    """What a pull request means for every node, as one comment that is kept up to date."""
    rights = {**READS, "pull-requests": Commented("write", "for the comment", beside=True)}
    mark = f"<!-- onespec {plan.name} -->"
    known = {"BASE": "${{ github.event.pull_request.base.sha }}", "SPEC": literal(plan.spec)}
    comment = {"COMMENT": "${{ runner.temp }}/onespec.md"}
    tell = {
        "name": "Tell what changes",
        "env": {**known, **comment, "MARK": mark},
        "run": Script(
            'echo "$MARK" > "$COMMENT"\n'
            f"{_IF_IT_WAS_THERE}"
            '  onespec diff "$BASE...HEAD" --spec "$SPEC" --format markdown >> "$COMMENT"\n'
            "else\n"
            '  echo "This pull request adds the spec." >> "$COMMENT"\n'
            "fi\n"
            'cat "$COMMENT" >> "$GITHUB_STEP_SUMMARY"\n'
        ),
    }
    say = {
        "name": "Say it on the pull request",
        # A fork's token cannot write; the summary of the run has it all the same.
        "if": _SAME_REPOSITORY,
        "env": {
            "GH_TOKEN": "${{ github.token }}",
            "NUMBER": "${{ github.event.pull_request.number }}",
            "MARK": mark,
            **comment,
        },
        "run": Script(
            'comments="repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments"\n'
            'last="$(gh api "$comments" --paginate'
            " --jq '.[] | select(.body | startswith(env.MARK)) | .id' | tail -n 1)\"\n"
            'if [ -n "$last" ]; then\n'
            '  gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$last"'
            ' -F body=@"$COMMENT"\n'
            "else\n"
            '  gh api --method POST "$comments" -F body=@"$COMMENT"\n'
            "fi\n"
        ),
    }
    refuse = {
        "name": f"None of: {', '.join(settings.fail_on)}",
        "env": known,
        "run": Script(
            f"{_IF_IT_WAS_THERE}"
            f'  onespec diff "$BASE...HEAD" --spec "$SPEC" {_failing(settings)}\n'
            "fi\n"
        ),
    }
    refused = [refuse] if settings.fail_on else []
    steps = [*_set_up(settings, history=True), tell, say, *refused]
    return _job(settings, "Changes", "github.event_name == 'pull_request'", rights, steps)


def _failing(settings: GithubActionsSettings) -> str:
    return " ".join(f"--fail-on {label}" for label in settings.fail_on)


def _lock(plan: Plan, settings: GithubActionsSettings, asked: LockCheck) -> dict[str, Any]:
    """A source may change without a commit, so the clock asks."""
    prepare = {"name": "Bring the data", "run": command(asked.prepare)}
    sources = [
        f"{step.params.source.name}: {step.at}"
        for step in plan
        if isinstance(step.params, SourceParams)
    ]
    compare = {
        "name": "The sources still have the columns that the spec was checked with",
        "run": command(["onespec", "lock", plan.spec, "--check", "--format", "github"]),
    }
    steps = [
        *_set_up(settings, extra="[run]"),
        *([prepare] if asked.prepare else []),
        Commented(compare, f"reads {', '.join(sources)}") if sources else compare,
    ]
    return _job(settings, "Lock file", _BY_CLOCK, READS, steps, asked.runs_on)


def _set_up(
    settings: GithubActionsSettings, *, history: bool = False, extra: str = ""
) -> list[Any]:
    packages = settings.install or [f"onespec{extra}=={__version__}"]
    depth = {"fetch-depth": 0} if history else {}
    python = literal(settings.python)
    return [
        {"uses": CHECKOUT, "with": {"persist-credentials": False, **depth}},
        {"uses": SETUP_PYTHON, "with": {"python-version": python}},
        {
            "name": "Install onespec",
            "run": command(["python", "-m", "pip", "install", "--quiet", *packages]),
        },
    ]
