"""The scoring application on real stores and a real model, over HTTP in process."""

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from onespec.runtime.errors import StepError
from onespec.runtime.prediction_log.in_folder import FolderLog
from onespec.runtime.prediction_log.read import read_log
from onespec.runtime.serving.arms import Asked, Standing
from onespec.runtime.serving.guard import Limits
from onespec.runtime.serving.loaded import LoadedModel
from onespec.runtime.serving.open import Hosted

from .product import FEATURES, HOUR, NOW, ROW, Product, expected_score, prepared

FULL = {
    "weather_now.temp": 3.5,
    "weather_now.raining": True,
    "airport_load.departures_6h": 120,
    "airframe.seats": 55,
    "flight.hour": 18,
    "flight.log_distance": math.log(1090),
}


@contextmanager
def client(product: Product, **limits: Any) -> Iterator[TestClient]:
    hosted = product.hosted
    app = Hosted(
        hosted.plan, hosted.endpoint, hosted.project, hosted.state, Limits(**limits)
    ).open()
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def ask(client: TestClient, *rows: Any, **kwargs: Any) -> Any:
    return client.post("/v1/predict", json={"rows": list(rows)}, **kwargs)


def one(client: TestClient, row: Any, explain: bool = True) -> Any:
    url = "/v1/predict" + ("?explain=features" if explain else "")
    response = client.post(url, json={"rows": [row]})
    assert response.status_code == 200, response.text
    return response.json()["predictions"][0]


def test_scores_by_entity_key(tmp_path: Path) -> None:
    with client(prepared(tmp_path)) as http:
        response = ask(http, ROW, headers={"x-request-id": "abc-1"})
        answer = response.json()
        assert response.headers["x-request-id"] == answer["request_id"] == "abc-1"
        assert (answer["model"], answer["version"]) == ("late_arrival", 1)
        (prediction,) = answer["predictions"]
        assert prediction == {"score": pytest.approx(expected_score(FULL)), "degraded": []}
        assert one(http, ROW)["features"] == pytest.approx(FULL)
        assert one(http, ROW, explain=False).get("features") is None


def test_scores_by_features_without_a_lookup(tmp_path: Path) -> None:
    product = prepared(tmp_path)
    (product.state / "online.sqlite").unlink()
    given = dict.fromkeys(FULL, 1) | {"weather_now.raining": None}
    with client(product) as http:
        answer = one(http, {"features": given})
        assert answer["score"] == pytest.approx(expected_score(given))
        assert answer["degraded"] == []
        too_few = ask(http, {"features": {"flight.hour": 3}})
        assert too_few.status_code == 422
        assert {"at": "rows[0].features.airframe.seats", "message": "is missing"} in too_few.json()[
            "errors"
        ]


def test_large_requests_are_scored_off_the_event_loop(tmp_path: Path) -> None:
    with client(prepared(tmp_path)) as http:
        rows = [ROW | {"distance": float(n)} for n in range(600)]
        predictions = ask(http, *rows).json()["predictions"]
        expected = [
            expected_score(FULL | {"flight.log_distance": math.log(1 + n)}) for n in range(600)
        ]
        assert [p["score"] for p in predictions] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("age", "reason"), [(3 * HOUR - 1, []), (3 * HOUR, ["weather_now: expired"])]
)
def test_ttl_ends_at_its_very_microsecond(tmp_path: Path, age: int, reason: list[str]) -> None:
    product = prepared(tmp_path)
    product.materialize(weather_time=NOW - age, generation="g2")
    with client(product) as http:
        assert one(http, ROW)["degraded"] == reason


def test_windows_and_static_rows_do_not_expire(tmp_path: Path) -> None:
    product = Product(tmp_path, as_of=NOW + 10_000 * HOUR)
    product.promote()
    product.materialize()
    with client(product) as http:
        assert one(http, ROW)["degraded"] == ["weather_now: expired"]


