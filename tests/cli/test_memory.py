"""Answers from memory: the same as new ones, and only while nothing has changed."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from onespec.cli.memory import recall, remember

REPO = Path(__file__).parents[2]
CASES = REPO / "tests" / "specs"

# Tells beside what a command printed whether it needed the compiler for that.
RUN = """
import sys
from onespec.cli.main import main
try:
    main()
finally:
    print("onespec.compiler.bind" in sys.modules, file=sys.stderr)
"""


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    found: str
    compiled: bool


Ask = Callable[..., Answer]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    shutil.copy(CASES / "onespec.lock", folder)
    shutil.copy(CASES / "good" / "small.yaml", folder / "pipeline.yaml")
    return folder


@pytest.fixture
def ask(project: Path, tmp_path: Path) -> Ask:
    def ask(*words: str, cache: str = str(tmp_path / "cache")) -> Answer:
        done = subprocess.run(
            [sys.executable, "-c", RUN, *words],
            cwd=project,
            env={**os.environ, "ONESPEC_CACHE": cache},
            capture_output=True,
            text=True,
            check=False,
        )
        *found, compiled = done.stderr.splitlines()
        return Answer(done.returncode, done.stdout, "\n".join(found), compiled == "True")

    return ask


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_an_unchanged_spec_is_not_compiled_again(ask: Ask) -> None:
    first, second = ask("check"), ask("check")
    assert (first.compiled, second.compiled) == (True, False)
    assert (second.code, second.out, second.found) == (first.code, first.out, first.found)


def test_a_change_of_an_included_file_is_noticed(ask: Ask, project: Path) -> None:
    (project / "more.yaml").write_text("entities:\n  airline: {key: carrier}\n")
    _edit(project / "pipeline.yaml", "onespec: 1\n", "onespec: 1\ninclude: [more.yaml]\n")
    assert [ask("check").compiled for _ in range(2)] == [True, False]
    _edit(project / "more.yaml", "airline", "airport")
    third = ask("check")
    assert (third.compiled, third.code) == (True, 1)
    assert "E213" in third.found


@pytest.mark.parametrize("form", ["human", "json", "sarif", "github"])
def test_warnings_are_told_again_word_for_word(ask: Ask, project: Path, form: str) -> None:
    _edit(project / "pipeline.yaml", "[weather_now, airport_load]", "[airport_load]")
    first, second = ask("check", "--format", form), ask("check", "--format", form)
    assert "W502" in first.out + first.found
    assert (second.code, second.out, second.found) == (first.code, first.out, first.found)
    assert not second.compiled
    assert ask("check", "--format", form, "--strict").code == 1


@pytest.mark.parametrize("name", ["pipeline.yaml", "onespec.lock"])
def test_a_changed_file_is_read_again(ask: Ask, project: Path, name: str) -> None:
    ask("check")
    path = project / name
    before = path.stat()
    path.write_text(path.read_text().replace("dep_delay", "dep_deloy", 1))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))  # its time does not tell
    answer = ask("check")
    assert answer.compiled
    assert answer.code == 1


def test_errors_are_found_each_time(ask: Ask, project: Path) -> None:
    _edit(project / "pipeline.yaml", "avg(dep_delay)", "avg(dep_dealy)")
    first, second = ask("check"), ask("check")
    assert first.code == second.code == 1
    assert "E204" in first.found
    assert first.found == second.found


def test_environments_are_answers_of_their_own(ask: Ask, project: Path) -> None:
    with (project / "pipeline.yaml").open("a") as spec:
        spec.write("environments: {dev: {sources.weather.path: elsewhere.parquet}}\n")
    ask("check")
    assert ask("check", "-e", "dev").compiled
    assert not ask("check", "-e", "dev").compiled


def test_compiling_again_touches_nothing(ask: Ask, project: Path) -> None:
    first = ask("compile", "-t", "ray")
    before = {p: p.stat().st_mtime_ns for p in (project / "build").rglob("*")}
    second = ask("compile", "-t", "ray")
    assert first.code == second.code == 0
    assert "up to date" in second.out
    assert not second.compiled
    assert {p: p.stat().st_mtime_ns for p in (project / "build").rglob("*")} == before
    assert ask("compile", "-t", "ray", "--check").code == 0
    facts = json.loads(ask("compile", "-t", "ray", "--json").out)
    assert facts["ray"]["changed"] == []


def test_an_emitted_file_that_was_changed_is_written_again(ask: Ask, project: Path) -> None:
    ask("compile", "-t", "ray")
    plan = project / "build" / "ray" / "plan.json"
    text = plan.read_text()
    plan.write_text(text + " ")
    assert ask("compile", "-t", "ray", "--check").code == 1
    assert ask("compile", "-t", "ray").compiled
    assert plan.read_text() == text


def test_a_damaged_memory_is_none(ask: Ask, tmp_path: Path) -> None:
    first = ask("check")
    entries = list((tmp_path / "cache").iterdir())
    assert len(entries) == 1
    for damage in ("", "{", "[]", '{"question": 1}', entries[0].read_text()[:-9], "{}" * 9):
        entries[0].write_text(damage)
        answer = ask("check")
        assert answer.compiled
        assert (answer.code, answer.out) == (first.code, first.out)


def test_changed_code_answers_anew(ask: Ask, tmp_path: Path) -> None:
    ask("check")
    entry = next((tmp_path / "cache").iterdir())
    record = json.loads(entry.read_text())
    entry.write_text(json.dumps({**record, "code": "another"}))
    assert ask("check").compiled


@pytest.mark.parametrize("cache", ["off", "/dev/null/nowhere"])
def test_it_works_without_a_memory(ask: Ask, cache: str) -> None:
    answers = [ask("check", cache=cache) for _ in range(2)]
    assert all(answer.compiled and answer.code == 0 for answer in answers)
    assert answers[0] == answers[1]


def test_without_a_home_nothing_is_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, project: Path
) -> None:
    monkeypatch.delenv("ONESPEC_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.chdir(project)
    remember({"command": "check"}, {}, {"summary": ""})
    assert recall({"command": "check"}) is None
    assert not (project / "relative").exists()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    remember({"command": "check"}, {}, {"summary": ""})
    assert recall({"command": "check"}) == {"summary": ""}
    monkeypatch.setattr(os, "getcwd", _gone)
    assert recall({"command": "check"}) is None


def _gone() -> str:
    raise FileNotFoundError


def test_old_answers_are_forgotten(ask: Ask, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    for number in range(300):
        (cache / f"{number}.json").write_text("{}")
        os.utime(cache / f"{number}.json", (number, number))
    ask("check")
    left = {path.name for path in cache.iterdir()}
    assert len(left) == 200
    assert "0.json" not in left
    assert not ask("check").compiled
