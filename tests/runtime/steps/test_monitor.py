"""The step `monitor`, from profile to alert: planted changes found, calm worlds left alone."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from onespec.compiler.plan import Drift, MonitorParams
from onespec.runtime.identities import monitor as monitor_identity
from onespec.runtime.monitoring.json_data import rounded
from onespec.runtime.steps import profile as profile_step
from onespec.runtime.value import Value

from ..monitoring import simulation, stage
from ..monitoring.simulation import AS_OF, BATCH, DAY, HOUR, MODEL, MONITOR, World


@pytest.fixture(autouse=True)
def _known_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile_step, "_score", stage.true_scores)


def batch_report(project: Path, world: World, params: MonitorParams = BATCH) -> dict[str, Any]:
    with stage.stage(simulation.product(params), project) as made:
        made.profile()
        stage.add_batch(made, world)
        stage.add_source(made, world)
        return made.monitor()[0]


def states(report: dict[str, Any]) -> dict[str, str]:
    return {check["name"]: check["state"] for check in report["checks"]}


def test_a_calm_week_online(tmp_path: Path) -> None:
    report, made = stage.online_report(tmp_path, World())
    assert set(states(report).values()) == {"ok"}
    assert report["verdict"].startswith("Nothing unusual in ")
    assert made.facts["state"] == "ok"
    assert made.facts["retrain"] is None
    assert report["performance"]["coverage"] == pytest.approx(0.98, abs=0.005)


def test_a_cold_week(tmp_path: Path) -> None:
    report, made = stage.online_report(tmp_path, World(cold=12))
    assert report["drift"]["columns"][0]["name"] == "weather_now.temp"
    assert report["verdict"].startswith("Drift: `weather_now.temp` moved far from training (PSI ")
    assert states(report)["drift"] == "alert"
    assert states(report)["performance"] == "ok"
    assert (made.facts["retrain"], made.facts["retrain_reason"]) == (MODEL, "drift is at alert")


def test_a_changed_world_without_drift_is_seen_by_its_labels(tmp_path: Path) -> None:
    report = batch_report(tmp_path, World(flipped=True))
    assert states(report)["drift"] == "ok"
    assert states(report)["performance"] == "alert"
    assert report["verdict"].startswith("Performance: roc_auc is 0.")
    assert report["retrain"] == MODEL


def test_lost_values_are_drift_but_no_reason_to_train(tmp_path: Path) -> None:
    report = batch_report(tmp_path, World(lost=0.6))
    assert states(report)["drift"] == "alert"
    assert states(report)["quality"] == "warn"
    assert report["retrain"] is None
    assert "repair the feed" in report["retrain_reason"]


@pytest.mark.parametrize("method", ["psi", "ks", "js"])
def test_every_method_judges_the_same(tmp_path: Path, method: str) -> None:
    params = replace(BATCH, drift=Drift(method, 0.1, 0.2))  # type: ignore[arg-type]
    calm = batch_report(tmp_path / "calm", World(), params)
    cold = batch_report(tmp_path / "cold", World(cold=12), params)
    assert states(calm)["drift"] == states(calm)["prediction"] == "ok"
    assert states(cold)["drift"] == "alert"


def test_only_chosen_features_and_checks(tmp_path: Path) -> None:
    drift = Drift("psi", 0.1, 0.25, ("flight.hour",))
    report = batch_report(tmp_path, World(cold=12), replace(BATCH, drift=drift, performance=None))
    assert {c["name"] for c in report["drift"]["columns"]} == {"flight.hour", "prediction"}
    assert "performance" not in states(report)
    only = replace(BATCH, drift=None)
    assert states(batch_report(tmp_path / "b", World(), only)) == {"performance": "ok"}


@pytest.mark.parametrize("rows", [0, 60])
def test_too_little_data(tmp_path: Path, rows: int) -> None:
    with stage.stage(simulation.product(MONITOR), tmp_path) as made:
        made.profile()
        stage.add_source(made, World(), n=60)
        if rows:
            stage.add_online(made, simulation.online_table(World(cold=30), n=rows))
        report, result = made.monitor()
        assert not made.workspace.ledger.alerts()
    assert report["state"] == "insufficient"
    assert set(states(report).values()) == {"insufficient"}
    assert report["verdict"].startswith("Too little to judge")
    assert result.facts["retrain"] is None
    assert "Too little data" in result.files["report.html"].read_text()


def test_all_null_and_absent_features(tmp_path: Path) -> None:
    with stage.stage(simulation.product(BATCH), tmp_path) as made:
        made.profile()
        table = simulation.batch_table(World()).drop_columns(["flight.hour"])
        for name in ("weather_now.temp", "flight.carrier", "weather_now.raining"):
            place = table.schema.get_field_index(name)
            table = table.set_column(place, name, pa.nulls(table.num_rows))
        made.publish_table("score", "scores.parquet", table)
        stage.add_source(made, World())
        report, _ = made.monitor()
    columns = {c["name"]: c for c in report["drift"]["columns"]}
    assert columns["weather_now.temp"]["state"] == "alert"
    assert columns["flight.carrier"]["state"] == "alert"
    assert columns["flight.hour"]["state"] == "insufficient"
    assert columns["flight.hour"]["shift"] == "not in the log"


def test_the_alert_is_recorded_once_with_its_evidence(tmp_path: Path) -> None:
    with stage.stage(simulation.product(MONITOR), tmp_path) as made:
        made.profile()
        stage.add_source(made, World(cold=12))
        stage.add_online(made, simulation.online_table(World(cold=12)))
        first, result = made.monitor()
        again, _ = made.monitor()
        assert again == first
        (alert,) = made.workspace.ledger.alerts("api_health")
        step = made.workspace.plan.step("monitor")
        assert monitor_identity.holds(Value("k", {}, result.facts), step, made.workspace)
        lost = result.facts | {"window_end": AS_OF + 1}
        assert not monitor_identity.holds(Value("k", {}, lost), step, made.workspace)
    assert (alert.window_end, alert.state, alert.created) == (AS_OF, "alert", AS_OF)
    assert alert.summary == first["verdict"]
    top = alert.evidence["drift"][0]
    assert top["name"] == "weather_now.temp"
    assert top["effect"] > 1
    assert alert.evidence["retrain"] == MODEL
    assert json.dumps(alert.evidence)


def test_an_hour_later_the_cooldown_holds(tmp_path: Path) -> None:
    with stage.stage(simulation.product(MONITOR), tmp_path) as made:
        made.profile()
        stage.add_source(made, World(cold=12))
        stage.add_online(made, simulation.online_table(World(cold=12)))
        assert made.monitor()[0]["retrain"] == MODEL
        later, _ = made.monitor(AS_OF + HOUR)
        assert later["state"] == "alert"
        assert later["retrain"] is None
        assert "cooldown" in later["retrain_reason"]
        assert made.monitor(AS_OF + DAY)[0]["retrain"] == MODEL


def test_rows_of_another_version_are_told_and_not_compared(tmp_path: Path) -> None:
    with stage.stage(simulation.product(BATCH), tmp_path) as made:
        made.profile()
        table = simulation.batch_table(World())
        own = pa.array(["f" * 64] * 1000 + ["e" * 64] * 2000)
        table = table.set_column(table.schema.get_field_index("value_key"), "value_key", own)
        made.publish_table("score", "scores.parquet", table)
        stage.add_source(made, World())
        report, _ = made.monitor(AS_OF - 7 * DAY)
    (prediction,) = (c for c in report["drift"]["columns"] if c["role"] == "prediction")
    assert 0 < prediction["rows"] < report["rows"]
    assert {row["profiled"] for row in report["versions"]} == {True, False}


def test_identity_follows_the_log_and_the_instant(tmp_path: Path) -> None:
    with stage.stage(simulation.product(MONITOR), tmp_path) as made:
        step, workspace = made.workspace.plan.step("monitor"), made.workspace
        seen = [monitor_identity.identity(step, workspace)]
        stage.add_online(made, simulation.online_table(World(), days=3))
        seen.append(monitor_identity.identity(step, workspace))
        seen.append(monitor_identity.identity(step, replace(workspace, as_of=AS_OF + 1)))
        assert monitor_identity.identity(step, workspace) == seen[1]
        old = simulation.online_table(World(), n=10, days=60).slice(0, 1)
        simulation.write_log(old, workspace.state / "predictions" / "api")
        assert monitor_identity.identity(step, workspace) == seen[1]
    assert len(set(seen)) == 3


def test_the_report(tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    report, _ = stage.online_report(tmp_path, World(cold=12), n=1500)
    report["inputs"] = sorted(report["inputs"])
    assert rounded(report, 5) == snapshot(extension_class=JSONSnapshotExtension)
