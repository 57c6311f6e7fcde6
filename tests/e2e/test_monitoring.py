"""A deployment that is watched: reports, alerts, and training again when the data has changed."""

from datetime import timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from onespec.runtime.stores.ledger import Alert

from .conftest import Copies
from .project import Project

pytestmark = pytest.mark.slow

MODEL = "late_arrival"
Ran = tuple[Project, Any]


@pytest.fixture(scope="module")
def alerted(inline: Ran, tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, str]:
    """The project after its month was looked at, and what a person was told."""
    project = inline[0].copy(tmp_path_factory.mktemp("alerted") / "project")
    return project, project.call("monitor", "run", "december").out


@pytest.fixture(scope="module")
def changed(inline: Ran, tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Any]:
    """The project with data of a later month, after a look at it that was to start nothing."""
    project = inline[0].copy(tmp_path_factory.mktemp("changed") / "project")
    append_march(project)
    (report,) = project.call("monitor", "run", "december", "--json", "--no-actions").json()
    return project, report


def alerts(project: Project) -> list[Alert]:
    with project.workspace() as workspace:
        return list(workspace.ledger.alerts("december"))


def append_march(project: Project) -> None:
    """Two weeks of flights more: those of February, later, with the same planes and delays."""
    for name, time in (("flights", "scheduled_departure"), ("weather", "observed_at")):
        path = project.folder / "data" / f"{name}.parquet"
        table = pq.read_table(path)
        newest = max(table.column(time).to_pylist())
        moved = table.slice(table.num_rows // 2).to_pylist()
        shift = newest - moved[0][time] + timedelta(hours=1)
        moved = [{**row, time: row[time] + shift} for row in moved]
        if name == "flights":
            moved = [{**row, "flight_id": row["flight_id"] + 10_000_000} for row in moved]
        later = pa.Table.from_pylist(moved, table.schema)
        pq.write_table(pa.concat_tables([table, later]), path)
    project.change(("as_of: 2013-03-02", "as_of: 2013-04-01"))


def test_drift_gives_a_report_and_an_alert(alerted: tuple[Project, str]) -> None:
    project, told = alerted
    page = project.state / "reports" / "december.html"
    assert f"report: {page}" in told
    text = page.read_text("utf-8").replace("<wbr>", "")
    assert text.startswith("<!doctype html>")
    assert "<svg" in text
    assert "airline_load.mean_delay_7d" in text
    (alert,) = alerts(project)
    assert (alert.state, alert.monitor) == ("alert", "december")
    assert alert.summary in told
    assert alert.evidence["retrain"] == MODEL


def test_an_alert_without_new_data_asks_for_training_that_finds_nothing_new(
    alerted: tuple[Project, str],
) -> None:
    project, told = alerted
    assert f"retraining `{MODEL}`, as the spec asks on an alert" in told
    assert "there is nothing new to learn from" in told
    assert project.champion(MODEL) == 1
    states = project.states()
    assert states[f"promote.{MODEL}"] == "cached"
    assert {i for i, state in states.items() if state == "done"} == {""}  # the run, and no step


def test_looking_again_is_cached_and_alerts_once(alerted: tuple[Project, str]) -> None:
    project, _ = alerted
    words = ("monitor", "run", "december", "--json", "--no-actions", "--fail-on-alert")
    (report,) = project.call(*words, code=6).json()
    assert (report["monitor"], report["state"], report["retrain"]) == ("december", "alert", MODEL)
    checks = {check["name"]: check["state"] for check in report["checks"]}
    assert checks["drift"] == "alert"
    assert checks["performance"] == "ok"
    assert report["rows"] > 5000
    assert len(alerts(project)) == 1
    states = project.states()
    assert states["monitor.december"] == "cached"


def test_the_same_distribution_gives_no_alert(inline: Ran, copied: Copies) -> None:
    """The control: a random part of the same days is trained on and watched."""
    project = copied(inline[0])
    project.change(
        ("split: {by: time,", "split: {by: random,"),
        # The champion has seen most of these rows, and knows them by heart.
        ("champion.roc_auc - 0.005", "champion.roc_auc - 0.5"),
        ("last: 31d", "last: 60d"),
        ("    every: 1d\n    window: 31d\n", "    every: 1d\n    window: 60d\n"),
    )
    project.run()
    (report,) = project.call("monitor", "run", "december", "--json", "--fail-on-alert").json()
    assert report["state"] == "ok", report["verdict"]
    assert report["retrain"] is None
    assert alerts(project) == []


def test_an_alert_after_the_data_has_changed_trains_a_version_that_must_pass_its_gates(
    changed: tuple[Project, Any], copied: Copies
) -> None:
    project = copied(changed[0])
    project.change(("- test.roc_auc >= 0.60", "- test.roc_auc >= 0.99"))
    told = project.call("monitor", "run", "december").out
    assert f"retraining `{MODEL}`" in told
    assert "the candidate did not pass its gates; the champion stays" in told
    assert project.champion(MODEL) == 1
    assert {v["version"] for v in project.call("models", "list", "--json").json()} == {1, 2}
    # The control: the same look, and gates that it passes.
    project.change(("- test.roc_auc >= 0.99", "- test.roc_auc >= 0.60"))
    told = project.call("monitor", "run", "december").out
    assert f"a new champion of `{MODEL}` is promoted" in told
    assert project.champion(MODEL) == 2
    states = project.states()
    assert (states["train.late_arrival"], states["gate.late_arrival"]) == ("cached", "done")


def test_a_monitor_that_is_not_there_is_misuse(prepared: Project) -> None:
    done = prepared.call("monitor", "run", "decembre", code=2)
    assert "december" in done.err


def test_without_actions_an_alert_starts_nothing(changed: tuple[Project, Any]) -> None:
    project, report = changed
    assert (report["state"], report["retrain"]) == ("alert", MODEL)
    assert project.champion(MODEL) == 1
    with project.workspace() as workspace:
        assert len(workspace.ledger.versions()) == 1


def test_a_look_at_changed_data_trains_nothing(changed: tuple[Project, Any]) -> None:
    project, _ = changed
    assert project.states().get("train.late_arrival") != "done"