def test_an_unknown_key_of_a_window_counts_zero_rows(tmp_path: Path) -> None:
    with client(prepared(tmp_path)) as http:
        answer = one(http, ROW | {"origin": "ZZZ"})
        assert answer["features"]["airport_load.departures_6h"] == 0
        assert answer["degraded"] == ["weather_now: missing"]
        assert one(http, ROW | {"origin": None})["features"]["airport_load.departures_6h"] == 0


def test_missing_rows_are_null_or_defaults_and_flagged(tmp_path: Path) -> None:
    row = ROW | {"tailnum": "?"}
    with client(prepared(tmp_path)) as http:
        answer = one(http, row)
        assert answer["degraded"] == ["airframe: missing"]
        assert answer["features"]["airframe.seats"] is None
        assert answer["score"] == pytest.approx(expected_score(FULL | {"airframe.seats": None}))
    product = Product(tmp_path).changed(on_missing="default", defaults={"airframe.seats": 150})
    with client(product) as http:
        answer = one(http, row)
        assert answer["degraded"] == ["airframe: missing"]
        assert answer["score"] == pytest.approx(expected_score(FULL | {"airframe.seats": 150}))


def test_rejects_rows_whose_features_are_missing(tmp_path: Path) -> None:
    with client(prepared(tmp_path, on_missing="reject")) as http:
        alone = ask(http, ROW | {"tailnum": "N0"})
        assert alone.status_code == 404
        assert alone.json()["detail"] == "airframe has no row for tailnum='N0'"
        mixed = ask(http, ROW, ROW | {"tailnum": "N0"}).json()["predictions"]
        assert mixed[0]["score"] is not None
        assert mixed[1]["score"] is None
        assert mixed[1]["error"]["status"] == 404


@pytest.mark.parametrize("damage", ["missing", "garbage"])
def test_a_store_that_is_down_degrades_visibly(tmp_path: Path, damage: str) -> None:
    product = prepared(tmp_path)
    online = product.state / "online.sqlite"
    for path in (online, *online.parent.glob("online.sqlite-*")):
        path.unlink()
    if damage == "garbage":
        online.write_bytes(b"not a database" * 1000)
    reasons = [f"{view}: unavailable" for view in ("weather_now", "airport_load", "airframe")]
    with client(product) as http:
        answer = one(http, ROW)
        assert answer["degraded"] == reasons
        assert answer["features"]["flight.hour"] == 18
        assert answer["features"]["airport_load.departures_6h"] is None
        ready = http.get("/health/ready")
        assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
        metrics = http.get("/metrics").text
    assert 'onespec_degraded_total{endpoint="api",reason="airframe: unavailable"} 1' in metrics
    logged = read_log(FolderLog(product.state / "predictions" / "api")).to_pylist()
    assert logged[0]["degraded"] == reasons
    with client(product.changed(on_missing="reject")) as http:
        assert ask(http, ROW).status_code == 503
        assert http.get("/health/ready").status_code == 503


BAD_ROWS = [
    ({k: v for k, v in ROW.items() if k != "origin"}, "rows[0].origin", "is missing"),
    (
        ROW | {"orgin": "JFK"},
        "rows[0].orgin",
        "is not known; did you mean 'origin'?",
    ),
    (ROW | {"origin": 3}, "rows[0].origin", "input should be a valid string"),
    (ROW | {"distance": "1089"}, "rows[0].distance", "input should be a valid number"),
    (ROW | {"distance": True}, "rows[0].distance", "input should be a valid number"),
    (
        ROW | {"scheduled_departure": "2013-12-31T18:00:00"},
        "rows[0].scheduled_departure",
        "must be a timestamp with a time zone, such as 2013-12-31T18:00:00Z",
    ),
    (
        ROW | {"scheduled_departure": "2013-13-31T18:00:00Z"},
        "rows[0].scheduled_departure",
        "is not a time of the calendar",
    ),
    (ROW | {"scheduled_departure": 3}, "rows[0].scheduled_departure", None),
    ([], "rows[0]", None),
    (None, "rows[0]", None),
]


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with client(prepared(tmp_path_factory.mktemp("app")), body_bytes=20_000, rows=50) as http:
        yield http


