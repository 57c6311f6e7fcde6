"""The flights of the example on a real Ray: run, run again, change a line, fail a gate."""

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from onespec.compiler.plan import ScoreParams
from onespec.runtime.prediction_log.schema import log_schema

from .conftest import Copies
from .project import Project, keys_of, of_state

pytestmark = [pytest.mark.ray, pytest.mark.slow]

MODEL = "late_arrival"
OnRay = tuple[Project, Any]

# Everything that stands on the view `weather_now`, and nothing else.
OF_WEATHER = {
    "features.late_arrival.weather_now",
    "training_set.late_arrival",
    "train.late_arrival",
    "evaluate.late_arrival",
    "profile.late_arrival",
    "probe.late_arrival",
    "register.late_arrival",
    "gate.late_arrival",
    "promote.late_arrival",
    "materialize.weather_now",
    "features.nightly.weather_now",
    "score.nightly",
}


GUARDED = {"gate.late_arrival", "promote.late_arrival", "score.nightly"}


@pytest.fixture(scope="module")
def no_ray(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which Ray cannot be imported, let alone started."""
    folder = tmp_path_factory.mktemp("no_ray")
    (folder / "ray.py").write_text("raise ImportError('planted: Ray is not to be started')\n")
    return {"PYTHONPATH": str(folder)}


@pytest.fixture(scope="module")
def held_back(on_ray: OnRay, tmp_path_factory: pytest.TempPathFactory) -> OnRay:
    """The project after one field's expression was changed, and a gate that nothing passes."""
    project = on_ray[0].copy(tmp_path_factory.mktemp("held_back") / "project")
    project.change(
        ("wind_kmh: wind_speed * 1.609", "wind_kmh: wind_speed * 1.852"),
        ("- test.roc_auc >= 0.60", "- test.roc_auc >= 0.99"),
    )
    return project, project.run(code=4)


@pytest.fixture(scope="module")
def second(held_back: OnRay, tmp_path_factory: pytest.TempPathFactory) -> OnRay:
    """The same with the gate as it was before."""
    project = held_back[0].copy(tmp_path_factory.mktemp("second") / "project")
    project.change(("- test.roc_auc >= 0.99", "- test.roc_auc >= 0.60"))
    return project, project.run()


def test_a_run_on_ray_does_every_step_of_the_plan(on_ray: OnRay) -> None:
    project, steps = on_ray
    assert tuple(steps) == project.plan().job("main").steps
    assert of_state(steps, "done") == set(steps)
    assert project.states()[""] == "done"
    gates = steps["gate.late_arrival"]["facts"]["gates"]
    assert [gate["text"] for gate in gates] == [
        "test.roc_auc >= 0.60",
        "test.roc_auc >= champion.roc_auc - 0.005",
        "slice.origin.roc_auc >= 0.60",
        "serving.latency_p99 <= 5s",
    ]
    assert all(gate["passed"] for gate in gates)
    (version,) = project.call("models", "list", "--json").json()
    assert (version["version"], version["aliases"]) == (1, ["champion"])
    assert version["value_key"] == steps["train.late_arrival"]["key"]
    assert version["metrics"]["test"]["roc_auc"] == gates[0]["value"] > 0.6


def test_the_scores_are_a_parquet_file_in_the_layout_of_the_log(on_ray: OnRay) -> None:
    project, steps = on_ray
    facts = steps["score.nightly"]["facts"]
    path = project.folder / facts["path"]
    assert path == project.folder / "data/scores/as_of=20130302T000000Z/scores.parquet"
    table = pq.read_table(path)
    params = project.plan().step("score.nightly").params
    assert isinstance(params, ScoreParams)
    written = {field.name: field.type for field in table.schema}
    expected = {field.name: field.type for field in log_schema((), params.features)}
    assert expected.items() <= written.items()
    extra = set(written) - set(expected)
    assert extra == {"__row", "__time", "origin", "carrier", "tailnum"}
    assert table.num_rows == facts["rows"] > 5000
    scores = table.column("score").to_pylist()
    assert all(0 <= score <= 1 for score in scores)
    assert len(set(scores)) > 100
    assert len(set(table.column("request_id").to_pylist())) == table.num_rows


def test_a_second_run_finds_everything_cached_and_never_starts_ray(
    on_ray: OnRay, no_ray: dict[str, str]
) -> None:
    project, steps = on_ray
    told = project.call("plan", "--json").json()["steps"]
    assert {row["step_id"]: row["status"] for row in told} == dict.fromkeys(steps, "cached")
    again = project.run(ray=True, env=no_ray)
    assert of_state(again, "cached") == set(steps)
    assert keys_of(again) == keys_of(steps)
    assert project.champion(MODEL) == 1


def test_a_run_that_has_something_to_do_does_need_ray(
    on_ray: OnRay, no_ray: dict[str, str]
) -> None:
    """The control of the test before: the same environment, and one step that has to run."""
    project, _ = on_ray
    forced = ("run", "--force", "--select", "check.weather")
    done = project.call(*forced, env=no_ray, code=1)
    assert "Ray is not installed" in done.err
    assert "--executor inline" in done.err


def test_another_bound_of_a_gate_runs_the_gate_and_what_it_guards(
    on_ray: OnRay, copied: Copies
) -> None:
    project = copied(on_ray[0])
    project.change(("- test.roc_auc >= 0.60", "- test.roc_auc >= 0.61"))
    told = {row["step_id"]: row for row in project.call("plan", "--json").json()["steps"]}
    assert told["gate.late_arrival"]["status"] == "runs"
    assert "0.61" in told["gate.late_arrival"]["why"]
    steps = project.run()
    assert of_state(steps, "done") == {"gate.late_arrival", "promote.late_arrival"}
    assert of_state(steps, "cached") == set(steps) - {"gate.late_arrival", "promote.late_arrival"}
    assert project.champion(MODEL) == 1


def test_another_comment_or_layout_of_the_spec_runs_nothing(on_ray: OnRay, copied: Copies) -> None:
    project = copied(on_ray[0])
    project.change(("    ttl: 3h\n", "    # a comment\n\n    ttl: 180m\n"))
    steps = project.call("plan", "--json").json()["steps"]
    assert {row["status"] for row in steps} == {"cached"}


def test_another_expression_of_a_field_runs_what_stands_on_its_view(
    on_ray: OnRay, held_back: OnRay, second: OnRay
) -> None:
    (_, before), (_, held), (_, after) = on_ray, held_back, second
    assert of_state(held, "done") == OF_WEATHER - GUARDED
    assert of_state(held, "cached") == set(held) - OF_WEATHER
    assert of_state(after, "done") == GUARDED
    assert of_state(after, "cached") == set(after) - GUARDED
    assert {i for i in after if before[i]["key"] != after[i]["key"]} == OF_WEATHER


def test_a_gate_that_fails_leaves_the_champion_and_blocks_what_follows(
    on_ray: OnRay, held_back: OnRay
) -> None:
    project, steps = held_back
    assert of_state(steps, "gate_failed") == {"gate.late_arrival"}
    assert of_state(steps, "blocked") == GUARDED - {"gate.late_arrival"}
    assert "test.roc_auc >= 0.99" in steps["gate.late_arrival"]["error"]
    assert project.states()[""] == "gate_failed"
    versions = project.call("models", "list", "--json").json()
    assert [(v["version"], v["aliases"]) for v in versions] == [(2, []), (1, ["champion"])]
    scores = "data/scores/as_of=20130302T000000Z/scores.parquet"
    assert (project.folder / scores).read_bytes() == (on_ray[0].folder / scores).read_bytes()


def test_a_gate_that_has_failed_is_asked_again(held_back: OnRay, copied: Copies) -> None:
    project = copied(held_back[0])
    done = project.call("run", "--executor", "inline", code=4)
    assert "✗ test.roc_auc >= 0.99" in done.out
    assert "not run, because it needs gate.late_arrival" in done.err
    assert of_state({i: {"state": s} for i, s in project.states().items()}, "done") == set()


def test_a_version_that_was_held_back_is_promoted_once_it_passes(second: OnRay) -> None:
    project, steps = second
    assert steps["train.late_arrival"]["state"] == "cached"
    assert project.champion(MODEL) == 2
    assert steps["score.nightly"]["facts"]["version"] == 2


def test_what_an_operator_has_moved_a_rerun_leaves(second: OnRay, copied: Copies) -> None:
    project = copied(second[0])
    project.call("models", "rollback", MODEL)
    assert project.champion(MODEL) == 1
    steps = project.run()
    assert project.champion(MODEL) == 1
    # Only the batch scores follow the champion; nothing else is done again.
    assert of_state(steps, "done") == {"score.nightly"}
    assert steps["score.nightly"]["facts"]["version"] == 1
    # The control: a promotion that is asked for again does move it.
    project.run("--force", "--select", "promote.late_arrival")
    assert project.champion(MODEL) == 2


def test_a_lost_value_is_made_again_and_nothing_else(on_ray: OnRay, copied: Copies) -> None:
    project = copied(on_ray[0])
    steps = project.run()
    assert of_state(steps, "done") == set()
    lost = "features.late_arrival.airframe"
    with project.workspace() as workspace:
        value = workspace.store.find(steps[lost]["key"])
        assert value is not None
        path = workspace.store.fetch(value.files["features.parquet"])
    _damage(path)
    again = project.run()
    assert of_state(again, "done") == {lost}
    assert keys_of(again) == keys_of(steps)


def _damage(path: Path) -> None:
    """One bit, as a disk loses it."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)
