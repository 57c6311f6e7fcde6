"""The certificate: what ran, and what was the same, for people and for programs."""

import json
import shlex
from collections.abc import Iterator
from typing import Any

from ... import __version__
from ...compiler.plan import MAIN_JOB, Plan
from ...specs.render.visible import visible
from .compare import Comparison
from .perform import Performance

WHAT = ("steps", "order", "keys", "outputs")
_MOST = 20
"""Differences shown of a way."""


def certificate(plan: Plan, found: Comparison, absent: dict[str, str]) -> dict[str, Any]:
    """As data. `absent` are the ways that could not be tried, each with the reason."""
    return {
        "certificate": 1,
        "product": plan.name,
        "spec": plan.spec,
        "environment": plan.environment,
        "as_of": plan.as_of,
        "onespec": __version__,
        "same": not found.differences,
        "ways": [_way(found, one) for one in (found.first, *found.others)],
        "absent": absent,
        "steps": {
            i: {"key": seen.key, "output": found.outputs.get(i, "measured")}
            for i, seen in found.first.steps.items()
        },
        "differences": [
            {"way": d.way, "what": d.what, "step": d.step_id, "told": d.told}
            for d in found.differences
        ],
    }


def _way(found: Comparison, one: Performance) -> dict[str, Any]:
    return {
        "name": one.way.name,
        "commands": [{"in": part, "run": shlex.join(words)} for part, words in one.commands],
        "seconds": round(one.seconds, 1),
        "done": len(one.steps),
        "failed": one.failed,
        **{what: not found.of(one.way.name, what) for what in WHAT},
    }


def certificate_json(told: dict[str, Any]) -> str:
    return json.dumps(told, indent=1) + "\n"


def certificate_markdown(plan: Plan, told: dict[str, Any]) -> str:
    """For a repository or a pull request: text of the spec stands in code only."""
    return "\n".join(_lines(plan, told)) + "\n"


def _lines(plan: Plan, told: dict[str, Any]) -> Iterator[str]:
    verdict = "the same" if told["same"] else "not the same"
    environment = f", environment {_code(plan.environment)}" if plan.environment else ""
    yield f"# Parity of {_code(plan.name)}: {verdict}"
    yield ""
    yield f"The main job of {_code(plan.spec)}{environment}: {len(plan.job(MAIN_JOB).steps)} steps,"
    yield f"run in {len(told['ways'])} ways by onespec {told['onespec']}."
    yield ""
    yield f"| way | seconds | {' | '.join(WHAT)} |"
    yield f"|---|--:|{'---|' * len(WHAT)}"
    for way in told["ways"]:
        marks = " | ".join("same" if way[what] else "**other**" for what in WHAT)
        yield f"| {_code(way['name'])} | {way['seconds']} | {marks} |"
    for name, reason in told["absent"].items():
        yield f"| {_code(name)} | | not tried: {visible(reason)} {'| ' * (len(WHAT) - 1)}|"
    if told["differences"]:
        yield "\n## Differences\n"
        for one in told["differences"][: _MOST * len(told["ways"])]:
            step = f"{_code(one['step'])} {visible(one['told'])}"
            yield f"- {_code(one['way'])}, {one['what']}: {step}"
    yield "\n## Steps\n"
    yield "| step | key | output |"
    yield "|---|---|---|"
    for step_id, step in told["steps"].items():
        yield f"| {_code(step_id)} | `{step['key'][:16]}` | {_output(step['output'])} |"
    yield "\n## Commands\n"
    for way in told["ways"]:
        yield f"{_code(way['name'])}\n\n```"
        yield from (visible(f"{one['run']}   # {one['in']}") for one in way["commands"])
        yield "```\n"


def _output(digest: str) -> str:
    return digest if digest == "measured" else f"`{digest[:16]}`"


def _code(text: str) -> str:
    return f"`{visible(text).replace('`', chr(39)).replace('|', chr(124))}`"
