"""Canary, shadow and single arms, on two real models over HTTP in process."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator

from onespec.compiler.plan import PredictionLog, Rollout
from onespec.runtime.monitoring.window import read_online
from onespec.runtime.prediction_log.in_folder import FolderLog
from onespec.runtime.prediction_log.read import read_log
from onespec.runtime.serving.arms import Arms
from onespec.runtime.serving.service import Service

from .product import FEATURES, NOW, ROW, Product, expected_score, prepared

ROLLOUT = Rollout((0.1, 0.5, 1.0))
GIVEN: dict[str, Any] = dict.fromkeys((f.reference for f in FEATURES), 1) | {
    "weather_now.raining": None
}


def rolling(folder: Path, **changes: Any) -> Product:
    """Version 1 is the champion, version 2 (a bias of 2) the challenger at 10 %."""
    product = prepared(folder, rollout=ROLLOUT, **changes)
    assert product.roll_out(2.0) == 2
    return product


@contextmanager
def served(product: Product, arm: Any = None) -> Iterator[tuple[TestClient, Service]]:
    app = replace(product.hosted, arm=arm).open()
    with TestClient(app, raise_server_exceptions=False) as http:
        yield http, app.state.service


def ask(http: TestClient, *rows: Any, **headers: str) -> Any:
    response = http.post("/v1/predict", json={"rows": list(rows)}, headers=headers)
    assert response.status_code == 200, response.text
    return response.json()


def planes(count: int) -> list[dict[str, Any]]:
    return [ROW | {"tailnum": f"N{n}"} for n in range(count)]


def arms_of(answer: Any) -> list[str]:
    return [p["arm"] for p in answer["predictions"]]


def logged(product: Product) -> list[dict[str, Any]]:
    return read_log(FolderLog(product.state / "predictions" / "api")).to_pylist()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_canary_answers_its_share_and_every_entity_the_same_way(tmp_path: Path) -> None:
    product = rolling(tmp_path)
    with served(product) as (http, service):
        first = ask(http, *planes(400))
        assert first["version"] is None
        assert 20 < arms_of(first).count("challenger") < 60
        versions = {"champion": 1, "challenger": 2}
        biases = {"champion": 0.0, "challenger": 2.0}
        assert all(p["version"] == versions[p["arm"]] for p in first["predictions"])
        assert arms_of(ask(http, *planes(400))) == arms_of(first)
        alone = [ask(http, row) for row in planes(30)]
        assert [a["predictions"][0]["arm"] for a in alone] == arms_of(first)[:30]
        assert [a["version"] for a in alone] == [versions[arm] for arm in arms_of(first)[:30]]
        features = ask(http, {"features": GIVEN})["predictions"][0]
        assert features["score"] == pytest.approx(expected_score(GIVEN, biases[features["arm"]]))

        product.advance()
        assert service.arms.reload()
        half = arms_of(ask(http, *planes(400)))
        assert 150 < half.count("challenger") < 250
        pairs = zip(arms_of(first), half, strict=True)
        assert ("challenger", "champion") not in set(pairs)

        product.advance()
        assert service.arms.reload()
        last = ask(http, *planes(50))
        assert (last["version"], set(arms_of(last))) == (2, {"champion"})
        assert not service.arms.reload()


def test_the_log_and_the_metrics_say_who_answered(tmp_path: Path) -> None:
    product = rolling(tmp_path)
    with served(product) as (http, _):
        answer = ask(http, *planes(100))
        share = arms_of(answer).count("challenger")
        metrics = http.get("/metrics").text
        for line in (
            f'onespec_arm_rows_total{{endpoint="api",arm="champion",version="1"}} {100 - share}',
            f'onespec_arm_rows_total{{endpoint="api",arm="challenger",version="2"}} {share}',
            'onespec_arm_version{endpoint="api",arm="challenger"} 2',
            'onespec_arm_share{endpoint="api",arm="challenger"} 0.1',
            'onespec_arm_reload_failing{endpoint="api",arm="challenger"} 0',
            'onespec_model_version{endpoint="api"} 1',
        ):
            assert line in metrics.splitlines()
        arms = http.get("/v1/model").json()["arms"]
        assert {arm: told["version"] for arm, told in arms.items()} == {
            "champion": 1,
            "challenger": 2,
        }
        assert arms["challenger"]["share"] == 0.1
        schemas = http.get("/openapi.json").json()["components"]["schemas"]
        published = schemas["PredictResponse"] | {"components": {"schemas": schemas}}
        Draft202012Validator(published).validate(answer)
        assert {"arm", "version"} <= set(schemas["RowPrediction"]["required"])
    rows = {row["row"]: row for row in logged(product)}
    for place, prediction in enumerate(answer["predictions"]):
        row = rows[place]
        assert (row["arm"], row["version"]) == (prediction["arm"], prediction["version"])
        assert row["score"] == prediction["score"]
    assert len({row["value_key"] for row in rows.values()}) == 2


def test_an_aborted_challenger_is_asked_no_more(tmp_path: Path) -> None:
    product = rolling(tmp_path)
    with served(product) as (http, service):
        assert "challenger" in arms_of(ask(http, *planes(100)))
        product.abort()
        assert service.arms.reload()
        assert set(arms_of(ask(http, *planes(100)))) == {"champion"}
        assert 'onespec_arm_share{endpoint="api",arm="challenger"} 0' in http.get("/metrics").text


def test_the_champion_answers_for_a_challenger_that_cannot_be_loaded(tmp_path: Path) -> None:
    product = prepared(tmp_path, rollout=ROLLOUT)
    with product.workspace() as workspace:
        version = workspace.ledger.register("late_arrival", "0" * 64, "", {})
        workspace.ledger.begin_rollout("api", "late_arrival", version.version, (0.9, 1.0), {})
    with served(product) as (http, _):
        assert set(arms_of(ask(http, *planes(100)))) == {"champion"}
        metrics = http.get("/metrics").text.splitlines()
        assert 'onespec_arm_reload_failing{endpoint="api",arm="challenger"} 1' in metrics
        assert 'onespec_model_reload_failing{endpoint="api"} 0' in metrics
        assert "artifact store" in http.get("/v1/model").json()["reload_failure"]
        assert http.get("/health/ready").status_code == 200


def test_the_ledger_is_followed_and_may_be_away(tmp_path: Path) -> None:
    product = prepared(tmp_path, rollout=ROLLOUT)
    with product.workspace() as workspace:
        arms = Arms(product.endpoint, workspace.ledger, workspace.store, seconds=0.01)
        arms.start()
        assert arms.now.split is None
        product.roll_out(2.0)
        wait_for(lambda: arms.now.split is not None)
        arms._ledger = None  # type: ignore[assignment]
        wait_for(lambda: bool(arms.now.failures))
        assert arms.now.first is not None
        assert arms.now.split is not None
        arms._ledger = workspace.ledger
        wait_for(lambda: not arms.now.failures)
        product.abort()
        wait_for(lambda: arms.now.split is None)
        arms.close()


def test_a_shadow_scores_what_is_asked_and_never_answers(tmp_path: Path) -> None:
    product = prepared(tmp_path, shadow="challenger")
    product.register(2.0)
    with product.workspace() as workspace:
        workspace.ledger.set_alias("late_arrival", "challenger", 2, why="test")
    with served(product) as (http, _):
        answer = ask(http, *planes(20), **{"x-request-id": "one"})
        assert answer["version"] == 1
        assert "arm" not in answer["predictions"][0]
    rows = logged(product)
    answered = {r["row"]: r for r in rows if r["arm"] == "champion"}
    shadowed = {r["row"]: r for r in rows if r["arm"] == "shadow"}
    assert len(rows) == len(answered) + len(shadowed) == 40
    compared = ("request_id", "time", "tailnum", "flight.hour", "airframe.seats", "degraded")
    for place, row in answered.items():
        other = shadowed[place]
        assert [row[name] for name in compared] == [other[name] for name in compared]
        assert (row["version"], other["version"]) == (1, 2)
        assert other["score"] > row["score"] == answer["predictions"][place]["score"]
        assert row["value_key"] != other["value_key"]


def test_monitors_do_not_count_what_a_shadow_says(tmp_path: Path) -> None:
    product = rolling(tmp_path, shadow="challenger")
    with served(product) as (http, _):
        ask(http, *planes(100))
    rows = logged(product)
    assert sum(row["arm"] == "shadow" for row in rows) > 50
    window = read_online(FolderLog(product.state / "predictions" / "api"), NOW, NOW + 1)
    assert len(window) == 100
    assert [(v["version"], v["rows"] > 50) for v in window.versions()] == [(1, True), (2, False)]


def test_a_version_does_not_shadow_what_it_answered_itself(tmp_path: Path) -> None:
    product = rolling(tmp_path, shadow="challenger")
    with served(product) as (http, _):
        answer = ask(http, *planes(100))
    shadowed = {row["row"] for row in logged(product) if row["arm"] == "shadow"}
    assert shadowed == {n for n, arm in enumerate(arms_of(answer)) if arm == "champion"}


def test_a_shadow_that_is_slow_or_fails_delays_and_fails_nothing(tmp_path: Path) -> None:
    product = prepared(tmp_path, shadow="challenger")
    product.register(2.0)
    with product.workspace() as workspace:
        workspace.ledger.set_alias("late_arrival", "challenger", 2, why="test")
    going, calls = [False], [0]

    class Stuck:
        def score_rows(self, rows: Any) -> Any:
            calls[0] += 1
            wait_for(lambda: going[0])
            raise RuntimeError("the shadow is ill")

    with served(product) as (http, service):
        shadow = service.arms.now.shadow
        assert shadow is not None
        assert service.shadow is not None
        service.arms.now = replace(service.arms.now, shadow=replace(shadow, scorer=Stuck()))
        service.shadow._queue_rows = 60
        for _ in range(10):
            assert ask(http, *planes(10))["version"] == 1
        wait_for(lambda: calls[0] == 1)
        assert service.shadow.state.dropped == 40
        assert 'onespec_shadow_dropped_total{endpoint="api"} 40' in http.get("/metrics").text
        going[0] = True
        wait_for(lambda: service.shadow is not None and service.shadow.state.failed == 60)
        assert service.shadow.state.waiting == 0
        assert ask(http, ROW)["version"] == 1
    assert {row["arm"] for row in logged(product)} == {"champion"}


def test_a_shadow_scores_the_sample_that_is_logged_alone(tmp_path: Path) -> None:
    product = rolling(tmp_path, shadow="challenger", log=PredictionLog(sample=0.5))
    with served(product) as (http, _):
        for number in range(60):
            ask(http, ROW, **{"x-request-id": f"r{number}"})
    requests: dict[str, set[str]] = {}
    for row in logged(product):
        requests.setdefault(row["request_id"], set()).add(row["arm"])
    assert 15 < len(requests) < 45
    assert set(map(frozenset, requests.values())) in (
        {frozenset({"champion", "shadow"})},
        {frozenset({"challenger"})},
    )


@pytest.mark.parametrize(("arm", "version", "bias"), [("champion", 1, 0.0), ("challenger", 2, 2.0)])
def test_an_arm_alone_splits_nothing(tmp_path: Path, arm: str, version: int, bias: float) -> None:
    product = rolling(tmp_path, shadow="challenger")
    with served(product, arm) as (http, service):
        answer = ask(http, *planes(50))
        assert (answer["version"], set(arms_of(answer))) == (version, {arm})
        one = ask(http, {"features": GIVEN})["predictions"][0]
        assert one["score"] == pytest.approx(expected_score(GIVEN, bias))
        assert service.shadow is None
        assert "onespec_arm_share" not in http.get("/metrics").text
    assert {(row["arm"], row["version"]) for row in logged(product)} == {(arm, version)}


@pytest.mark.parametrize("arm", ["challenger", "shadow"])
def test_an_arm_without_a_version_waits_for_one(tmp_path: Path, arm: str) -> None:
    product = prepared(tmp_path, rollout=ROLLOUT, shadow="challenger")
    replace(product.hosted, arm=arm).check()
    with served(product, arm) as (http, service):
        assert http.get("/health/live").status_code == 200
        ready = http.get("/health/ready")
        assert (ready.status_code, ready.json()["status"]) == (503, "waiting")
        refused = http.post("/v1/predict", json={"rows": [ROW]})
        assert (refused.status_code, "challenger" in refused.json()["detail"]) == (503, True)
        assert http.get("/v1/model").json()["version"] is None
        assert 'onespec_model_version{endpoint="api"} 0' in http.get("/metrics").text
        product.roll_out(2.0)
        assert service.arms.reload()
        assert http.get("/health/ready").status_code == 200
        assert arms_of(ask(http, ROW)) == [arm]


def test_a_challenger_alone_never_answers_with_what_was_aborted(tmp_path: Path) -> None:
    product = rolling(tmp_path)
    with served(product, "challenger") as (http, service):
        assert ask(http, ROW)["version"] == 2
        product.abort()
        assert service.arms.reload()
        answer = ask(http, ROW)
        assert (answer["version"], arms_of(answer)) == (1, ["champion"])
        assert http.get("/health/ready").status_code == 200
    with served(product, "challenger") as (http, _):
        assert http.get("/health/ready").status_code == 503


def test_without_a_rollout_nothing_is_told_of_arms(tmp_path: Path) -> None:
    product = prepared(tmp_path)
    product.roll_out(2.0)  # of a spec that had one
    with served(product) as (http, service):
        answer = ask(http, *planes(50))
        assert answer["version"] == 1
        assert set(answer["predictions"][0]) == {"score", "degraded"}
        assert service.shadow is None
        assert "arm" not in http.get("/metrics").text
        assert "arms" not in http.get("/v1/model").json()
        schemas = http.get("/openapi.json").json()["components"]["schemas"]
        assert "arm" not in schemas["RowPrediction"]["properties"]
    assert "arm" not in logged(product)[0]


def test_a_log_from_before_the_rollout_is_read_with_it(tmp_path: Path) -> None:
    product = prepared(tmp_path)
    with served(product) as (http, _):
        ask(http, *planes(5))
    later = product.changed(rollout=ROLLOUT, shadow="challenger")
    later.roll_out(2.0)
    with served(later) as (http, _):
        ask(http, *planes(5))
    found = [row["arm"] for row in logged(product)]
    assert found.count(None) == 5
    assert len(read_online(FolderLog(product.state / "predictions" / "api"), NOW, NOW + 1)) == 10
