"""Resources that no machine of the target can give."""

from collections.abc import Iterator
from dataclasses import replace

from ...compiler.plan import Plan, Resources
from ...specs.document import Path
from ...specs.scalars import format_size
from ..asks import Consumer, consumers
from ..machines import Cluster, MachineSettings, Node
from ..target import Problem, Settings, Target

LARGEST = Resources(cpu=4096, memory=1 << 46, gpu=32)
"""More than any single machine that can be had: 64 TiB of memory."""

_HINTS = {
    "cpu": "a step or replica runs on one machine; `cpu` counts cores, not thousandths of one",
    "memory": "a step or replica runs on one machine; write `4GiB` or `512MiB`",
    "gpu": "a step or replica runs on one machine",
}
_KEYS = tuple(_HINTS)


def check_machines(target: Target, plan: Plan, settings: Settings) -> Iterator[Problem]:
    """E607: more than the largest node has, or than all nodes have together."""
    if not isinstance(settings, MachineSettings):
        return
    base = ("targets", target.name)
    wanted = tuple(map(_least, consumers(plan)))
    for one in wanted:
        if settings.node is None:
            yield from _beyond_any(one)
        else:
            yield from _beyond(target, one, settings.node, (*base, "node"))
    if settings.cluster is not None:
        yield from _together(target, wanted, settings.cluster, (*base, "cluster"))


def _least(one: Consumer) -> Consumer:
    """What it can do with: with a fallback, no GPU."""
    if one.resources.fallback is None:
        return one
    return replace(one, resources=replace(one.resources, gpu=0.0, accelerator=None))


def _beyond_any(one: Consumer) -> Iterator[Problem]:
    for key in _KEYS:
        asked, most = _amount(one.resources, key), _amount(LARGEST, key)
        if asked > most:
            message = f"`{one.name}` asks for {_told(key, asked)}, more than any machine has"
            hint = _HINTS[key]
            yield Problem("E607", message, (*one.at, key), hint)


def _beyond(target: Target, one: Consumer, node: Node, at: Path) -> Iterator[Problem]:
    hint = "lower it, or tell the target of a larger node"
    for key in _KEYS:
        asked, most = _amount(one.resources, key), getattr(node, key)
        if most is not None and asked > most:
            yield Problem(
                "E607",
                f"`{one.name}` asks for {_told(key, asked)}, and the largest node of "
                f"target `{target.name}` has {_told(key, most)}",
                (*one.at, key),
                hint,
                related=(("the node is declared here", (*at, key)),),
            )
    wanted, known = one.resources.accelerator, target.capabilities.accelerators
    unknown = known is not None and wanted not in known  # told as E609
    if wanted and node.accelerators and wanted not in node.accelerators and not unknown:
        yield Problem(
            "E607",
            f"`{one.name}` asks for {wanted}, and the nodes of target "
            f"`{target.name}` have {', '.join(node.accelerators)}",
            (*one.at, "accelerator"),
            hint,
            related=(("the node is declared here", (*at, "accelerators")),),
        )


def _together(
    target: Target, wanted: tuple[Consumer, ...], cluster: Cluster, at: Path
) -> Iterator[Problem]:
    for key in _KEYS:
        most = getattr(cluster, key)
        if most is None:
            continue
        has = f"and all nodes of target `{target.name}` have {_told(key, most)}"
        for place, what in (*_each(wanted, key, most), *_all(wanted, key, most)):
            yield Problem(
                "E607",
                f"{what}, {has}",
                place,
                "lower it, or tell the target of a larger cluster",
                related=(("the cluster is declared here", (*at, key)),),
            )


def _each(wanted: tuple[Consumer, ...], key: str, most: float) -> Iterator[tuple[Path, str]]:
    """A step, or an endpoint at its largest, that is too large for the whole cluster."""
    for one in wanted:
        amount = _amount(one.resources, key)
        if amount * one.most > most and one.most > 1:
            what = f"`{one.name}` asks for up to {one.most} times {_told(key, amount)}"
            yield (*one.at, "replicas", "max"), what
        elif amount > most:
            yield (*one.at, key), f"`{one.name}` asks for {_told(key, amount)}"


def _all(wanted: tuple[Consumer, ...], key: str, most: float) -> Iterator[tuple[Path, str]]:
    """The first endpoint with which those that are always there become too many."""
    total = 0.0
    for count, one in enumerate((one for one in wanted if one.serves), start=1):
        total += _amount(one.resources, key) * one.least
        if total > most and count > 1:
            yield (*one.at, key), f"with `{one.name}` the endpoints ask for {_told(key, total)}"
            return


def _amount(owner: Resources, key: str) -> float:
    return float(getattr(owner, key) or 0)


def _told(key: str, amount: float) -> str:
    if key == "memory":
        return f"{format_size(int(amount))} of memory"
    word = {"cpu": "core", "gpu": "GPU"}[key]
    return f"{amount:g} {word}{'' if amount == 1 else 's'}"
