"""Distances between two samples, and how large chance alone would make them.

Sources: PSI as in Siddiqi, "Credit Risk Scorecards" (2006), its distribution without drift from
Yurdakul and Naranjo, "Statistical properties of the population stability index", Journal of Risk
Model Validation 14(4), 2020. Jensen-Shannon distance: Endres and Schindelin, IEEE Transactions on
Information Theory 49(7), 2003. Kolmogorov-Smirnov tail: Stephens, JRSS B 32(1), 1970. Chi-squared
tail: Abramowitz and Stegun, "Handbook of Mathematical Functions" (1964), 26.4.
"""

import math

import numpy as np

from .columns import Floats, Ints

# A share is never taken below this, so that one unseen value in a million rows is no alarm.
SHARE_FLOOR = 1e-4


def smoothed_shares(counts: Ints) -> Floats:
    """`(count + 1/2) / (rows + bins/2)`, at least `SHARE_FLOOR`: no bin is ever empty."""
    shares = (counts + 0.5) / (counts.sum() + 0.5 * len(counts))
    return np.asarray(np.maximum(shares, SHARE_FLOOR))


def psi_terms(reference: Ints, window: Ints) -> Floats:
    """What each bin adds to the population stability index; every term is at least zero."""
    used = (reference + window) > 0
    p, q = smoothed_shares(reference[used]), smoothed_shares(window[used])
    terms = np.zeros(len(reference))
    terms[used] = (q - p) * np.log(q / p)
    return terms


def psi(reference: Ints, window: Ints) -> float:
    """The population stability index of two rows of counts over the same bins."""
    return float(psi_terms(reference, window).sum())


def psi_noise(reference: Ints, window: Ints) -> float:
    """The PSI to expect without any drift: `(bins - 1) * (1/n + 1/m)`."""
    return _freedom(reference, window) * _sampling(reference, window)


def jensen_shannon(reference: Ints, window: Ints) -> float:
    """The Jensen-Shannon distance (base 2): 0 for equal shares, 1 for disjoint ones."""
    p, q = reference / reference.sum(), window / window.sum()
    middle = (p + q) / 2
    divergence = (_relative_entropy(p, middle) + _relative_entropy(q, middle)) / 2
    return math.sqrt(max(0.0, divergence))


def jensen_shannon_noise(reference: Ints, window: Ints) -> float:
    """The distance to expect without drift: the divergence is about PSI / (8 ln 2) near zero."""
    return math.sqrt(psi_noise(reference, window) / (8 * math.log(2)))


def total_variation(reference: Ints, window: Ints) -> float:
    """The largest difference in probability of any set of bins: what KS is for categories."""
    p, q = reference / reference.sum(), window / window.sum()
    return float(np.abs(p - q).sum() / 2)


def total_variation_noise(reference: Ints, window: Ints) -> float:
    """The distance to expect without drift, from the mean absolute value of a normal."""
    p = (reference + window) / (reference.sum() + window.sum())
    spread = np.sqrt(p * (1 - p) * _sampling(reference, window))
    return float(spread.sum() / math.sqrt(2 * math.pi))


def chi_squared_p(reference: Ints, window: Ints) -> float:
    """The p-value of Pearson's test that both rows of counts come from one distribution."""
    n, m = reference.sum(), window.sum()
    pooled = (reference + window) / (n + m)
    used = pooled > 0
    p = pooled[used]
    statistic = float(
        (((reference[used] - n * p) ** 2) / (n * p)).sum()
        + (((window[used] - m * p) ** 2) / (m * p)).sum()
    )
    return chi_squared_tail(statistic, int(used.sum()) - 1)


def chi_squared_tail(statistic: float, freedom: int) -> float:
    """The probability of a chi-squared variable above `statistic`, by its recurrence."""
    half = statistic / 2
    if freedom < 1 or half <= 0:
        return 1.0
    first = 2 - freedom % 2
    tail = math.erfc(math.sqrt(half)) if first == 1 else math.exp(-half)
    for k in range(first, freedom, 2):
        tail += math.exp(k / 2 * math.log(half) - half - math.lgamma(k / 2 + 1))
    return min(1.0, tail)


def kolmogorov_smirnov(
    reference: Floats, window: Floats, missing: tuple[float, float] = (0.0, 0.0)
) -> float:
    """The largest difference of the two distribution functions, in [0, 1].

    `reference` (k,) may be a sorted sketch of equally weighted quantiles. `missing` holds the
    shares of missing values; they count as the smallest value, so that lost values are drift too.
    Both samples are compared in single precision, the precision of the sketch.
    """
    a = np.sort(reference.astype(np.float32))
    b = np.sort(window.astype(np.float32))
    points = np.unique(np.concatenate([a, b]))
    below_a = np.searchsorted(a, points, side="right") / max(len(a), 1)
    below_b = np.searchsorted(b, points, side="right") / max(len(b), 1)
    gaps = (missing[0] + (1 - missing[0]) * below_a) - (missing[1] + (1 - missing[1]) * below_b)
    return float(max(np.abs(gaps).max(initial=0.0), abs(missing[0] - missing[1])))


def kolmogorov_p(distance: float, rows: int, reference_rows: int) -> float:
    """The p-value of the two-sample test, asymptotic with Stephens' correction."""
    effective = math.sqrt(rows * reference_rows / (rows + reference_rows))
    scaled = (effective + 0.12 + 0.11 / effective) * distance
    if scaled < 0.2:
        return 1.0
    terms = np.arange(1, 101)
    tail = 2 * float(((-1.0) ** (terms - 1) * np.exp(-2 * terms**2 * scaled**2)).sum())
    return min(1.0, max(0.0, tail))


def kolmogorov_noise(rows: int, reference_rows: int) -> float:
    """The distance to expect without drift: the mean of Kolmogorov's distribution, scaled."""
    mean = math.sqrt(math.pi / 2) * math.log(2)
    return mean * math.sqrt(1 / rows + 1 / reference_rows)


def _relative_entropy(p: Floats, q: Floats) -> float:
    used = p > 0
    return float((p[used] * np.log2(p[used] / q[used])).sum())


def _freedom(reference: Ints, window: Ints) -> int:
    return max(0, int(((reference + window) > 0).sum()) - 1)


def _sampling(reference: Ints, window: Ints) -> float:
    return float(1 / reference.sum() + 1 / window.sum())
