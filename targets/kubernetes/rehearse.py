"""The bundle on one machine: the commands of its Jobs and RayJobs as processes, its mounts as
folders."""

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from ...compiler.plan import Plan
from ..artifact import Artifact
from ..rehearsal import Act, Rehearsal, Stage
from .bundle import bundle
from .pod import PLAN_FOLDER, PROJECT, STATE
from .settings import KubernetesSettings

BASE = "base"
_CLUSTER = ("--address", "--wait-for-nodes")
"""What only makes sense where the objects are: the cluster of a RayJob starts with its pods."""


def rehearse(plan: Plan, settings: KubernetesSettings, stage: Stage) -> Rehearsal:
    """Every job but the monitors', in the order of the files: the whole pipeline is one."""
    files = tuple(bundle(plan, settings))
    folders = {
        PLAN_FOLDER: str(stage.bundle / BASE),
        PROJECT: str(stage.project),
        STATE: str(stage.state),
    }
    acts = [act for one in files for act in _acts(one, folders)]
    first = [act for act in acts if "job:main" in act.argv]
    return Rehearsal(files, (*first, *(act for act in acts if act not in first)))


def _acts(one: Artifact, folders: Mapping[str, str]) -> Iterator[Act]:
    if not one.path.startswith(f"{BASE}/") or not one.path.endswith(".yaml"):
        return
    for words, env in _commands(yaml.safe_load(one.text) or {}):
        if words[1:2] == ["run"]:
            told = tuple(_here(word, folders) for word in _without(words, _CLUSTER))
            shown = {name: _here(value, folders) for name, value in env.items()}
            yield Act(one.path, told, shown)


def _commands(data: Mapping[str, Any]) -> Iterator[tuple[list[str], dict[str, str]]]:
    """The words of an object's containers as Kubernetes gives them to a process, and their
    environment; a RayJob's entrypoint is read by a shell."""
    spec = data.get("spec", {})
    match data.get("kind"):
        case "CronJob":
            for container in spec["jobTemplate"]["spec"]["template"]["spec"]["containers"]:
                words = [*container["command"], *container["args"]]
                env = {one["name"]: _filled_in(one["value"]) for one in container["env"]}
                yield [_filled_in(word) for word in words], env
        case "RayJob":
            yield shlex.split(spec["entrypoint"]), {}
        case "RayCronJob":
            yield shlex.split(spec["jobTemplate"]["entrypoint"]), {}


def _filled_in(text: str) -> str:
    """Kubernetes gives `$$` as `$`."""
    return text.replace("$$", "$")


def _here(text: str, folders: Mapping[str, str]) -> str:
    """A path in the container as one of the stage."""
    for mount, folder in folders.items():
        if text == mount or text.startswith(f"{mount}/"):
            return folder + text.removeprefix(mount)
    return text


def _without(words: list[str], options: tuple[str, ...]) -> list[str]:
    """The words without options that take a value."""
    dropped = {n + k for n, word in enumerate(words) if word in options for k in (0, 1)}
    return [word for n, word in enumerate(words) if n not in dropped]
