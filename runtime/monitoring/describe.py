"""What changed in a column, in numbers, in words, and as bars on a common axis."""

from typing import Any

import numpy as np

from .bins import category_counts
from .columns import Floats, Words
from .profile import HISTOGRAM_BARS, Profile, moments
from .wording import code, percent, quantity

SHOWN_CATEGORIES = 8
# A change of the missing or never-seen share that is worth saying first.
NOTABLE_SHARE = 0.05


def summary(profile: Profile, sample: Floats | Words | None = None) -> dict[str, Any]:
    """Mean, spread and quantiles (or the top category) of the profile, or of the sample."""
    if profile["kind"] == "categorical":
        return _top(profile, sample if isinstance(sample, Words) else None)
    if sample is None:
        source: Any = profile
    else:
        assert not isinstance(sample, Words)
        source = moments(sample[~np.isnan(sample)])
    levels = source["quantiles"] or {}
    return {
        "mean": source["mean"],
        "std": source["std"],
        "median": levels.get("0.5"),
        "low": levels.get("0.05"),
        "high": levels.get("0.95"),
    }


def describe_shift(profile: Profile, sample: Floats | Words, notable: bool) -> str:
    """How the sample differs from training, in a few words; only the mean unless `notable`."""
    if isinstance(sample, Words):
        absent = float((sample.codes < 0).mean())
        return _missing(profile, absent) or _categories(profile, sample)
    absent = float(np.isnan(sample).mean())
    return _missing(profile, absent) or _numbers(profile, sample, notable)


def display(profile: Profile, sample: Floats | Words) -> dict[str, Any] | None:
    """Shares for drawing both distributions: bars on a common axis, or the top categories."""
    if isinstance(sample, Words):
        return _category_bars(profile, sample)
    present = sample[~np.isnan(sample)]
    sketch = np.array(profile["sketch"], dtype=np.float64)
    both = [part for part in (sketch, present) if part.size]
    if not both:
        return None
    edges = _common_edges(both)
    return {
        "edges": edges.tolist(),
        "reference": _bars(sketch, edges),
        "window": _bars(present, edges),
    }


def _common_edges(parts: list[Floats]) -> Floats:
    """Bars over the central 99% of both samples; one bar a value for small whole numbers."""
    low = min(float(np.quantile(part, 0.005, method="lower")) for part in parts)
    high = max(float(np.quantile(part, 0.995, method="higher")) for part in parts)
    whole = all(bool((part == np.round(part)).all()) for part in parts)
    if whole and high - low <= HISTOGRAM_BARS:
        return np.arange(low - 0.5, high + 1)
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, HISTOGRAM_BARS + 1)


def _bars(values: Floats, edges: Floats) -> list[float]:
    if values.size == 0:
        return [0.0] * (len(edges) - 1)
    counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)
    return [float(share) for share in counts / values.size]


def _category_bars(profile: Profile, sample: Words) -> dict[str, Any]:
    """The categories with the largest share on either side; the last is all others together."""
    names, before, after = _category_shares(profile, sample)
    shown = profile.get("shown", SHOWN_CATEGORIES)
    order = np.argsort(-np.maximum(before, after), kind="stable")[:shown]
    rest = np.setdiff1d(np.arange(len(names)), order)
    missing = (profile["counts"][-1] / profile["rows"], float((sample.codes < 0).mean()))
    return {
        "categories": [names[i] for i in order],
        "reference": before[order].tolist(),
        "window": after[order].tolist(),
        "other": [
            max(0.0, 1 - missing[0] - float(before[order].sum())),
            max(0.0, 1 - missing[1] - float(after[order].sum())),
        ]
        if rest.size or profile["counts"][-2] or before.sum() < 1
        else [0.0, 0.0],
    }


def _category_shares(profile: Profile, sample: Words) -> tuple[list[str], Floats, Floats]:
    """Training's top categories and the window's new ones, with their shares on both sides."""
    top = list(profile["categories"])
    known = set(profile["known"] or sample.categories)
    names = top + [name for name in sample.categories if name not in known]
    counts = category_counts(sample, names)
    before = np.zeros(len(names))
    before[: len(top)] = np.array(profile["counts"][: len(top)]) / max(1, profile["rows"])
    return names, before, counts[: len(names)] / len(sample.codes)


def _top(profile: Profile, sample: Words | None) -> dict[str, Any]:
    if sample is None:
        shares = np.array(profile["counts"][:-2]) / max(1, profile["rows"])
        names = list(profile["categories"])
    else:
        names, _, shares = _category_shares(profile, sample)
    if not len(shares):
        return {"top": None, "share": None}
    first = int(np.argmax(shares))
    return {"top": names[first], "share": float(shares[first])}


def _missing(profile: Profile, absent: float) -> str:
    before = profile["missing"] / profile["rows"]
    if abs(absent - before) < NOTABLE_SHARE:
        return ""
    return f"missing in {percent(absent)} of rows, {percent(before)} in training"


def _categories(profile: Profile, sample: Words) -> str:
    names, before, after = _category_shares(profile, sample)
    if not names:
        return "no values"
    fresh = float(after[len(profile["categories"]) :].sum())
    if fresh >= NOTABLE_SHARE:
        return f"{percent(fresh)} of rows have a category never seen in training"
    most = int(np.argmax(np.abs(after - before)))
    shares = percent(after[most]), percent(before[most])
    return f"{code(names[most])} is {shares[0]} of rows, {shares[1]} in training"


def _numbers(profile: Profile, sample: Floats, notable: bool) -> str:
    now = moments(sample[~np.isnan(sample)])
    old, new = profile["quantiles"], now["quantiles"]
    if old is None or new is None:
        return "no values"
    shown = profile["type"]
    mean = f"mean {quantity(now['mean'], shown)}, {quantity(profile['mean'], shown)} in training"
    if not notable:
        return mean
    spread, moved = old["0.95"] - old["0.05"], new["0.5"] - old["0.5"]
    if abs(moved) >= 0.1 * spread and moved:
        side = "higher" if moved > 0 else "lower"
        middle = quantity(new["0.5"], shown), quantity(old["0.5"], shown)
        return f"values are {side}: median {middle[0]}, {middle[1]} in training"
    ranges = [f"{quantity(q['0.05'], shown)} to {quantity(q['0.95'], shown)}" for q in (new, old)]
    ratio = (new["0.95"] - new["0.05"]) / spread if spread else 1.0
    if ratio > 1.25 or ratio < 0.8:
        side = "wider" if ratio > 1 else "narrower"
        return f"the spread is {side}: 90% within {ranges[0]}, {ranges[1]} in training"
    return f"a similar range in another shape: {mean}"