@pytest.mark.parametrize(("row", "at", "message"), BAD_ROWS)
def test_bad_rows_are_named(http: TestClient, row: Any, at: str, message: str | None) -> None:
    response = ask(http, row)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    finding = response.json()["errors"][0]
    assert finding["at"] == at
    if message is not None:
        assert finding["message"] == message


def test_all_bad_rows_are_named_at_once(http: TestClient) -> None:
    errors = ask(http, ROW, {}, ROW | {"origin": 1}).json()["errors"]
    assert {e["at"].split(".")[0] for e in errors} == {"rows[1]", "rows[2]"}
    assert len(ask(http, *[{}] * 50).json()["errors"]) == 20


BAD_BODIES = [
    (b"", 400, "not JSON"),
    (b"{", 400, "not JSON"),
    (b"\xff\xfe", 400, "UTF-8"),
    (b'{"rows": [{"distance": NaN}]}', 400, "NaN"),
    (b'{"rows": [{"distance": 1e999}]}', 400, "larger"),
    (b'{"rows": [{"distance": ' + b"9" * 5000 + b"}]}", 400, "digits"),
    (b'{"rows": [], "rows": []}', 400, "twice"),
    (b'{"rows": [{"origin": "\\ud800"}]}', 400, "UTF-8"),
    (b"[" * 19_000, 400, "nested"),
    (b"[]", 422, "rows"),
    (b'{"rows": []}', 422, "no rows"),
    (b'{"rows": [{}], "x": 1}', 422, "rows"),
    (b'{"rows": [' + b"{}," * 50 + b"{}]}", 413, "51 rows"),
    (b" " * 20_001, 413, "20000 bytes"),
]


@pytest.mark.parametrize(("body", "status", "part"), BAD_BODIES)
def test_bad_bodies_are_refused(http: TestClient, body: bytes, status: int, part: str) -> None:
    response = http.post("/v1/predict", content=body)
    assert response.status_code == status
    problem = response.json()
    assert part in problem["detail"]
    assert problem["status"] == status
    assert "Traceback" not in response.text


def test_a_chunked_body_is_counted_too(http: TestClient) -> None:
    response = http.post("/v1/predict", content=iter([b" " * 15_000] * 3))
    assert response.status_code == 413


def test_other_errors_are_problems_too(http: TestClient) -> None:
    for response in (http.get("/nothing"), http.get("/v1/predict")):
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["status"] == response.status_code
    assert http.post("/v1/predict?explain=no", json={"rows": [ROW]}).status_code == 422


def test_a_failure_of_ours_is_logged_and_tells_nothing(tmp_path: Path) -> None:
    product = prepared(tmp_path)

    class Broken:
        def score_rows(self, rows: Any) -> Any:
            raise RuntimeError("secret")

    app = product.hosted.open()
    service = app.state.service
    broken = LoadedModel("late_arrival", 1, "k", Broken())
    service.arms.now = Standing(Asked("champion", broken))
    with TestClient(app, raise_server_exceptions=False) as http:
        response = ask(http, ROW)
        assert response.status_code == 500
        assert "secret" not in response.text
        metrics = http.get("/metrics").text
        assert 'onespec_requests_total{endpoint="api",status="500"} 1' in metrics
    (row,) = read_log(FolderLog(product.state / "predictions" / "api")).to_pylist()
    assert row["score"] is None
    assert row["error"] == "RuntimeError: secret"


