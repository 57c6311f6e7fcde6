"""What a hint says to do, mends it: each bad case has a good twin without findings."""

from pathlib import Path

import pytest

from onespec.cli.targets import check_all
from onespec.compiler.lock import LOCK_NAME

CASES = Path(__file__).parent.parent / "specs"
KNOWN_AT_ONCE = "event_time: landed_at, available_after: {arr_delay: 0s}"
LATE = "event_time: scheduled_departure, available_after: {arr_delay: 3h}}"

TWINS: dict[str, tuple[tuple[str, str], ...]] = {
    "E402_key": (
        ("    entity: lateness", "    entity: airport"),
        ("  lateness: {key: arr_delay}\n", ""),
    ),
    "E402_leakage": (("after: 2h\n    windows: [6h, 24h]", "after: 12h\n    windows: [24h]"),),
    "E402_no_delay": (
        ("event_time: scheduled_departure}", LATE),
        ("    available_after: 2h\n", ""),
    ),
    "E402_request": (
        ("inputs: {distance: float, dep_delay: float}", "inputs: {distance: float}"),
        ("      behind: greatest(0, dep_delay)", "      far: distance > 9"),
    ),
    "E402_same_file": (("static: true", KNOWN_AT_ONCE),),
    "E402_same_file_other_time": (("event_time: landed_at", KNOWN_AT_ONCE),),
    "E402_where": (("after: 2h\n    windows: [6h, 24h]", "after: 12h\n    windows: [24h]"),),
    "E403_refresh": (("ttl: 3h", "ttl: 12h"),),
    "E403_ttl": (("ttl: 3h", "ttl: 5h"),),
    "E405_batch": (("last: 12h", "last: 1d"), ("every: 12h", "every: 1d")),
    "E406_gap": (("gap: 6h", "gap: 12h"),),
    "E406_inferred": (("      gap: 1d", ""),),
    "W407_lookalike": (("event_time: landed_at", KNOWN_AT_ONCE),),
    "E408_label": (("      label_available_after: 12h", ""),),
    "E408_rows": (("available_after: 2h", "available_after: 3h"),),
    "E408_view": (("    available_after: 2h", ""),),
    "E408_where": (("    available_after: 2h", ""),),
    "E409_batch": (("last: 30d", "last: 7d"),),
    "E409_label": (("retention: 24h", "retention: 25h"),),
    "E409_log": (("keep: 7d", "keep: 14d"),),
    "E409_log_of_performance": (("keep: 1d", "keep: 36h"),),
    "E409_scores": (("window: 30d", "window: 7d"),),
    "E409_view": (("retention: 1h", "retention: 61m"),),
    "E409_window": (("24h]", "12h]"),),
    "W411_window": (("    window: 6h", ""),),
    "W412_last": (("last: 6h", "last: 1d"),),
    "W412_late_rows": (("last: 1d", "last: 26h"),),
    "W412_weekend": (("last: 1d", "last: 3d"),),
    "W413_cooldown": (("[retrain: late_arrival]", "[retrain: late_arrival]\n    cooldown: 7d"),),
    "W414_hourly": (('"@hourly"', '"@daily"'),),
    "E415_fresh": (("fresh: 30m", "fresh: 2h"),),
    "E504_champion": (("+ 1", "+ 0.1"), ("- 1", "- 0.1")),
    "E504_serving": (("<= 0ms", "<= 9ms"), ("      - serving.latency_p50 > 0ms", "")),
    "E508_champion": (("      - test.roc_auc < champion.roc_auc ", ""),),
    "E508_gates": (("< 0.8", "< 0.95"),),
    "W509_laxer": (("      - test.roc_auc >= 0.6", ""),),
    "W509_stricter": (("      - test.roc_auc >= 0.6", ""),),
    "W510_latency": (("<= 50ms", "<= 20ms"),),
    "W510_performance": ((">= 0.7", ">= 0.75"),),
    "W510_retrain": ((">= 0.7", ">= 0.7\n      - test.pr_auc >= 0.3"),),
    "E511_service": (("service: {error_rate: 1%}", "drift: {}"),),
    "W512_entity": (("  plane: {key: tailnum}", ""),),
    "W512_field": (("airport_load.mean_delay", "airport_load"),),
    "W512_input": (("      carrier: string", ""),),
    "E513_accepted": (("JFK, 7", 'JFK, "7"'), ("[]", "[B6]")),
    "E513_accepted_outside": (("[1, 9]", "[1, 10]"),),
    "E513_ranges": (("[11, 20]", "[10, 20]"),),
    "E513_text_range": (("origin:", "distance:"),),
    "W514_constant": (("1 + 1", "precip"),),
    "W515_twice": (("( temp )", "temp + 1"),),
    "E516_between": (("max: 0.5", "max: 0.8"),),
    "E516_drift": (("alert: 2", "alert: 0.9"),),
    "E516_no_log": (("sample: 0%", "sample: 10%"),),
    "E516_performance": (("min: 1.1", "min: 0.7"),),
    "E516_performance_never": (("min: 0}", "max: 0.7}"),),
    "E516_service": (("latency_p99: 0s, error_rate: 100%", "latency_p99: 50ms, error_rate: 1%"),),
    "W518_defaults": (
        ("10.0}", "10.0, airport_load.mean_delay_6h: 5.0, airport_load.mean_delay_24h: null}"),
    ),
    "W519_cooldown": (("cooldown: 12h", "cooldown: 7d"),),
    "W519_other_model": (("[retrain: other]", "[retrain: late_arrival]"),),
    "W519_undone": (("cooldown: 7d", "cooldown: 1d"),),
}  # fmt: skip


