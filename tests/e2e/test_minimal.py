"""The project that `onespec init` writes: it runs as it is, and answers."""

import signal
from pathlib import Path

import pytest

from .project import Project, of_state

pytestmark = pytest.mark.slow


def test_a_new_project_is_checked_run_and_asked_as_it_is(tmp_path: Path) -> None:
    told = Project(tmp_path).call("init", "shop").out
    assert "onespec run" in told
    project = Project(tmp_path / "shop")
    assert "is fine" in project.call("check").out
    steps = project.run()
    assert of_state(steps, "done") == set(steps)
    assert project.champion("will_return") == 1
    with project.begin("serve", "--host", "process", "--port", "0") as server:
        url = server.told("serving on http://127.0.0.1:").split()[-1]
        row = ("customer=c001", "amount=120.5", "ordered_at=2025-12-31T12:00:00Z")
        answer = project.call("predict", "--url", url, "--explain", "--json", *row).json()
        (prediction,) = answer["predictions"]
        assert answer["version"] == 1
        assert 0 < prediction["score"] < 1
        assert prediction["degraded"] == []
        assert prediction["features"]["history.orders_90d"] > 0
        # A customer that nobody knows has no history, and is answered all the same.
        row = ("customer=nobody", *row[1:])
        answer = project.call("predict", "--url", url, "--explain", "--json", *row).json()
        (stranger,) = answer["predictions"]
        assert stranger["features"]["history.orders_90d"] == 0
        assert stranger["features"]["history.return_rate_90d"] is None
        assert stranger["score"] != prediction["score"]
        refused = project.call("predict", "--url", url, "amount=120.5", code=2)
        assert "also needs customer, ordered_at" in refused.err
        assert server.stop(signal.SIGTERM)[0] == 0
    gone = project.call("predict", "--url", url, *row, code=1)
    assert "onespec serve" in gone.err
    (report,) = project.call("monitor", "run", "--json").json()
    assert (report["state"], report["rows"]) == ("insufficient", 2)
    again = project.call("init", ".", code=2)
    assert "nothing was written" in again.err