def test_describes_itself(http: TestClient) -> None:
    assert http.get("/health/live").json() == {"status": "live"}
    assert http.get("/health/ready").json() == {"status": "ready", "reason": ""}
    model = http.get("/v1/model").json()
    assert (model["model"], model["version"]) == ("late_arrival", 1)
    assert [f["name"] for f in model["features"]] == [f.reference for f in FEATURES]
    document = http.get("/openapi.json").json()
    body = document["paths"]["/v1/predict"]["post"]["requestBody"]["content"]["application/json"]
    assert body["schema"] == {"$ref": "#/components/schemas/PredictRequest"}
    request = document["components"]["schemas"]["PredictRequest"]
    row = request["properties"]["rows"]["items"]["anyOf"][0]
    assert row["additionalProperties"] is False
    assert row["properties"]["scheduled_departure"]["anyOf"][0]["format"] == "date-time"
    names = set(document["components"]["schemas"])
    assert {"PredictRequest", "PredictResponse", "RowPrediction"} <= names
    assert "$defs" not in json.dumps(document)


def test_logs_what_led_to_each_prediction(tmp_path: Path) -> None:
    product = prepared(tmp_path)
    with client(product) as http:
        ask(http, ROW, ROW | {"tailnum": "N0"}, headers={"x-request-id": "r1"})
        given = dict.fromkeys(FULL, 0) | {"weather_now.raining": False}
        ask(http, {"features": given}, headers={"x-request-id": "r2"})
        ask(http, {"origin": "JFK"})
        assert 'status="422"' in http.get("/metrics").text
    table = read_log(FolderLog(product.state / "predictions" / "api"), NOW, NOW + 1)
    rows = table.to_pylist()
    assert [(r["request_id"], r["row"]) for r in rows] == [("r1", 0), ("r1", 1), ("r2", 0)]
    first = rows[0]
    assert {name: first[name] for name in FULL} == pytest.approx(FULL)
    assert first["time"].timestamp() * 1e6 == NOW
    assert first["scheduled_departure"].isoformat() == "2013-12-31T18:00:00+00:00"
    assert (first["endpoint"], first["model"], first["version"]) == ("api", "late_arrival", 1)
    assert first["__event_time.weather_now"].timestamp() * 1e6 == NOW - HOUR
    assert first["__event_time.airport_load"] is None
    assert first["__valid_at.airport_load"].timestamp() * 1e6 == NOW
    assert first["score"] == pytest.approx(expected_score(FULL))
    assert 0 < first["latency"] < 5
    assert (first["degraded"], rows[1]["degraded"]) == ([], ["airframe: missing"])
    assert rows[2]["origin"] is None


def test_follows_the_champion(tmp_path: Path) -> None:
    product = prepared(tmp_path)
    app = product.hosted.open()
    with TestClient(app) as http:
        before = ask(http, ROW).json()
        assert product.promote(bias=2.0) == 2
        assert app.state.service.arms.reload()
        after = ask(http, ROW).json()
    assert (before["version"], after["version"]) == (1, 2)
    assert after["predictions"][0]["score"] == pytest.approx(expected_score(FULL, 2.0))


def test_goes_on_with_the_old_champion_when_the_new_cannot_be_loaded(tmp_path: Path) -> None:
    product = prepared(tmp_path)
    app = product.hosted.open()
    with TestClient(app) as http:
        with product.workspace() as workspace:
            version = workspace.ledger.register("late_arrival", "0" * 64, "", {})
            workspace.ledger.set_alias("late_arrival", "champion", version.version, why="test")
        assert not app.state.service.arms.reload()
        assert "not in the artifact store" in http.get("/v1/model").json()["reload_failure"]
        assert 'onespec_model_reload_failing{endpoint="api"} 1' in http.get("/metrics").text
        assert ask(http, ROW).json()["version"] == 1


def test_does_not_start_without_a_champion(tmp_path: Path) -> None:
    product = Product(tmp_path)
    with pytest.raises(StepError, match="has no champion"):
        product.hosted.open()
    with pytest.raises(StepError, match="no endpoint 'apii'"):
        Hosted.of(product.plan, "apii", tmp_path)
