"""The name that was probably meant."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from difflib import SequenceMatcher

_CUTOFF = 0.68
_MAX_LENGTH = 80


def closest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate most like `name`, if any is like it enough to be worth suggesting.

    Case, hyphens, underscores and spaces count for little. Of equally good candidates the first
    in alphabetical order is taken, so that the answer does not depend on the order given.
    """
    if not 0 < len(name) <= _MAX_LENGTH:
        return None
    from difflib import SequenceMatcher  # seldom needed: most names are right

    folded = _fold(name)
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(folded)
    best, best_ratio = None, _CUTOFF
    for candidate in sorted({c for c in candidates if len(c) <= _MAX_LENGTH}):
        if candidate == name:
            continue
        other = _fold(candidate)
        ratio = 1.0 if _one_slip(folded, other) else _likeness(matcher, other, best_ratio)
        if ratio > best_ratio or (best is None and ratio == best_ratio):
            best, best_ratio = candidate, ratio
    return best


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """The label "did you mean `…`?" for a diagnostic; empty when nothing is close."""
    found = closest(name, candidates)
    return f"did you mean `{found}`?" if found else ""


def shown(text: str, limit: int = 60) -> str:
    """A text from the spec as it may stand in a message: on one line and not too long."""
    flat = text[: limit + 1].encode("unicode_escape").decode() if not text.isprintable() else text
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def _fold(name: str) -> str:
    return name.casefold().replace("-", "_").replace(" ", "_")


def _one_slip(name: str, candidate: str) -> bool:
    """Whether one letter is wrong or two are swapped: for short names the ratio is no judge."""
    if len(name) != len(candidate) or len(name) < 3:
        return False
    wrong = [i for i, (a, b) in enumerate(zip(name, candidate, strict=True)) if a != b]
    swapped = len(wrong) == 2 and name[wrong[0]] + name[wrong[1]] == (
        candidate[wrong[1]] + candidate[wrong[0]]
    )
    return len(wrong) == 1 or (swapped and wrong[1] - wrong[0] == 1)


def _likeness(matcher: "SequenceMatcher[str]", candidate: str, least: float) -> float:
    """The ratio of common letters, or 0 when the cheap upper bounds are already below `least`."""
    matcher.set_seq1(candidate)
    if matcher.real_quick_ratio() < least or matcher.quick_ratio() < least:
        return 0.0
    return matcher.ratio()
