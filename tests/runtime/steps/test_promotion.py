"""Train, evaluate, probe, register, gate, promote: what reruns, rollbacks and failures do."""

import sys
from pathlib import Path
from typing import Any

import pytest

from onespec.compiler.plan import Estimator, Gate, Plan, PromoteParams
from onespec.runtime.errors import GateError, StepError
from onespec.runtime.trainers import probe as probe_module
from onespec.runtime.trainers.probe import Probed

sys.path.insert(0, str(Path(__file__).parents[1] / "trainers"))
from ml_project import MODEL, Project, gate, plan_of
from ml_rows import training_table

BOOSTING = "sklearn.ensemble.HistGradientBoostingClassifier"
BESIDE_CHAMPION = gate("test.roc_auc >= -0.01", champion="test.roc_auc")
GATES = (
    gate("test.roc_auc >= 0.7"),
    gate("slice.origin.roc_auc >= 0.6"),
    gate("serving.latency_p99 <= 1.0"),
    BESIDE_CHAMPION,
)


def boosted(trees: int = 20, gates: tuple[Gate, ...] = GATES, **more: Any) -> Plan:
    return plan_of(gates, Estimator(BOOSTING, "sklearn", {"max_iter": trees}), **more)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture(autouse=True)
def quick_probe(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child process is a second each time: one test has the real one."""
    if "real_probe" not in request.fixturenames:
        monkeypatch.setattr(probe_module, "probe", lambda *_, **__: Probed(0.001, 0.002, 1000, 0.0))


@pytest.fixture
def real_probe() -> None:
    """Asked for by the test that starts the child."""


def test_from_rows_to_champion(project: Project, real_probe: None) -> None:
    values = project.run(boosted())
    assert project.champion() == 1
    trained = values["train.late"]
    assert set(trained.files) == {"model.onnx", "training.json", "golden.json"}
    assert trained.facts["rows"] == {"train": 1050, "validation": 225, "test": 225}
    report = project.json(trained, "training.json")
    assert report["estimator"]["params"]["max_iter"] == 20
    assert report["comparison"]["largest_difference"] <= report["comparison"]["tolerance"]

    metrics = project.json(values["evaluate.late"], "metrics.json")
    assert metrics["test"]["roc_auc"] > 0.8
    assert metrics["test"]["rows"] == 225
    assert "JFK" in metrics["slices"]["origin"]
    bounds = metrics["intervals"]["test"]["roc_auc"]
    assert bounds["low"] < metrics["test"]["roc_auc"] < bounds["high"]
    importance = project.json(values["evaluate.late"], "importance.json")
    assert importance["features"][0]["reference"] in {"weather.temp", "airport.late"}
    assert importance["features"][-1]["importance"] < 0.05

    gates = project.json(values["gate.late"], "gates.json")
    assert [g["passed"] for g in gates["gates"]] == [True] * 4
    assert "no champion" in gates["gates"][3]["note"]
    version = project.ledger.version(MODEL, "champion")
    assert version is not None
    assert version.facts["metrics"]["test"] == values["evaluate.late"].facts["test"]
    assert version.value_key == trained.key


@pytest.mark.parametrize("with_keys", [False, True])
def test_a_rerun_is_cached_as_a_whole(project: Project, with_keys: bool) -> None:
    project.run(boosted(), with_keys=with_keys)
    project.run(boosted(), with_keys=with_keys)
    assert project.ran == []
    assert len(project.ledger.versions()) == 1


def test_two_trainings_give_equal_files(tmp_path: Path) -> None:
    values = [Project(tmp_path / name).run(boosted()) for name in ("one", "two")]
    for step in ("train.late", "evaluate.late"):
        assert values[0][step].files == values[1][step].files
        assert values[0][step].facts == values[1][step].facts


def test_a_failed_gate_moves_nothing(project: Project) -> None:
    project.run(boosted())
    worse = boosted(1, (*GATES[:3], gate("test.roc_auc >= 0.5", champion="test.roc_auc")))
    with pytest.raises(GateError) as caught:
        project.run(worse)
    assert project.champion() == 1
    text = caught.value.message
    assert "fails 1 of 4 gates" in text
    assert text.count("passed") == 3
    assert "FAILED  test.roc_auc >= 0.5" in text
    assert len(caught.value.rows) == 4
    assert project.ledger.audit_log()[0]["action"] == "gate_failed"
    assert [v.version for v in project.ledger.versions()] == [2, 1]


def test_a_challenger_is_compared_with_the_champion(project: Project) -> None:
    project.run(boosted(1))
    values = project.run(boosted(40))
    assert project.champion() == 2
    gates = project.json(values["gate.late"], "gates.json")
    assert gates["champion"] == 1
    assert gates["champion_measured"] == "when it was made"
    project.run(boosted(40))
    assert project.ran == []


def test_a_challenger_is_compared_on_the_same_rows(project: Project) -> None:
    first = project.run(boosted(1, same_rows=True))
    theirs = project.json(first["evaluate.late"], "metrics.json")["test"]["roc_auc"]
    project.rows = training_table(1600, seed=5)
    values = project.run(boosted(40, same_rows=True))
    gates = project.json(values["gate.late"], "gates.json")
    assert gates["champion_measured"] == "on the same rows"
    bound = gates["gates"][3]["bound"]
    assert bound != pytest.approx(theirs - 0.01)
    assert 0.5 < bound < values["evaluate.late"].facts["test"]["roc_auc"] + 0.05


def test_a_champion_is_not_judged_on_rows_that_it_has_learnt(project: Project) -> None:
    """As after the change from a split by time to a random one."""
    project.run(boosted(1, same_rows=True))
    split = project.rows.column("__split").to_pylist()
    place = project.rows.schema.get_field_index("__split")
    project.rows = project.rows.set_column(place, "__split", [split[::-1]])
    values = project.run(boosted(40, same_rows=True))
    gates = project.json(values["gate.late"], "gates.json")
    assert gates["champion_measured"] == "when it was made"


@pytest.mark.parametrize("with_keys", [False, True])
def test_a_rollback_is_not_undone_by_a_rerun(project: Project, with_keys: bool) -> None:
    project.run(boosted(1), with_keys=with_keys)
    project.run(boosted(40), with_keys=with_keys)
    project.ledger.set_alias(MODEL, "champion", 1, why="an operator rolls back")
    project.run(boosted(40), with_keys=with_keys)
    assert project.ran == []
    assert project.champion() == 1


def test_what_is_trained_after_a_rollback_is_promoted(project: Project) -> None:
    project.run(boosted(1))
    project.run(boosted(30))
    project.ledger.set_alias(MODEL, "champion", 1, why="an operator rolls back")
    project.run(boosted(40))
    assert project.champion() == 3


def test_going_back_to_an_older_spec_promotes_again(project: Project) -> None:
    plan = boosted(30, GATES[:3])
    project.run(plan)
    project.run(boosted(40, GATES[:3]))
    assert project.champion() == 2
    project.run(plan)
    assert project.ran == ["promote"]
    assert project.champion() == 1


def test_a_lost_ledger_is_filled_again(project: Project, tmp_path: Path) -> None:
    first = project.run(boosted(gates=GATES[:3]))
    (project.folder / "state" / "ledger.sqlite").unlink()
    again = Project(tmp_path / "other")
    again.store = project.store
    values = again.run(boosted(gates=GATES[:3]))
    assert set(again.ran) <= {"training_set", "register", "promote"}
    assert again.champion() == 1
    assert values["promote.late"].key == first["promote.late"].key


def test_a_model_without_gates_is_promoted(project: Project) -> None:
    project.run(boosted(5, ()))
    assert project.champion() == 1


def test_regression_from_rows_to_champion(project: Project) -> None:
    project.rows = training_table(1200, "regression")
    gates = (gate("test.rmse <= 8"), gate("test.r2 >= 0.2"))
    estimator = Estimator("sklearn.linear_model.Ridge", "sklearn", {"alpha": 1})
    values = project.run(plan_of(gates, estimator, "regression"))
    assert project.champion() == 1
    metrics = project.json(values["evaluate.late"], "metrics.json")
    assert metrics["main_metric"] == "rmse"
    assert "residuals" in metrics["curves"]


def test_rows_that_teach_nothing_are_refused(project: Project) -> None:
    rows = project.rows
    index = rows.schema.get_field_index("label")
    project.rows = rows.set_column(index, "label", [[True] * len(rows)])
    with pytest.raises(StepError, match="every label of the training split is true"):
        project.run(boosted())
    project.rows = rows.filter(rows["__split"].to_numpy() != "train")
    with pytest.raises(StepError, match="no rows"):
        project.run(boosted())


def test_an_export_that_differs_fails_the_step(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from onespec.runtime.trainers import sklearn_trees

    honest = sklearn_trees.add_trees

    def planted(*given: Any, base: list[float]) -> str:
        return honest(*given, base=[one + 0.1 for one in base])

    monkeypatch.setattr(sklearn_trees, "add_trees", planted)
    with pytest.raises(StepError, match="differs from the native one"):
        project.run(boosted())
    assert not project.ledger.versions()


def rolled_out(trees: int) -> Plan:
    return boosted(trees, promote=PromoteParams(MODEL, "api", (0.1, 0.5, 1.0)))


def challenger(project: Project) -> int | None:
    version = project.ledger.version(MODEL, "challenger")
    return version.version if version else None


def test_a_rollout_makes_the_first_version_champion_and_the_next_challenger(
    project: Project,
) -> None:
    values = project.run(rolled_out(1))
    assert (project.champion(), challenger(project)) == (1, None)
    assert not values["promote.late"].facts["rolled_out"]
    assert not project.ledger.rollouts()
    values = project.run(rolled_out(40))
    assert (project.champion(), challenger(project)) == (1, 2)
    assert values["promote.late"].facts["rolled_out"]
    (begun,) = project.ledger.rollouts("api")
    assert (begun.version, begun.share, begun.facts["replaced"]) == (
        2,
        0.1,
        version_key(project, 1),
    )
    assert [r["action"] for r in project.ledger.audit_log()[:3]] == [
        "rollout_begun", "set_alias", "challenged",
    ]  # fmt: skip


def version_key(project: Project, number: int) -> str:
    version = project.ledger.version(MODEL, str(number))
    assert version is not None
    return version.value_key


@pytest.mark.parametrize("ending", ["running", "aborted", "promoted", "by hand"])
def test_a_rerun_leaves_a_rollout_and_its_end_alone(project: Project, ending: str) -> None:
    project.run(rolled_out(1))
    project.run(rolled_out(40))
    (begun,) = project.ledger.rollouts("api")
    if ending == "aborted":
        project.ledger.abort_rollout(begun.number, why="errors")
    if ending == "promoted":
        for stage in (0, 1):
            project.ledger.advance_rollout(begun.number, stage, why="")
    if ending == "by hand":
        project.ledger.set_alias(MODEL, "champion", 2, why="sure")
    before = project.ledger.rollouts(), project.champion(), challenger(project)
    project.run(rolled_out(40))
    assert project.ran == []
    assert (project.ledger.rollouts(), project.champion(), challenger(project)) == before


def test_a_candidate_is_held_against_the_champion_while_another_is_rolled_out(
    project: Project,
) -> None:
    project.run(rolled_out(1))
    project.run(rolled_out(40))
    values = project.run(rolled_out(20))
    assert project.json(values["gate.late"], "gates.json")["champion"] == 1
    assert (project.champion(), challenger(project)) == (1, 3)
    assert [r.state for r in project.ledger.rollouts()] == ["running", "superseded"]


def test_without_the_rollout_a_plan_promotes_at_once_and_ends_it(project: Project) -> None:
    project.run(rolled_out(1))
    project.run(rolled_out(40))
    project.run(boosted(20))
    assert (project.champion(), challenger(project)) == (3, None)
    assert project.ledger.rollouts()[0].state == "superseded"


def test_a_gate_that_fails_begins_no_rollout(project: Project) -> None:
    project.run(rolled_out(40))
    hopeless = boosted(
        1, (gate("test.roc_auc >= 2"),), promote=PromoteParams(MODEL, "api", (0.1, 1.0))
    )
    with pytest.raises(GateError):
        project.run(hopeless)
    assert (project.champion(), challenger(project)) == (1, None)
    assert not project.ledger.rollouts()
