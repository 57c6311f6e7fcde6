"""Plan in, texts out: one folder a target."""

from importlib.metadata import entry_points

from .ray.target import RAY
from .target import Target

TARGETS: dict[str, Target] = {"ray": RAY}

ENTRY_POINTS = "onespec.targets"


def find_target(name: str) -> Target | None:
    """A target of ours, or one that another package registers under `onespec.targets`."""
    if name in TARGETS:
        return TARGETS[name]
    for entry in entry_points(group=ENTRY_POINTS, name=name):
        target: Target = entry.load()
        return target
    return None


def target_names() -> tuple[str, ...]:
    """All names, ours first."""
    others = sorted(entry.name for entry in entry_points(group=ENTRY_POINTS))
    return (*TARGETS, *(name for name in others if name not in TARGETS))
