"""`onespec diff` as a person, a script and a CI job use it, in real repositories."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from onespec.cli.main import main
from onespec.compiler.changes.labels import LABELS, label_id

REPO = Path(__file__).parents[2]
FLIGHTS = REPO / "examples" / "flights"
EDITS = (
    ("avg(dep_delay)\n      late", "avg(dep_delay + 1)\n      late"),
    ("port: 8000", "port: 8001"),
    ("test.roc_auc >= 0.65", "test.roc_auc >= 0.7"),
    ("fresh: 7d", "fresh: 8d"),
    ("refresh: 1h", "refresh: 2h"),
)

Done = tuple[int, str, str]
Cli = Callable[..., Done]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    def run(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["onespec", "diff", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return int(ended.value.code or 0), out, err

    return run


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull},
    )
    return done.stdout.strip()


def _edit(spec: Path, *edits: tuple[str, str]) -> None:
    text = spec.read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new, 1)
    spec.write_text(text, encoding="utf-8")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with the flights in a folder `ml`, two commits, and an edit on top."""
    project = tmp_path / "repository" / "ml"
    project.mkdir(parents=True)
    for name in ("pipeline.yaml", "onespec.lock"):
        shutil.copy(FLIGHTS / name, project)
    _git(project.parent, "init", "-q", "-b", "main")
    _git(project.parent, "add", ".")
    _git(project.parent, "commit", "-qm", "one")
    _git(project.parent, "tag", "v1")
    _edit(project / "pipeline.yaml", ("max_iter: 120", "max_iter: 60"))
    _git(project.parent, "commit", "-qam", "two")
    _edit(project / "pipeline.yaml", ("port: 8000", "port: 8001"))
    monkeypatch.chdir(project)
    return project


def _labels(out: str) -> dict[str, list[str]]:
    nodes = json.loads(out)["nodes"]
    return {n["node"]: n["labels"] for n in nodes if n["labels"] != ["unchanged"]}


CALLERS = {"deployment.api": ["breaks-callers", "redeploy"]}


def test_a_revision_and_the_files_here(cli: Cli, repository: Path) -> None:
    code, out, _ = cli("HEAD", "--format", "json")
    assert (code, _labels(out)) == (0, CALLERS)
    files = {e[side]["file"] for e in json.loads(out)["edits"] for side in ("old", "new")}
    assert files == {"pipeline.yaml"}
    assert _labels(cli("main", "--format", "json")[1]) == CALLERS
    assert "model.late_arrival" in _labels(cli("v1", "--format", "json")[1])


@pytest.mark.parametrize("words", [["HEAD~1", "HEAD"], ["v1..main"], ["v1..."], ["v1...main"]])
def test_two_revisions(cli: Cli, repository: Path, words: list[str]) -> None:
    found = _labels(cli(*words, "--format", "json")[1])
    assert found["model.late_arrival"] == ["retrain"]
    assert found["deployment.api"] == ["redeploy"]


def test_three_dots_begin_where_the_branches_parted(cli: Cli, repository: Path) -> None:
    _git(repository, "stash", "-q")
    _git(repository, "checkout", "-q", "-b", "mine", "v1")
    _edit(repository / "pipeline.yaml", ("port: 8000", "port: 8001"))
    _git(repository, "commit", "-qam", "mine")
    assert _labels(cli("main...mine", "--format", "json")[1]) == CALLERS
    assert "model.late_arrival" in _labels(cli("main..mine", "--format", "json")[1])


def test_the_checkout_is_not_touched(cli: Cli, repository: Path) -> None:
    before = _git(repository, "status", "--porcelain=v2", "--branch")
    files = {p: p.stat().st_mtime_ns for p in repository.parent.rglob("*") if p.is_file()}
    assert cli("v1", "HEAD")[0] == 0
    assert {p: p.stat().st_mtime_ns for p in repository.parent.rglob("*") if p.is_file()} == files
    assert _git(repository, "status", "--porcelain=v2", "--branch") == before


def test_from_elsewhere_the_spec_is_named(
    cli: Cli, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository.parent)
    code, out, _ = cli("HEAD", "--spec", "ml", "--format", "json")
    assert (code, _labels(out)) == (0, CALLERS)
    assert json.loads(out)["edits"][0]["old"]["file"] == "ml/pipeline.yaml"
    code, _, err = cli("HEAD", "HEAD", "--spec", "other.yaml")
    assert code == 2
    assert "no spec at other.yaml" in err


