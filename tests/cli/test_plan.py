"""`onespec plan` after a run: why steps would run again, what that would take, what to choose."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

REPO = Path(__file__).parents[2]
HEAVY = ("ray", "torch", "sklearn", "mlflow", "pandas", "onnxruntime", "duckdb", "pyarrow", "numpy")
CODE = (
    "import sys, json, atexit\n"
    "atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=sys.stderr))\n"
    "from onespec.cli.main import main\nmain()\n"
)


def onespec(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "onespec", *words],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The minimal example after one run."""
    folder = tmp_path_factory.mktemp("minimal") / "project"
    ignore = shutil.ignore_patterns(".onespec", "build")
    shutil.copytree(REPO / "examples" / "minimal", folder, ignore=ignore)
    done = onespec(folder, "run", "--executor", "inline")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def project(ran: Path, tmp_path: Path) -> Path:
    """The same, to change. Files keep their times, and so their remembered hashes."""
    shutil.copytree(ran, tmp_path / "project", symlinks=True)
    return tmp_path / "project"


def edit(project: Path, old: str, new: str) -> None:
    spec = project / "pipeline.yaml"
    assert old in spec.read_text()
    spec.write_text(spec.read_text().replace(old, new))


def steps(project: Path, *words: str) -> dict[str, Any]:
    done = onespec(project, "plan", "--json", *words)
    assert done.returncode == 0, done.stderr
    return {step["step_id"]: step for step in json.loads(done.stdout)["steps"]}


def why(project: Path, *words: str) -> dict[str, str]:
    return {i: s["why"] for i, s in steps(project, *words).items() if s["status"] == "runs"}


def chosen(project: Path, *words: str) -> set[str]:
    return {i.replace("will_return", "M") for i in steps(project, *words)}


@pytest.mark.parametrize("state", ["with", "without"])
def test_it_imports_nothing_heavy_and_makes_nothing(project: Path, state: str) -> None:
    onespec(project, "plan")  # which notes the hashes of files that lie elsewhere now
    if state == "without":
        shutil.rmtree(project / ".onespec")
    before = {path: path.stat().st_mtime_ns for path in project.rglob("*") if path.is_file()}
    done = subprocess.run(
        [sys.executable, "-c", CODE, "plan"],
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(json.loads(done.stderr.splitlines()[-1]))
    assert not loaded & {*HEAVY, "sqlalchemy", "networkx", "rich", "jinja2", "jsonschema"}
    after = {path: path.stat().st_mtime_ns for path in project.rglob("*") if path.is_file()}
    made = {path.relative_to(project).as_posix() for path in after.keys() - before.keys()}
    assert {name for name in made if not name.startswith(".onespec/ledger.sqlite-")} == set()


def test_without_a_state_all_is_new(project: Path) -> None:
    shutil.rmtree(project / ".onespec")
    assert set(why(project).values()) == {"first time"}
    (project / "data" / "orders.csv").unlink()
    told = steps(project)["source.orders"]
    assert (told["status"], "there is no file" in told["why"]) == ("unknown", True)


def test_a_parameter_is_named_with_its_line(project: Path) -> None:
    assert why(project) == {}
    edit(project, "windows: [90d]", "windows: [90d, 30d]")
    edit(project, ">= 0.60", ">= 0.61")
    edit(project, "LogisticRegression\n", "LogisticRegression\n      params: {C: 0.5}\n")
    told = why(project)
    view = told["features.will_return.history"]
    assert "`view.windows.30d` is new: 30 days (pipeline.yaml:23)" in view
    assert "and 1 parameter more" in view
    assert "`estimator.params.C` is new: 0.5 (pipeline.yaml:44)" in told["train.will_return"]
    assert (
        "test.roc_auc >= 0.60 → test.roc_auc >= 0.61 (pipeline.yaml:46)"
        in (told["gate.will_return"])
    )
    assert "follows train.will_return" in told["evaluate.will_return"]
    assert "features.will_return.order" not in told
    shown = onespec(project, "plan").stdout
    assert "▶ train.will_return" in shown


def test_comments_and_order_change_nothing(project: Path) -> None:
    edit(project, "name: order-returns", "# a comment\nname: order-returns")
    assert why(project) == {}


def test_changed_data_are_told_with_their_size_and_estimates_follow(project: Path) -> None:
    data = project / "data" / "orders.csv"
    header, *rows = data.read_text().splitlines()
    number = header.split(",").index("order_id")
    more = [row.split(",") for row in rows]
    for at, cells in enumerate(more):
        cells[number] = str(10_000_000 + at)
    data.write_text("\n".join([header, *rows, *(",".join(cells) for cells in more)]) + "\n")
    told = steps(project)
    assert told["source.orders"]["why"].startswith("data/orders.csv changed: ")
    assert " → " in told["source.orders"]["why"]
    assert told["train.will_return"]["why"] == "follows source.orders"
    for step in ("examples.will_return", "training_set.will_return"):
        rows_then = made(project, step)
        assert told[step]["estimate"]["rows"] == pytest.approx(2 * rows_then, rel=0.1)
        assert told[step]["estimate"]["seconds"] > 0
    once = onespec(project, "run", "--executor", "inline", "--select", "examples.will_return")
    assert once.returncode == 0, once.stderr
    assert made(project, "examples.will_return") == pytest.approx(
        told["examples.will_return"]["estimate"]["rows"], rel=0.15
    )


def made(project: Path, step: str) -> int:
    """The rows that a step told when it last ran."""
    import sqlite3

    query = "SELECT facts FROM steps WHERE step_id = ? AND state = 'done' ORDER BY number DESC"
    found = sqlite3.connect(project / ".onespec" / "ledger.sqlite").execute(query, (step,))
    facts = json.loads(found.fetchone()[0])
    assert facts["memory"] is None or facts["memory"] >= 0
    rows: int = facts["rows"]
    return rows


def test_a_step_without_history_has_no_estimate(project: Path) -> None:
    edit(
        project,
        "  order:   ",
        "  twice:\n    inputs: {amount: float}\n    fields: {two: amount * 2}\n  order:   ",
    )
    edit(project, "[history, order]", "[history, order, twice]")
    told = steps(project)
    new = told["features.will_return.twice"]
    assert (new["why"], new["estimate"]["seconds"]) == ("first time", None)
    assert told["train.will_return"]["estimate"]["seconds"] > 0
    totals = json.loads(onespec(project, "plan", "--json").stdout)["totals"]
    assert totals["unknown"] == 1
    assert 0 < totals["longest"] <= totals["seconds"]
    assert " –" in onespec(project, "plan").stdout


def test_a_lost_value_is_told(project: Path) -> None:
    key = steps(project)["train.will_return"]["key"]
    (project / ".onespec/store/values" / key[:2] / f"{key}.json").unlink()
    assert why(project) == {"train.will_return": "its value is lost or damaged"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["-s", "history"], {"features.M.history", "materialize.history"}),
        (["-s", "1+train.will_return"], {"training_set.M", "train.M"}),
        (["-s", "train.will_return+1,kind:p*"], {"profile.M", "probe.M", "promote.M"}),
        (["-s", "kind:train,will_return"], {"train.M"}),
        (["-s", "train.* kind:probe"], {"train.M", "probe.M"}),
        (["-s", "will_return", "--exclude", "features.* train.will_return+"],
         {"examples.M", "training_set.M"}),
        (["-s", "api"], {"promote.M", "materialize.history"}),
        (["-s", "orders"], {"source.orders", "check.orders"}),
        (["-s", "state:changed"], {"train.M"}),
        (["-s", "state:new"], set()),
        (["-s", "2+monitor.health,kind:source"], set()),
    ],
)  # fmt: skip
def test_selectors(project: Path, words: list[str], expected: set[str]) -> None:
    edit(project, "LogisticRegression\n", "LogisticRegression\n      params: {C: 0.5}\n")
    told = chosen(project, *words)
    # What a chosen step calls for is shown, too.
    assert expected <= told
    running = set(why(project)) - {"train.will_return"}
    assert told - expected <= {
        i.replace("will_return", "M") for i in {*running, "train.will_return"}
    }


