"""The endpoint of the flights, served by the command and asked over HTTP by entity key."""

import http.client
import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from onespec.runtime.prediction_log.in_folder import FolderLog
from onespec.runtime.prediction_log.read import read_log
from onespec.runtime.prediction_log.schema import endpoint_schema

from .conftest import Copies
from .project import Project, Running

pytestmark = pytest.mark.slow

COLUMNS = {"origin", "carrier", "tailnum", "distance", "scheduled_departure"}
ROWS: tuple[dict[str, Any], ...] = (
    {
        "origin": "JFK",
        "carrier": "B6",
        "tailnum": "N184JB",
        "distance": 1089.0,
        "scheduled_departure": "2013-03-02T18:30:00Z",
    },
    {
        "origin": "LGA",
        "carrier": "MQ",
        "tailnum": "nobody knows this plane",
        "distance": 733.0,
        "scheduled_departure": "2013-03-02T07:05:00-05:00",
    },
    {
        "origin": "EWR",
        "carrier": "UA",
        "tailnum": None,
        "distance": 2565.0,
        "scheduled_departure": "2013-03-02T12:00:00Z",
    },
)


@contextmanager
def served(project: Project, host: str) -> Iterator[tuple[Running, str]]:
    with project.begin("serve", "--host", host, "--port", "0") as server:
        line = server.told("serving on http://127.0.0.1:")
        yield server, line.split()[-1]


def ask(url: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    try:
        text = None if body is None else json.dumps(body)
        connection.request(method, path, text, {"content-type": "application/json"})
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def predicted(url: str, *rows: dict[str, Any]) -> Any:
    status, answer = ask(url, "POST", "/v1/predict?explain=features", {"rows": rows})
    assert status == 200, answer
    return answer


def logged(state: Path) -> dict[tuple[str, int], dict[str, Any]]:
    """The prediction log by request and row."""
    rows = read_log(FolderLog(state / "predictions" / "api")).to_pylist()
    found = {(row["request_id"], row["row"]): row for row in rows}
    assert len(found) == len(rows)
    return found


def features_of(row: dict[str, Any], names: list[str]) -> dict[str, Any]:
    return {name: row[name] for name in names}


@pytest.mark.parametrize("host", [pytest.param("ray", marks=pytest.mark.ray), "process"])
def test_an_endpoint_answers_by_entity_key_and_its_log_says_what_it_answered(
    inline: tuple[Project, Any], copied: Copies, host: str
) -> None:
    if host == "ray":
        pytest.importorskip("ray")
    project = copied(inline[0])
    endpoint = project.plan().endpoint("api")
    names = [feature.reference for feature in endpoint.features]
    with served(project, host) as (server, url):
        assert ask(url, "GET", "/health/ready") == (200, {"status": "ready", "reason": ""})
        answers = [predicted(url, *ROWS), *(predicted(url, row) for row in ROWS)]
        told = project.call("predict", "--url", url, "--explain", "--json", *_words(ROWS[0]))
        answers.append(told.json())
        _check_answers(answers, names)
        _check_document(ask(url, "GET", "/openapi.json"))
        status, problem = ask(url, "POST", "/v1/predict", {"rows": [{**ROWS[0], "orgin": "JFK"}]})
        assert status == 422
        assert "did you mean 'origin'" in json.dumps(problem)
        code, last = server.stop(signal.SIGTERM)
        assert code == 0, last
        assert "Traceback" not in last
    rows = logged(project.state)
    expected = {
        (answer["request_id"], place): prediction
        for answer in answers
        for place, prediction in enumerate(answer["predictions"])
    }
    assert set(rows) == set(expected)  # the refused request is no prediction
    for place, prediction in expected.items():
        row = rows[place]
        assert features_of(row, names) == prediction["features"]
        assert row["score"] == prediction["score"]
        assert row["degraded"] == prediction["degraded"]
        assert (row["version"], row["model"], row["error"]) == (1, "late_arrival", None)
        assert row["value_key"] == inline[1]["train.late_arrival"]["key"]
        assert row["time"].isoformat() == "2013-03-02T00:00:00+00:00"
    # The control: the rows differ from each other, so equality above says something.
    one, other = (features_of(rows[answers[0]["request_id"], i], names) for i in (0, 1))
    assert one != other
    segment = read_log(FolderLog(project.state / "predictions" / "api")).schema
    assert set(segment.names) == set(endpoint_schema(endpoint).names)


def _check_answers(answers: list[Any], names: list[str]) -> None:
    together, first, second, third, told = answers
    alone = [answer["predictions"][0] for answer in (first, second, third)]
    assert together["predictions"] == alone
    assert told["predictions"] == first["predictions"]
    assert all(list(prediction["features"]) == names for prediction in alone)
    assert all(0 < prediction["score"] < 1 for prediction in alone)
    assert len({prediction["score"] for prediction in alone}) == 3
    assert [prediction["degraded"] for prediction in alone] == [
        [],
        ["airframe: missing"],
        ["airframe: missing"],
    ]
    seen = alone[0]["features"]
    assert seen["flight.hour"] == 18
    assert seen["flight.carrier"] == "B6"
    assert seen["airport_load.departures_24h"] > 0
    assert isinstance(seen["weather_now.raining"], bool)
    assert alone[1]["features"]["flight.hour"] == 12  # in UTC
    assert alone[1]["features"]["airframe.seats"] is None


def _check_document(answer: tuple[int, Any]) -> None:
    status, document = answer
    assert status == 200
    assert document["openapi"].startswith("3.1")
    schemas = document["components"]["schemas"]
    rows = schemas["PredictRequest"]["properties"]["rows"]["items"]["anyOf"]
    by_columns, by_features = (_resolved(row, schemas) for row in rows)
    assert set(by_columns["properties"]) == COLUMNS == set(by_columns["required"])
    assert "date-time" in _formats(by_columns["properties"]["scheduled_departure"])
    assert "date-time" not in _formats(by_columns["properties"]["origin"])
    assert "features" in by_features["properties"]
    assert "/v1/predict" in document["paths"]


def _resolved(schema: Any, schemas: dict[str, Any]) -> Any:
    return schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def _formats(schema: Any) -> set[str]:
    """Of a value that may be null, too."""
    return {one.get("format", "") for one in (schema, *schema.get("anyOf", ()))}


def _words(row: dict[str, Any]) -> list[str]:
    return [f"{name}={value}" for name, value in row.items()]


def test_an_endpoint_without_a_champion_is_refused_with_a_remedy(prepared: Project) -> None:
    for host in ("process", "ray"):
        done = prepared.call("serve", "--host", host, "--port", "0", code=1)
        assert "no champion" in done.err
        assert "onespec run" in done.err
