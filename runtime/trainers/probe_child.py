"""The child of a probe: reads a request and a model from stdin, answers in JSON on stdout."""

import json
import resource
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from ..errors import StepError
from .scorer import Scorer

_WARM_UP = 50


def main() -> None:
    """Exit status 0 with `{"scores": …, "latency_p50": …, …}` or `{"refused": message}`."""
    request = json.loads(sys.stdin.buffer.readline())
    model = sys.stdin.buffer.read()
    _limit(request["memory"], request["seconds"])
    try:
        answer = _measure(Scorer.load(model), request["rows"], request["calls"])
    except StepError as error:
        answer = {"refused": error.message}
    except MemoryError:
        answer = {"refused": f"it needs more than {request['memory']:,} bytes of memory"}
    json.dump(answer, sys.stdout)


def _limit(memory: int, seconds: int) -> None:
    """Bound the address space, the processor time, and what can be written: nothing."""
    space = _address_space() + memory
    resource.setrlimit(resource.RLIMIT_AS, (space, space))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _address_space() -> int:
    """Bytes of address space in use: Linux tells; elsewhere the limit counts from zero."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    except OSError:
        return 0
    return pages * resource.getpagesize()


def _measure(scorer: Scorer, rows: list[dict[str, Any]], calls: int) -> dict[str, Any]:
    scores = [scorer.score_rows([row])[0].tolist() for row in rows]
    seconds = []
    for call in range(_WARM_UP + calls):
        row = [rows[call % len(rows)]]
        began = perf_counter()
        scorer.score_rows(row)
        seconds.append(perf_counter() - began)
    p50, p99 = np.quantile(seconds[_WARM_UP:], (0.5, 0.99))
    return {"scores": scores, "latency_p50": float(p50), "latency_p99": float(p99)}


if __name__ == "__main__":
    main()