def test_state_against_another_spec(project: Path, tmp_path: Path) -> None:
    shutil.copytree(project, tmp_path / "old", ignore=shutil.ignore_patterns(".onespec"))
    edit(project, "LogisticRegression\n", "LogisticRegression\n      params: {C: 0.5}\n")
    old = str(tmp_path / "old")
    assert chosen(project, "-s", "state:changed", "--against", old) == {"train.M"}
    assert chosen(project, "-s", "state:changed", "--against", str(project)) == set()


def test_state_against_a_revision(project: Path) -> None:
    for words in (
        ["init", "-q"],
        ["add", "pipeline.yaml", "onespec.lock"],
        ["-c", "user.name=n", "-c", "user.email=e@example.com", "commit", "-qm", "one"],
    ):
        subprocess.run(["git", *words], cwd=project, check=True)
    assert chosen(project, "-s", "state:changed", "--against", "HEAD") == set()
    edit(project, "LogisticRegression\n", "LogisticRegression\n      params: {C: 0.5}\n")
    assert chosen(project, "-s", "state:changed", "--against", "HEAD") == {"train.M"}
    done = onespec(project, "plan", "-s", "state:changed", "--against", "nowhere")
    assert done.returncode == 2
    assert "neither a file here nor a revision" in done.stderr


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("will_retrun", "There is no step, node or job `will_retrun`. Did you mean `will_return`?"),
        ("train.will_retrun", "Did you mean `train.will_return`?"),
        ("kind:trian", "There is no kind `trian`. Did you mean `train`?"),
        ("sate:new", "There is no way to select `sate`. Did you mean `state`?"),
        ("state:chnged", "Did you mean `changed`?"),
        ("a++b", "`a++b` selects nothing."),
    ],
)
def test_an_unknown_name_is_misuse_and_a_guess_is_made(ran: Path, word: str, told: str) -> None:
    done = onespec(ran, "plan", "--select", word)
    assert done.returncode == 2
    assert told in done.stderr


def test_nothing_to_compare_with(project: Path) -> None:
    shutil.rmtree(project / ".onespec")
    done = onespec(project, "plan", "--select", "state:changed")
    assert (done.returncode, "--against" in done.stderr) == (2, True)
