"""A rollout from training to champion: the commands, and an endpoint that is asked over HTTP."""

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from onespec.cli.plans import load_any
from onespec.runtime.prediction_log.in_folder import FolderLog
from onespec.runtime.prediction_log.read import read_log
from onespec.runtime.serving import host_process
from onespec.runtime.serving.client import predict
from onespec.runtime.serving.host_process import hosted_process
from onespec.runtime.serving.open import Hosted
from onespec.runtime.serving.service import Service

from .minimal import Done, call, copy_minimal, quick_probe, run, write_spec

__all__ = ["quick_probe"]

API = "    online: {model: will_return}\n"
ROLLOUT = f"{API}    rollout: {{watch: health}}\n    shadow: challenger\n"
DRIFT = "    drift: {alert: 0.25}\n"
QUIET = "    service: {error_rate: 90%}\n    minimum_rows: 10\n"
LOUD = "    service: {latency_p99: 1us}\n    minimum_rows: 10\n"


def write(project: Path, c: float, *edits: tuple[str, str]) -> None:
    """The spec with a rollout, a strength of regularisation, and a monitor that is quiet."""
    write_spec(project, c)
    spec = project / "pipeline.yaml"
    for old, new in ((API, ROLLOUT), (DRIFT, QUIET), *edits):
        assert spec.read_text().count(old) == 1
        spec.write_text(spec.read_text().replace(old, new))


def rollout(project: Path, *words: str) -> Done:
    return call("rollout", *words, "--spec", project)


def status(project: Path) -> Any:
    done = rollout(project, "status", "--json")
    assert done.code == 0, done.told
    (facts,) = json.loads(done.output)
    return facts


def versions(project: Path) -> dict[str, int]:
    done = call("models", "list", "--json", "--spec", project)
    return {alias: v["version"] for v in json.loads(done.output) for alias in v["aliases"]}


def orders(count: int) -> list[dict[str, Any]]:
    at = "2025-12-31T12:00:00Z"
    return [{"customer": f"c{n:03}", "amount": 10.0 + n, "ordered_at": at} for n in range(count)]


def arms(answer: Any) -> list[str]:
    return [prediction["arm"] for prediction in answer["predictions"]]


def until(condition: Any, seconds: float = 30) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


