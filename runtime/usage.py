"""What a step takes: the memory that its process grows by, and the size of what it reads."""

import resource
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .value import Value

_PROCESS = Path("/proc/self")
_RESET_PEAK = "5"


@dataclass(frozen=True, slots=True)
class Size:
    """Of a value, or of all that a step reads; None where it is not known."""

    rows: int | None = None
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """What a run of a step took. `memory`: by how many bytes the process's resident memory was
    larger at its peak than when the step began, without child processes; None where the system
    does not tell. `read` is the size of its inputs."""

    memory: int | None
    read: Size

    def facts(self) -> dict[str, Any]:
        """As JSON, for the ledger."""
        return {"memory": self.memory, "rows_in": self.read.rows, "bytes_in": self.read.bytes}


class MemoryMeter:
    """Starts when it is made. One at a time in a process: the system keeps one peak for all."""

    def __init__(self) -> None:
        self._exact = _reset_peak()
        self._before = _resident("VmRSS") if self._exact else _ever()

    def growth(self) -> int | None:
        """Bytes above the start, at the highest point since. Where the system cannot forget an
        older peak, only growth beyond that one is seen, and none is not told as nothing."""
        if self._before is None:
            return None
        peak = _resident("VmHWM") if self._exact else _ever()
        grown = None if peak is None else max(0, peak - self._before)
        return grown if self._exact else grown or None


def size_of(value: Value) -> Size:
    """Rows as the step told them; the bytes of its files, or of the source that it looked at."""
    rows, told = value.facts.get("rows"), value.facts.get("bytes")
    size = sum(blob.size for blob in value.files.values())
    return Size(_count(rows), size if value.files else _count(told))


def size_read(inputs: Iterable[Size]) -> Size:
    """The rows of the largest input, for the inputs of a step lie side by side; all their bytes."""
    sizes = tuple(inputs)
    rows = [size.rows for size in sizes if size.rows is not None]
    known = [size.bytes for size in sizes if size.bytes is not None]
    return Size(max(rows, default=None), sum(known) if known else None)


def size_read_of(inputs: Mapping[str, Value], made: Value) -> Size:
    """What a step read; a step without inputs reads what it tells of."""
    return size_read(map(size_of, inputs.values())) if inputs else size_of(made)


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _reset_peak() -> bool:
    try:
        (_PROCESS / "clear_refs").write_text(_RESET_PEAK)
    except OSError:
        return False
    return _resident("VmHWM") is not None


def _resident(name: str) -> int | None:
    try:
        for line in (_PROCESS / "status").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return None


def _ever() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
