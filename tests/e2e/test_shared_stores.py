"""A product on PostgreSQL and Redis, from the command line: only the addresses are others."""

import shutil
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from servers.postgresql import PostgresServer
from servers.redis import RedisServer

from .project import EXAMPLES, Project, copy_of_example, of_state
from .test_serving import ask

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def project(
    tmp_path_factory: pytest.TempPathFactory, postgresql: PostgresServer, redis_server: RedisServer
) -> Iterator[Project]:
    """The minimal example, its ledger on PostgreSQL and its online store on Redis; run once."""
    project = copy_of_example("minimal", tmp_path_factory.mktemp("shared") / "project")
    shutil.copytree(EXAMPLES / "minimal" / "data", project.folder / "data")
    ledger = f'{{url: "{postgresql.database()}", password: secret:LEDGER_PASSWORD}}'
    online = f'{{url: "{redis_server.url}", password: secret:REDIS_PASSWORD}}'
    stores = f"stores:\n  artifacts: shared\n  ledger: {ledger}\n  online: {online}\n\n"
    name = redis_server.product().replace("_", "-")
    project.change(("\nsources:", f"\n{stores}sources:"), ("name: order-returns", f"name: {name}"))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LEDGER_PASSWORD", postgresql.password)
        environment.setenv("REDIS_PASSWORD", redis_server.password)
        yield project


def predictions(project: Project, *rows: Mapping[str, Any]) -> list[Any]:
    with project.begin("serve", "--host", "process", "--port", "0") as server:
        url = server.told("serving on http://127.0.0.1:").split()[-1]
        status, answer = ask(url, "POST", "/v1/predict?explain=features", {"rows": list(rows)})
        assert status == 200, answer
    found: list[Any] = answer["predictions"]
    return found


def test_a_product_on_shared_stores_does_all_that_it_does_on_embedded_ones(
    project: Project, redis_server: RedisServer, postgresql: PostgresServer
) -> None:
    first = project.run()
    assert of_state(first, "done") == set(first)
    assert not list(project.state.glob("*.sqlite*"))  # nothing has fallen back to a file
    (listed,) = project.call("models", "list", "--json").json()
    assert (listed["version"], listed["aliases"]) == (1, ["champion"])
    assert of_state(project.run(), "cached") == set(first)
    told = project.call("plan", "--json").json()["steps"]
    assert {step["status"] for step in told} == {"cached"}

    row = {"customer": "c097", "amount": 22.5, "ordered_at": "2026-01-01T00:00:00Z"}
    (shared,) = predictions(project, row)
    assert shared["degraded"] == []
    assert shared["features"]["history.orders_90d"] > 0

    # What the server has lost is written again, and nothing else is done.
    redis_server.client().flushall()
    again = project.run()
    assert of_state(again, "done") == {"materialize.history"}
    for server in (postgresql, redis_server):
        held = [file for file in project.folder.rglob("*") if file.is_file()]
        assert not [f for f in held if server.password.encode() in f.read_bytes()]


def test_without_its_secret_nothing_runs_and_the_name_is_told(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LEDGER_PASSWORD")
    done = project.call("run", "--executor", "inline", code=None)
    assert done.code != 0
    assert "the secret LEDGER_PASSWORD is not known" in done.err + done.out


def test_an_endpoint_whose_server_stands_still_answers_flagged_and_soon(
    project: Project, redis_server: RedisServer
) -> None:
    project.run()
    row = {"customer": "c097", "amount": 22.5, "ordered_at": "2026-01-01T00:00:00Z"}
    with project.begin("serve", "--host", "process", "--port", "0") as server:
        url = server.told("serving on http://127.0.0.1:").split()[-1]

        def answer() -> tuple[float, Any]:
            began = time.monotonic()
            status, told = ask(url, "POST", "/v1/predict?explain=features", {"rows": [row]})
            assert status == 200, told
            return time.monotonic() - began, told["predictions"][0]

        _, sound = answer()
        assert sound["degraded"] == []
        redis_server.pause()
        try:
            for _ in range(7):
                seconds, flagged = answer()
                assert flagged["degraded"]
                assert flagged["features"]["history.orders_90d"] is None
                assert seconds < 3
            assert seconds < 0.2  # the circuit is open: nobody waits any more
        finally:
            redis_server.resume()
        end = time.monotonic() + 30
        while answer()[1] != sound:
            assert time.monotonic() < end
            time.sleep(0.2)
