"""Plan in, texts out: one folder a target."""

from typing import TYPE_CHECKING

from .airflow.target import AIRFLOW
from .github_actions.target import GITHUB_ACTIONS
from .kubernetes.target import KUBERNETES
from .ray.target import RAY
from .target import Target

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint, EntryPoints

TARGETS: dict[str, Target] = {
    "ray": RAY,
    "kubernetes": KUBERNETES,
    "airflow": AIRFLOW,
    "github-actions": GITHUB_ACTIONS,
}

ENTRY_POINTS = "onespec.targets"

_PARTS = ("name", "summary", "settings", "capabilities", "check", "emit")


class BrokenTargetError(Exception):
    """A target of another package is installed and cannot be used."""


def find_target(name: str) -> Target | None:
    """A target of ours, or one that another package registers under `onespec.targets`.

    Raises BrokenTargetError when that package does not hold what it says.
    """
    if name in TARGETS:
        return TARGETS[name]
    for entry in _others().select(name=name):
        return _load(entry)
    return None


def _others() -> "EntryPoints":
    """What other packages register; looked for only when it is needed, since it takes a while."""
    from importlib.metadata import entry_points

    return entry_points(group=ENTRY_POINTS)


def _load(entry: "EntryPoint") -> Target:
    try:
        target: Target = entry.load()
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise BrokenTargetError(f"`{entry.value}` cannot be loaded: {reason}") from error
    missing = [part for part in _PARTS if not hasattr(target, part)]
    if missing or target.name != entry.name:
        what = f"has no `{missing[0]}`" if missing else f"is called `{target.name}`"
        raise BrokenTargetError(f"`{entry.value}` {what}")
    return target


def target_names() -> tuple[str, ...]:
    """All names, ours first."""
    others = sorted(entry.name for entry in _others())
    return (*TARGETS, *(name for name in others if name not in TARGETS))