def test_links_in_a_revision_lead_nowhere(cli: Cli, repository: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text("onespec: 1\n")
    (repository / "linked.yaml").symlink_to(secret)
    _git(repository, "add", "linked.yaml")
    _git(repository, "commit", "-qm", "link")
    assert cli("HEAD", "HEAD", "--spec", "linked.yaml")[0] == 2


@pytest.mark.parametrize(
    "name",
    ["nothing", "--output=x", "-x", "a b", "HEAD:ml/pipeline.yaml", "HEAD\n--all", "^HEAD"],
)
def test_what_is_no_revision(cli: Cli, repository: Path, name: str) -> None:
    code, _, err = cli("--", name)
    assert code == 2
    assert err


def test_no_repository(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(FLIGHTS / "pipeline.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    code, _, err = cli("main")
    assert code == 2
    assert "No revisions can be read" in err


def test_problems_name_their_side(cli: Cli, repository: Path) -> None:
    _edit(repository / "pipeline.yaml", ("avg(dep_delay)", "avg(dep_dealy)"))
    code, out, err = cli("HEAD")
    assert (code, out) == (1, "")
    assert "the new side, working tree, cannot be compiled" in err
    assert "did you mean `dep_delay`?" in err
    _git(repository, "commit", "-qam", "broken")
    _edit(repository / "pipeline.yaml", ("avg(dep_dealy)", "avg(dep_delay)"))
    code, out, _ = cli("HEAD", "--format", "json")
    assert code == 1
    problems = json.loads(out)["problems"]
    assert list(problems) == ["old"]
    assert problems["old"]["diagnostics"][0]["span"]["file"] == "pipeline.yaml"


def test_a_job_fails_on_what_it_names(cli: Cli, repository: Path) -> None:
    assert cli("HEAD")[0] == 0
    assert cli("HEAD", "--fail-on", "retrain")[0] == 0
    assert cli("HEAD", "--fail-on", "retrain", "--fail-on", "breaks-callers")[0] == 1
    assert cli("HEAD", "--fail-on", "nonsense")[0] == 2


def test_environments(cli: Cli, repository: Path) -> None:
    _edit(repository / "pipeline.yaml", ("port: 8001", "port: 8000"), ("max: 40}", "max: 50}"))
    assert _labels(cli("HEAD", "--format", "json")[1]) == {}
    found = _labels(cli("HEAD", "-e", "prod", "--format", "json")[1])
    assert found == {"deployment.api": ["redeploy"]}


def test_plan_files(cli: Cli, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from onespec.compiler.compile import compile_spec
    from onespec.compiler.plan_file import plan_text

    Path("old.json").write_text(plan_text(compile_spec(Path("pipeline.yaml"))))
    _edit(repository / "pipeline.yaml", ("max_iter: 60", "max_iter: 61"))
    found = _labels(cli("old.json", "--format", "json")[1])
    assert found["model.late_arrival"] == ["retrain"]
    assert cli("old.json", "-e", "prod")[0] == 2


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two folders, `old` and `new`, with several edits between them."""
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        for file in ("pipeline.yaml", "onespec.lock"):
            shutil.copy(FLIGHTS / file, tmp_path / name)
    _edit(tmp_path / "new" / "pipeline.yaml", *EDITS)
    monkeypatch.chdir(tmp_path)


def _extension(ending: str) -> type[SingleFileSnapshotExtension]:
    class Extension(SingleFileSnapshotExtension):
        _write_mode = WriteMode.TEXT
        file_extension = ending

    return Extension


@pytest.mark.parametrize("form", ["human", "json", "markdown"])
def test_formats(cli: Cli, pair: None, form: str, snapshot: SnapshotAssertion) -> None:
    code, out, err = cli("old", "new", "--format", form)
    assert (code, err) == (0, "")
    ending = {"human": "txt", "json": "json", "markdown": "md"}[form]
    assert out == snapshot(extension_class=_extension(ending))


def test_nothing_has_changed(cli: Cli, pair: None) -> None:
    code, out, _ = cli("old", "old/pipeline.yaml")
    assert code == 0
    assert out.endswith("13 unchanged\n")


def test_json_has_every_label(cli: Cli, pair: None) -> None:
    data = json.loads(cli("old", "new", "--format", "json")[1])
    assert list(data["summary"]) == [label_id(label) for label in LABELS]
    known = {edit["id"] for edit in data["edits"]}
    for node in data["nodes"]:
        for reason in node["reasons"]:
            assert set(reason["edits"]) <= known


HOSTILE = "a`b``` | <img src=x> </details> @all #1 www.x.com https://y.z [l](u) **b**\\u2028\\u202e"


def test_a_spec_cannot_write_markdown(cli: Cli, pair: None) -> None:
    _edit(Path("new/pipeline.yaml"), ("description: Will", f'description: "{HOSTILE}" # Will'))
    _edit(Path("new/pipeline.yaml"), ("output: data/scores/", f'output: "{HOSTILE}"'))
    out = cli("old", "new", "--format", "markdown")[1]
    assert "\u202e" not in out
    assert "\u2028" not in out
    bare = _without_code(out)
    for mark in ("@", "<img", "www", "https", "**b**", "[l]", "#1"):
        assert mark not in bare, mark
    assert bare.count("</details>") == bare.count("<details>") == 2
    rows = [line for line in bare.splitlines() if line.startswith("|")]
    assert {len(row.split("|")) for row in rows} == {5}


def _without_code(markdown: str) -> str:
    """What is left for Markdown to read when blocks and spans of code are taken out."""
    kept: list[str] = []
    fence = ""
    for line in markdown.splitlines():
        if fence:
            fence = "" if line == fence else fence
        elif found := re.match("(`{3,})diff$", line):
            fence = found[1]
        else:
            kept.append(re.sub("`[^`]*`", "", line))
    assert not fence
    return "\n".join(kept)


def test_width_80(cli: Cli, pair: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert max(len(line) for line in cli("old", "new")[1].splitlines()) <= 80
