"""Which version is champion, and what promotions were made."""

from collections.abc import Mapping
from typing import Any

from ..errors import StepError
from ..stores.ledger import CHALLENGER, CHAMPION, PROMOTED, LedgerReader, ModelVersion

__all__ = [
    "CHALLENGED",
    "CHALLENGER",
    "CHAMPION",
    "PROMOTED",
    "champion_change",
    "opponent",
    "promotions",
    "registered",
    "version_of",
]

CHALLENGED = "challenged"
"""What the audit log calls it when a plan makes a version the challenger of a rollout."""
_HISTORY = 10_000


def registered(ledger: LedgerReader, model: str, value_key: str) -> ModelVersion | None:
    """The version of a trained value."""
    return next((v for v in ledger.versions(model) if v.value_key == value_key), None)


def version_of(ledger: LedgerReader, model: str, value_key: str) -> ModelVersion:
    """The version of a trained value. Raises StepError when the ledger does not know it."""
    version = registered(ledger, model, value_key)
    if version is None:
        raise StepError(
            f"the ledger does not know this version of `{model}`",
            remedy="run the plan again: the version is then registered anew",
        )
    return version


def promotions(ledger: LedgerReader, model: str) -> list[Mapping[str, Any]]:
    """Facts of the promotions by plans, newest first, into a rollout or at once; what an operator
    did is not among them."""
    return [
        entry["facts"]
        for entry in ledger.audit_log(_HISTORY)
        if entry.get("action") in (PROMOTED, CHALLENGED)
        and entry.get("facts", {}).get("model") == model
    ]


def opponent(ledger: LedgerReader, model: str, candidate: str | None) -> ModelVersion | None:
    """The champion; where a plan promoted the candidate last, the version that it replaced.

    So a gate that is evaluated again after its own promotion compares the same two, also when an
    operator has moved the alias since: what a person chose is not undone by an unchanged plan.
    """
    champion = ledger.version(model, CHAMPION)
    if champion is None:
        return None
    made = promotions(ledger, model)
    is_champion = champion.value_key == candidate
    for facts in made if is_champion else made[:1]:
        if facts.get("value_key") == candidate:
            replaced = facts.get("replaced")
            return registered(ledger, model, replaced) if replaced else None
    return None if is_champion else champion


def champion_change(ledger: LedgerReader, model: str, before: str | None, after: str | None) -> str:
    """`champion changed: version 3 → 4`; the champions are named by the keys of their values."""
    numbers = {v.value_key: f"version {v.version}" for v in ledger.versions(model)}
    old, new = (numbers.get(key or "", "none") for key in (before, after))
    return f"champion changed: {old} → {new.removeprefix('version ') if old != 'none' else new}"
