"""Which part of the lineage a name on the command line means."""

from ...specs.suggest import did_you_mean
from .columns import Lineage


class UnknownNameError(Exception):
    """Nothing has that name, or several things do. The message says what to write."""


def find_in_lineage(lineage: Lineage, name: str) -> tuple[str, ...]:
    """The ids that a name means: a column, feature, view, source, model, deployment or monitor.

    A source means its columns and a view its fields. A name that two parts share is told apart by
    its prefix, as in `source.flights` and `view.flights`. Raises UnknownNameError.
    """
    meanings = _meanings(lineage)
    found = meanings.get(name)
    if found is None:
        guess = did_you_mean(name, meanings)
        hint = f" {guess[:1].upper()}{guess[1:]}" if guess else ""
        raise UnknownNameError(f"There is no column, feature, model or deployment `{name}`.{hint}")
    if len(found) > 1:
        ways = " or ".join(f"`{prefix}`" for prefix in found)
        raise UnknownNameError(f"`{name}` means several things: write {ways}.")
    return next(iter(found.values()))


def _meanings(lineage: Lineage) -> dict[str, dict[str, tuple[str, ...]]]:
    """By every name that may be written: qualified names, and the ids that each means."""
    groups: dict[str, list[str]] = {}
    for node in lineage.nodes.values():
        prefix = node.id.partition(".")[0].replace("field", "view")
        groups.setdefault(f"{prefix}.{node.name}", []).append(node.id)
        owner = f"{prefix}.{node.name.partition('.')[0]}"
        if node.kind == "score":
            groups.setdefault(owner, []).append(node.id)
        elif not node.window and node.kind in ("column", "field", "feature"):
            # A windowed field stands for its features, which have names of their own.
            groups.setdefault(owner, []).append(node.id)
    meanings: dict[str, dict[str, tuple[str, ...]]] = {}
    for qualified, ids in groups.items():
        for name in (qualified, qualified.partition(".")[2]):
            meanings.setdefault(name, {})[qualified] = tuple(ids)
    return meanings
