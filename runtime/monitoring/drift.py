"""Drift: how far each column of a window is from its training profile, and how sure that is."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np

from ...compiler.plan import Drift
from . import distances
from .bins import bin_counts, category_counts, unseen_rows
from .buckets import Buckets
from .columns import Bools, Floats, Ints, Words, numbers, words
from .describe import describe_shift, display, summary
from .profile import Profile
from .state import State

# The chance that any column of a window without drift is called drifted, at most.
FALSE_ALARMS = 0.001
# Parts of a window with fewer rows are left out of the trend.
TREND_ROWS = 50

# What is compared of the answers: of several classes the likeliest, and its probability.
PREDICTION = "prediction"
CONFIDENCE = "confidence"

Sample = Floats | Words
Role = Literal["feature", "prediction"]


@dataclass(frozen=True, slots=True)
class Measure:
    """One distance: as measured, what chance alone gives, what is left, and the p-value."""

    value: float
    noise: float
    effect: float
    p_value: float


@dataclass(frozen=True, slots=True)
class ColumnDrift:
    """What is known about one column. Shares are of rows; `bins` and `display` feed the plots."""

    name: str
    role: Role
    type: str
    kind: str
    state: State
    rows: int
    method: str
    measure: Measure | None
    psi: float | None = None
    jensen_shannon: float | None = None
    kolmogorov_smirnov: float | None = None
    missing: Mapping[str, float] = field(default_factory=dict)
    out_of_range: float | None = None
    unseen: float | None = None
    reference: Mapping[str, Any] = field(default_factory=dict)
    window: Mapping[str, Any] = field(default_factory=dict)
    shift: str = ""
    display: Mapping[str, Any] | None = None
    trend: tuple[Mapping[str, Any], ...] = ()

    @property
    def effect(self) -> float:
        return self.measure.effect if self.measure else -1.0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Compared:
    """A column to compare: its profile, its values in the window, and when each row was made."""

    name: str
    role: Role
    profile: Profile
    column: Any
    times: Ints


def measure_drift(
    columns: list[Compared], drift: Drift, minimum_rows: int, buckets: Buckets
) -> list[ColumnDrift]:
    """All columns, those that drifted most first.

    A column is `warn` or `alert` only where its effect passes the bound *and* its p-value is below
    `FALSE_ALARMS` shared among all columns (Bonferroni); with fewer than `minimum_rows` rows
    nothing is said.
    """
    level = FALSE_ALARMS / max(1, len(columns))
    measured = [_column_drift(c, drift, minimum_rows, buckets, level) for c in columns]
    return sorted(measured, key=lambda c: (-c.effect, c.role, c.name))


def absent_column(name: str, value_type: str, kind: str, method: str) -> ColumnDrift:
    """A column of the profile that the log does not hold."""
    return ColumnDrift(
        name, "feature", value_type, kind, "insufficient", 0, method, None, shift="not in the log"
    )


def absent_prediction(name: str, profile: Profile, method: str) -> ColumnDrift:
    """An answer that the log does not hold: it was written for another task."""
    found = absent_column(name, str(profile["type"]), str(profile["kind"]), method)
    return replace(found, role="prediction")


def compare(method: str, profile: Profile, sample: Sample) -> Measure:
    """The distance of a sample (n,) from its profile by `psi`, `ks` or `js`; n must not be 0."""
    reference, window = _both_counts(profile, sample)
    p_value = distances.chi_squared_p(reference, window)
    match method:
        case "psi":
            value, noise = distances.psi(reference, window), distances.psi_noise(reference, window)
            return Measure(value, noise, max(0.0, value - noise), p_value)
        case "js":
            value = distances.jensen_shannon(reference, window)
            noise = distances.jensen_shannon_noise(reference, window)
            return Measure(value, noise, max(0.0, value**2 - noise**2) ** 0.5, p_value)
        case "ks" if isinstance(sample, Words):
            value = distances.total_variation(reference, window)
            noise = distances.total_variation_noise(reference, window)
            return Measure(value, noise, max(0.0, value - noise), p_value)
        case "ks":
            assert not isinstance(sample, Words)
            return _kolmogorov_smirnov(profile, sample)
    raise ValueError(f"unknown drift method {method!r}")


def _kolmogorov_smirnov(profile: Profile, sample: Floats) -> Measure:
    present = sample[~np.isnan(sample)]
    rows, reference_rows = len(sample), int(profile["rows"])
    missing = (profile["missing"] / reference_rows, 1 - len(present) / rows)
    value = distances.kolmogorov_smirnov(np.array(profile["sketch"]), present, missing)
    noise = distances.kolmogorov_noise(rows, reference_rows)
    return Measure(value, noise, value, distances.kolmogorov_p(value, rows, reference_rows))


def _column_drift(
    compared: Compared, drift: Drift, minimum_rows: int, buckets: Buckets, level: float
) -> ColumnDrift:
    profile = compared.profile
    kind = str(profile["kind"])
    sample: Sample = words(compared.column) if kind == "categorical" else numbers(compared.column)
    rows = len(compared.times)
    empty = ColumnDrift(
        compared.name, compared.role, profile["type"], kind, "insufficient", rows, drift.method,
        None, reference=summary(profile),
    )  # fmt: skip
    if rows == 0 or profile["rows"] == 0:
        return replace(empty, shift="no rows to compare")
    measure = compare(drift.method, profile, sample)
    described = replace(
        empty,
        measure=measure,
        **_all_measures(profile, sample),
        **_quality(profile, sample),
        window=summary(profile, sample),
        display=display(profile, sample),
        trend=_trend(drift.method, profile, sample, compared.times, buckets),
    )
    enough = min(rows, profile["rows"]) >= minimum_rows
    state = _state(measure, drift, level) if enough else "insufficient"
    notable = measure.effect >= drift.warn
    return replace(described, state=state, shift=describe_shift(profile, sample, notable))


def _state(measure: Measure, drift: Drift, level: float) -> State:
    if measure.p_value >= level or measure.effect < drift.warn:
        return "ok"
    return "alert" if measure.effect >= drift.alert else "warn"


def _both_counts(profile: Profile, sample: Sample) -> tuple[Ints, Ints]:
    reference = np.array(profile["counts"], dtype=np.int64)
    if isinstance(sample, Words):
        return reference, category_counts(sample, profile["categories"])
    return reference, bin_counts(sample, np.array(profile["edges"], dtype=np.float64))


def _all_measures(profile: Profile, sample: Sample) -> dict[str, Any]:
    return {
        "psi": compare("psi", profile, sample).value,
        "jensen_shannon": compare("js", profile, sample).value,
        "kolmogorov_smirnov": (
            None if isinstance(sample, Words) else compare("ks", profile, sample).value
        ),
    }


def _quality(profile: Profile, sample: Sample) -> dict[str, Any]:
    """Shares of missing, out-of-range and never-seen values."""
    before = profile["missing"] / profile["rows"]
    if isinstance(sample, Words):
        rows = len(sample.codes)
        missing = {"reference": before, "window": float((sample.codes < 0).mean())}
        known = profile["known"]
        unseen = None if known is None else unseen_rows(sample, known) / rows
        return {"missing": missing, "unseen": unseen}
    missing = {"reference": before, "window": float(np.isnan(sample).mean())}
    if profile["min"] is None:
        return {"missing": missing}
    outside = (sample < profile["min"]) | (sample > profile["max"])
    return {"missing": missing, "out_of_range": float(outside.mean())}


def _trend(
    method: str, profile: Profile, sample: Sample, times: Ints, buckets: Buckets
) -> tuple[dict[str, Any], ...]:
    places = buckets.places(times)
    points = []
    for place in range(buckets.count):
        rows = places == place
        if (found := int(rows.sum())) >= TREND_ROWS:
            effect = compare(method, profile, take(sample, rows)).effect
            points.append({"start": buckets.start(place), "rows": found, "effect": effect})
    return tuple(points)


def take(sample: Sample, rows: Bools) -> Sample:
    """The rows of a sample where `rows` (n,) is true."""
    return sample.take(rows) if isinstance(sample, Words) else sample[rows]
