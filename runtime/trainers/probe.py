"""A candidate in a child process: does it load, score its golden rows, and how fast is it?"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import StepError
from .golden import Golden

MEMORY = 2 << 30
SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Probed:
    """What the child measured: one-row latencies in seconds, and the size of the model."""

    latency_p50: float
    latency_p99: float
    model_size: int
    difference: float


def probe(
    model: bytes,
    golden: Golden,
    *,
    memory: int = MEMORY,
    seconds: float = SECONDS,
    calls: int = 1000,
) -> Probed:
    """Load `model` in a child with at most `memory` bytes more than it started with.

    Raises StepError when the child dies, is too slow, refuses the model, or scores a golden row
    otherwise.
    """
    request = {"rows": golden.rows, "memory": memory, "seconds": int(seconds) + 1, "calls": calls}
    answer = _ask([json.dumps(request).encode(), b"\n", model], seconds)
    if "refused" in answer:
        raise StepError(f"the model does not load: {answer['refused']}", remedy=_REMEDY)
    difference = golden.differs(answer["scores"])
    if difference > _tolerance():
        raise StepError(
            f"the loaded model scores its golden rows otherwise, by up to {difference:.3g}",
            remedy=_REMEDY,
        )
    return Probed(answer["latency_p50"], answer["latency_p99"], len(model), difference)


_REMEDY = "nothing was promoted; train it again, and report this if it happens again"


def _tolerance() -> float:
    from .golden import TOLERANCE

    return TOLERANCE


def _ask(parts: Sequence[bytes], seconds: float) -> dict[str, Any]:
    module = f"{__package__}.probe_child"
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module, no shell
            [sys.executable, "-m", module],
            input=b"".join(parts),
            capture_output=True,
            timeout=seconds,
            check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(_import_path())},
        )
    except subprocess.TimeoutExpired as error:
        raise StepError(
            f"the model did not answer within {seconds:g} seconds", remedy=_REMEDY
        ) from error
    if done.returncode != 0:
        raise StepError(f"loading the model {_ending(done)}", remedy=_REMEDY)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _import_path() -> list[str]:
    """The child finds the package where this process found it."""
    return [str(Path(place).resolve()) for place in sys.path if place]


def _ending(done: "subprocess.CompletedProcess[bytes]") -> str:
    if done.returncode < 0:
        return f"ended its process by signal {-done.returncode}"
    said = done.stderr.decode(errors="replace").strip().splitlines()
    return f"failed: {said[-1][:300] if said else 'no message'}"
