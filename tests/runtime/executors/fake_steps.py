"""Small steps that act like real ones: they read, compute, fail, wait, and leave traces."""

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from onespec.compiler.canonical import digest
from onespec.compiler.plan import Plan, Resources, Step
from onespec.compiler.plan_writer import plan_json
from onespec.runtime.errors import GateError, StepError
from onespec.runtime.value import Value, Yield
from onespec.runtime.workspace import StepInputs, Workspace


@dataclass(frozen=True)
class FakeParams:
    kind: str
    text: str = ""
    seconds: float = 0.0


def fake_step(
    name: str,
    *inputs: Step,
    do: str = "make",
    text: str = "",
    seconds: float = 0.0,
    resources: Resources | None = None,
    guards: tuple[str, ...] = (),
    after: tuple[str, ...] = (),
) -> Step:
    params: Any = FakeParams(do, text, float(seconds))
    fingerprint = digest([plan_json(params), [step.fingerprint for step in inputs]])
    names = tuple(step.id for step in inputs)
    # Half a processor each, so that two run side by side on the smallest machine.
    return Step(
        name,
        fingerprint,
        params,
        inputs=names,
        guards=guards,
        after=after,
        resources=resources or Resources(cpu=0.5),
    )


def fake_plan(*steps: Step) -> Plan:
    return Plan(name="fake", spec="0" * 64, steps=steps, jobs=(), as_of=1_000_000)


def diamond(text: str = "one", seconds: float = 0.0, resources: Resources | None = None) -> Plan:
    """data -> left, right -> join; left carries the text."""
    data = fake_step("data", do="read", text="data.txt")
    left = fake_step("left", data, text=text, seconds=seconds, resources=resources)
    right = fake_step("right", data, text="right", seconds=seconds)
    return fake_plan(data, left, right, fake_step("join", left, right))


def journal(project: Path) -> list[str]:
    """The ids of the steps that ran to their end, in order."""
    path = project / "journal"
    return path.read_text().split() if path.exists() else []


def library(kind: str) -> Any:
    return _KINDS[kind]


def _make(step: Step, inputs: StepInputs, workspace: Workspace) -> Yield:
    params: Any = step.params
    time.sleep(params.seconds)
    parts = {name: workspace.file(v, "out.json").read_text() for name, v in inputs.values.items()}
    text = json.dumps({"text": params.text, "parts": parts}, sort_keys=True)
    (workspace.scratch / "out.json").write_text(text)
    handle = os.open(workspace.project / "journal", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.write(handle, f"{step.id}\n".encode())
    os.close(handle)
    return Yield({"out.json": workspace.scratch / "out.json"}, {"length": len(text)})


class Make:
    run = staticmethod(_make)


class Read:
    @staticmethod
    def identity(step: Step, workspace: Workspace) -> str:
        params: Any = step.params
        path = workspace.project / params.text
        if not path.exists():
            raise StepError(f"there is no file {params.text}", remedy="put it there")
        return path.read_text()

    @staticmethod
    def run(step: Step, inputs: StepInputs, workspace: Workspace) -> Yield:
        made = _make(step, inputs, workspace)
        content = Read.identity(step, workspace)
        (workspace.scratch / "out.json").write_text(json.dumps(content))
        return Yield(made.files, {"rows": len(content)})


class Fail:
    @staticmethod
    def run(step: Step, inputs: StepInputs, workspace: Workspace) -> Yield:
        if (workspace.project / "healed").exists():
            return _make(step, inputs, workspace)
        raise ZeroDivisionError("a bug in a step")


class Refuse:
    @staticmethod
    def run(step: Step, inputs: StepInputs, workspace: Workspace) -> Yield:
        raise StepError("bad rows", remedy="mend them", rows=[{"row": 1}, {"row": 2}])


class Gate:
    @staticmethod
    def run(step: Step, inputs: StepInputs, workspace: Workspace) -> Yield:
        raise GateError("0.6 is not >= 0.7", rows=["test.roc_auc >= 0.7"])


class Effect:
    """Acts outside the store, and looks whether the effect is still there."""

    @staticmethod
    def run(step: Step, inputs: StepInputs, workspace: Workspace) -> Yield:
        (workspace.project / "effect").write_text("here")
        return _make(step, inputs, workspace)

    @staticmethod
    def holds(value: Value, step: Step, workspace: Workspace) -> bool:
        return (workspace.project / "effect").exists()


class Champion:
    """Its identity is what an earlier step has done, as a gate's is the champion."""

    @staticmethod
    def identity(step: Step, workspace: Workspace) -> str:
        path = workspace.project / "effect"
        return path.read_text() if path.exists() else "none"

    run = staticmethod(_make)


class DieOnce:
    """Takes its whole process with it, the first time."""

    @staticmethod
    def run(step: Step, inputs: StepInputs, workspace: Workspace) -> Yield:
        marker = workspace.project / "died"
        if not marker.exists():
            marker.write_text("")
            os._exit(1)
        return _make(step, inputs, workspace)


class Meet:
    """Ends when as many of its kind as its text says are at work at the same time."""

    @staticmethod
    def run(step: Step, inputs: StepInputs, workspace: Workspace) -> Yield:
        params: Any = step.params
        (workspace.project / f"met-{step.id}").write_text("")
        deadline = time.monotonic() + 60
        while len(list(workspace.project.glob("met-*"))) < int(params.text):
            if time.monotonic() > deadline:
                raise StepError("nobody else came")
            time.sleep(0.02)
        return _make(step, inputs, workspace)


class Device:
    """Tells which process and which devices it was given."""

    @staticmethod
    def run(step: Step, inputs: StepInputs, workspace: Workspace) -> Yield:
        import ray

        context = ray.get_runtime_context()
        made = _make(step, inputs, workspace)
        facts = {
            "gpus": context.get_accelerator_ids()["GPU"],
            "actor": context.get_actor_id() is not None,
            "node": context.get_node_id(),
            "threads": os.environ["OMP_NUM_THREADS"],
        }
        return Yield(made.files, facts)


_KINDS = {
    "make": Make,
    "read": Read,
    "fail": Fail,
    "refuse": Refuse,
    "gate": Gate,
    "effect": Effect,
    "champion": Champion,
    "die_once": DieOnce,
    "device": Device,
    "meet": Meet,
}