# Of each rule the last duration that is fine, and the first that is not, a microsecond away.
BOUNDARIES = (
    ("E401_window", "windows: [2h, 24h]", "windows: [7200000001us]", "windows: [2h]"),
    ("E403_refresh", "ttl: 3h", "ttl: 12h", "ttl: 43199999999us"),
    ("E403_ttl", "ttl: 3h", "ttl: 14400000001us", "ttl: 4h"),
    ("E405_maturity", "every: 1d", "every: 1d\n    window: 172800000001us", "every: 1d"),
    ("E406_gap", "gap: 6h", "gap: 12h", "gap: 43199999999us"),
    ("E408_view", "after: 2h", "after: 3h", "after: 10799999999us"),
    ("E409_batch", "last: 30d", "last: 7d", "last: 604800000001us"),
    ("E409_label", "retention: 24h", "retention: 86400000001us", "retention: 24h"),
    ("E409_log", "keep: 7d", "keep: 14d", "keep: 1209599999999us"),
    ("E409_log_of_performance", "keep: 1d", "keep: 36h", "keep: 129599999999us"),
    ("E409_scores", "window: 30d", "window: 7d", "window: 604800000001us"),
    ("E409_window", "24h]", "12h]", "43200000001us]"),
    ("W411_window", "window: 6h", "window: 1d", "window: 86399999999us"),
    ("W412_late_rows", "last: 1d", "last: 26h", "last: 93599999999us"),
    ("W413_cooldown", "retrain: late_arrival]", "retrain: late_arrival]\n    cooldown: 7d",
     "retrain: late_arrival]\n    cooldown: 6d"),
    ("E415_fresh", "fresh: 30m", "fresh: 2h", "fresh: 7199999999us"),
)  # fmt: skip


@pytest.mark.parametrize("case", TWINS)
def test_the_twin_of_a_bad_case_has_no_findings(case: str, tmp_path: Path) -> None:
    text = (CASES / "bad" / f"{case}.yaml").read_text()
    for old, new in TWINS[case]:
        assert old in text
        text = text.replace(old, new, 1)
    (tmp_path / LOCK_NAME).write_text((CASES / LOCK_NAME).read_text())
    (tmp_path / "pipeline.yaml").write_text(text)
    found = check_all(tmp_path / "pipeline.yaml", None).diagnostics
    assert [f"{d.code} {d.message}" for d in found] == []


@pytest.mark.parametrize(("case", "old", "fine", "wrong"), BOUNDARIES, ids=lambda v: str(v)[:24])
def test_a_rule_begins_at_its_boundary(
    case: str, old: str, fine: str, wrong: str, tmp_path: Path
) -> None:
    text = (CASES / "bad" / f"{case}.yaml").read_text()
    assert old in text
    (tmp_path / LOCK_NAME).write_text((CASES / LOCK_NAME).read_text())
    told = []
    for new in (fine, wrong):
        (tmp_path / "pipeline.yaml").write_text(text.replace(old, new, 1))
        found = check_all(tmp_path / "pipeline.yaml", None).diagnostics
        told.append(case[:4] in {d.code for d in found})
    assert told == [False, True]