@pytest.fixture(scope="module")
def rolling(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Version 1 is the champion, version 2 the challenger at 10 %. Not to be changed."""
    project = tmp_path_factory.mktemp("rolling")
    copy_minimal(project)
    write(project, 1.0)
    run(project)
    assert status(project)["state"] == "none"
    assert "nothing was rolled out yet; version 1 answers" in rollout(project, "status").output
    write(project, 0.5)
    assert "onespec rollout status --spec" in run(project).output
    return project


@pytest.fixture
def project(rolling: Path, tmp_path: Path) -> Path:
    return shutil.copytree(rolling, tmp_path / "project", symlinks=True)


@pytest.fixture(autouse=True)
def quick_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds of waiting prove nothing."""
    defaults = Service.__init__.__kwdefaults__
    for name in ("reload_seconds", "flush_seconds"):
        monkeypatch.setitem(defaults, name, 0.1)


@contextmanager
def served(project: Path) -> Iterator[str]:
    plan, folder = load_any(project / "pipeline.yaml")
    with hosted_process(Hosted.of(plan, "api", folder)) as url:
        yield url


def test_a_new_version_goes_from_a_tenth_to_champion(project: Path) -> None:
    assert versions(project) == {"champion": 1, "challenger": 2}
    assert (status(project)["share"], status(project)["version"]) == (0.1, 2)
    log = FolderLog(project / ".onespec" / "predictions" / "api")
    with served(project) as url:
        tenth = arms(predict(url, orders(300)))
        assert 10 < tenth.count("challenger") < 60
        refused = rollout(project, "advance")
        assert refused.code is None
        assert "`health` has not looked at this share yet" in refused.told
        until(lambda: len(read_log(log, columns=["arm"])) == 300 + tenth.count("champion"))
        assert "at this share since" in rollout(project, "status").output
        (report,) = json.loads(call("monitor", "run", "--spec", project, "--json").output)
        assert (report["state"], report["rows"]) == ("ok", 300)  # a shadow is no traffic
        seen = status(project)["watch"]
        assert (seen["objection"], seen["rows"]) == ("", tenth.count("challenger"))

        assert "answers 50% of the entities" in rollout(project, "advance").output
        half = until(lambda: _more(url, tenth))
        assert 100 < half.count("challenger") < 200
        assert {arm for arm, was in zip(half, tenth, strict=True) if was == "challenger"} == {
            "challenger"
        }
        assert "not looked at this share" in rollout(project, "advance").told
        assert "Say --why" in rollout(project, "advance", "--force").told
        done = rollout(project, "advance", "--force", "--why", "it is as good")
        assert "version 2 of will_return is the champion" in done.output
        last = until(lambda: _answered_by(url, 2))
        assert set(arms(last)) == {"champion"}
    assert versions(project) == {"champion": 2}
    found = {(row["arm"], row["version"]) for row in read_log(log).to_pylist()}
    assert found == {("champion", 1), ("challenger", 2), ("shadow", 2), ("champion", 2)}
    before = versions(project), status(project)
    run(project)
    assert (versions(project), status(project)) == before
    assert "no rollout of `api` is under way" in rollout(project, "abort").told


def _more(url: str, before: list[str]) -> list[str] | None:
    found = arms(predict(url, orders(300)))
    return found if found.count("challenger") > before.count("challenger") else None


def _answered_by(url: str, version: int) -> Any:
    answer = predict(url, orders(20))
    return answer if answer["version"] == version else None


def test_an_alert_of_the_monitor_takes_the_challenger_back(project: Path) -> None:
    with served(project) as url:
        predict(url, orders(50))
    write(project, 0.5, (QUIET, LOUD))
    assert call("monitor", "run", "--spec", project, "--no-actions").code == 0
    assert "`health` has alerted since the rollout began" in rollout(project, "advance").told
    assert versions(project) == {"champion": 1, "challenger": 2}
    done = call("monitor", "run", "--spec", project)
    assert "aborted the rollout of `api`: version 2" in done.output
    assert versions(project) == {"champion": 1}
    assert (status(project)["state"], status(project)["share"]) == ("aborted", 0.0)
    run(project)  # everything is cached, and it stays aborted
    assert versions(project) == {"champion": 1}

    assert "Which version" in rollout(project, "start", "will_return").told
    assert "is the champion already" in rollout(project, "start", "will_return@1").told
    done = rollout(project, "start", "will_return@2", "--why", "it was the network")
    assert "version 2 of will_return answers 10%" in done.output
    assert versions(project) == {"champion": 1, "challenger": 2}
    told = json.loads(rollout(project, "abort", "api", "--why", "enough", "--json").output)
    assert (told["state"], told["champion"]) == ("aborted", 1)
    assert "There is no endpoint `apy`" in rollout(project, "status", "apy").told


def test_a_version_is_made_the_shadow_by_hand(project: Path) -> None:
    def alias(*words: str) -> Done:
        return call("models", "alias", *words, "--spec", project)

    assert "challenger of will_return: version 2 → none" in alias(
        "will_return", "challenger", "--drop"
    ).output  # fmt: skip
    assert status(project)["state"] == "aborted"
    spec = project / "pipeline.yaml"
    spec.write_text(spec.read_text().replace("    rollout: {watch: health}\n", ""))
    told = alias("will_return@2", "challenger", "--why", "curious", "--json")
    assert json.loads(told.output)["after"] == 2
    assert versions(project) == {"champion": 1, "challenger": 2}
    with served(project) as url:
        answer = predict(url, orders(5))
        assert (answer["version"], "arm" in answer["predictions"][0]) == (1, False)
    rows = read_log(FolderLog(project / ".onespec" / "predictions" / "api")).to_pylist()
    assert sorted((row["arm"], row["version"]) for row in rows) == [
        *[("champion", 1)] * 5, *[("shadow", 2)] * 5,
    ]  # fmt: skip
    assert "models promote" in alias("will_return@2", "champion").told
    assert "is no alias" in alias("will_return@2", "7").told
    assert "There is no will_return@9" in alias("will_return@9", "challenger").told


def test_a_spec_without_a_rollout_says_so(rolling: Path, tmp_path: Path) -> None:
    copy_minimal(tmp_path)
    assert "No endpoint of the spec has a `rollout`" in rollout(tmp_path, "status").told
    assert "No endpoint of `will_return`" in call(
        "rollout", "start", "will_return@1", "--spec", tmp_path, "--state", rolling / ".onespec"
    ).told  # fmt: skip


def test_serve_is_told_the_arm(rolling: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[Hosted] = []
    monkeypatch.setattr(host_process, "serve_process", lambda hosted, **_: served.append(hosted))
    for words in ((), ("--arm", "challenger")):
        assert call("serve", rolling, "--host", "process", *words).code == 0
    assert [hosted.arm for hosted in served] == [None, "challenger"]
