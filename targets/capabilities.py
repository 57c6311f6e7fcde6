"""What a plan may ask of a platform, and what a target says of each: a closed list, as data."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from ..compiler.plan import Plan
from ..specs.document import Path
from . import asks
from .asks import Asked

CapabilityName = Literal[
    "schedules",
    "retraining",
    "endpoints",
    "several_endpoints",
    "several_ports",
    "replicas",
    "autoscaling",
    "log_retention",
    "canary",
    "shadow",
    "cpu",
    "cpu_fractions",
    "memory",
    "gpu",
    "gpu_fractions",
    "accelerators",
    "gpu_fallback",
]


@dataclass(frozen=True, slots=True)
class Capability:
    """One thing that a plan may ask for: `says` what, and `asked` finds every place that does."""

    name: CapabilityName
    says: str
    asked: Callable[[Plan], Iterator[Asked]]


_ALL = (
    Capability("schedules", "batches and monitors start by the clock", asks.schedules),
    Capability("retraining", "an alert starts a training run", asks.retraining),
    Capability("endpoints", "requests are answered online", asks.endpoints),
    Capability("several_endpoints", "more than one endpoint", asks.several_endpoints),
    Capability("several_ports", "endpoints on different ports", asks.several_ports),
    Capability("replicas", "an endpoint has several replicas", asks.replicas),
    Capability("autoscaling", "replicas come and go with the load", asks.autoscaling),
    Capability("log_retention", "old prediction logs are deleted", asks.log_retention),
    Capability("canary", "a new version answers a share of the entities first", asks.canary),
    Capability("shadow", "a version scores what is asked, and never answers", asks.shadow),
    Capability("cpu", "a step or replica has more or fewer cores than one", asks.cpu),
    Capability("cpu_fractions", "a part of a core", asks.cpu_fractions),
    Capability("memory", "memory is set aside", asks.memory),
    Capability("gpu", "a step or replica holds GPUs", asks.gpu),
    Capability("gpu_fractions", "several share a GPU", asks.gpu_fractions),
    Capability("accelerators", "a GPU of a certain type", asks.accelerators),
    Capability("gpu_fallback", "a step does without where there is none", asks.gpu_fallback),
)

CAPABILITIES: Mapping[str, Capability] = MappingProxyType({one.name: one for one in _ALL})


@dataclass(frozen=True, slots=True)
class Supported:
    """The target does it; `how`, where people may wonder."""

    how: str = ""


@dataclass(frozen=True, slots=True)
class Unsupported:
    """The target cannot. `reason` goes on after its name: "starts nothing by the clock".

    `instead` is a reason for a waiver, to be pasted: what is the case when the spec waives it. It
    may hold `{command}`, which stands for the command that does the work.
    """

    reason: str
    instead: str = ""


Support = Supported | Unsupported

_RUNS_NOTHING = Supported("runs nothing")
_UNTOLD = Unsupported("does not say that it can do this")


@dataclass(frozen=True, slots=True)
class Named:
    """Something that a target gives a name to, and the place in the spec that the name is from."""

    name: str
    at: Path


@dataclass(frozen=True, slots=True)
class NameRule:
    """What a platform allows as the name of `what`, as in "a Service".

    `pattern` must match the whole name, and `allowed` says so in words. The names of one rule are
    distinct.
    """

    what: str
    names: Callable[[Plan], Iterator[Named]]
    max_length: int
    pattern: str
    allowed: str
    reserved: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Capabilities:
    """A target's declaration. What `table` leaves out is unsupported: no silent downgrade.

    `accelerators` are the GPU types that the platform knows; None, where any name will do. What
    `runs` nothing, and only checks, lacks nothing.
    """

    table: Mapping[CapabilityName, Support]
    names: tuple[NameRule, ...] = ()
    accelerators: frozenset[str] | None = None
    runs: bool = True

    def of(self, name: CapabilityName) -> Support:
        """What the target says of one capability."""
        return self.table.get(name, _UNTOLD) if self.runs else _RUNS_NOTHING
