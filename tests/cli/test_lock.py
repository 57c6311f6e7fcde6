"""`onespec lock`: what changed in the sources, what reads it, and a file that is never lost."""

import json
import shutil
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from onespec.cli.main import main
from onespec.compiler.compile import check
from onespec.compiler.lock import load_lock

EXAMPLES = Path(__file__).parents[2] / "examples"
HEADER = "order_id,customer,ordered_at,amount,returned"
ROWS = ["1,a,2025-01-01T00:00:00Z,1.5,true", "2,b,2025-01-02T00:00:00Z,2.5,false"]
PLANES = """
  planes:
    path: data/planes.parquet
    static: true
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The minimal example, with two rows of data, where the command runs."""
    monkeypatch.chdir(tmp_path)
    for name in ("pipeline.yaml", "onespec.lock"):
        shutil.copy(EXAMPLES / "minimal" / name, tmp_path)
    (tmp_path / "data").mkdir()
    write_orders(tmp_path, HEADER, ROWS)
    return tmp_path


def write_orders(project: Path, header: str, rows: list[str]) -> None:
    (project / "data" / "orders.csv").write_text("\n".join([header, *rows]) + "\n")


def add_planes(project: Path, columns: dict[str, object] | None) -> None:
    """Another source in the spec, and its Parquet file unless `columns` is None."""
    spec = project / "pipeline.yaml"
    spec.write_text(spec.read_text().replace("sources:\n", f"sources:{PLANES}", 1))
    if columns is not None:
        pq.write_table(pa.table(columns), project / "data" / "planes.parquet")


@dataclass(frozen=True)
class Done:
    exit_code: int
    stdout: str
    output: str


def run(*words: str) -> Done:
    """`onespec lock` with these words, in the folder of the test."""
    out, err = StringIO(), StringIO()
    with (
        patch.object(sys, "argv", ["onespec", "lock", *words]),
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    code = ended.value.code
    done = Done(
        code if isinstance(code, int) else 0, out.getvalue(), out.getvalue() + err.getvalue()
    )
    assert "Traceback" not in done.output
    return done


def findings(*words: str) -> list[dict[str, object]]:
    """What `--check` says to a program; it fails exactly when it says something."""
    done = run("--check", "--format", "json", *words)
    found: list[dict[str, object]] = json.loads(done.stdout)["diagnostics"]
    assert done.exit_code == bool(found)
    return found


def place(finding: dict[str, object]) -> str:
    span = finding["span"]
    assert isinstance(span, dict)
    return f"{span['file']}:{span['line']}:{span['column']}"


def line_of(project: Path, text: str, file: str = "pipeline.yaml") -> str:
    """`file:line:column` of the first place of a text."""
    before = (project / file).read_text().split(text, 1)[0]
    return f"{file}:{before.count(chr(10)) + 1}:{len(before.rpartition(chr(10))[2]) + 1}"


def test_nothing_has_changed(project: Path) -> None:
    done = run("--check")
    assert (done.exit_code, done.output) == (0, "✓ onespec.lock is up to date\n")
    assert findings() == []
    before = (project / "onespec.lock").stat()
    assert "1 source, 5 columns, nothing has changed" in run().output
    assert (project / "onespec.lock").stat() == before, "it was not written"


def test_a_column_that_is_gone_is_told_where_it_is_read(project: Path) -> None:
    write_orders(project, HEADER.replace("amount", "amounts"), ROWS)
    renamed, gone = findings()
    assert (renamed["code"], gone["code"]) == ("W307", "E305")
    expression = line_of(project, "amount)")
    assert place(gone) == expression
    label = "read by `history.mean_amount`; is it `amounts` now?"
    assert gone["label"] == label
    assert gone["hint"] == "it reaches model `will_return` and endpoint `api`"
    related = gone["related"]
    assert isinstance(related, list)
    assert [one["message"] for one in related] == [
        "`amount` is locked here",
        "read by `order.amount` here",
        "read by the data tests of `orders` here",
        "read by the inputs of `order` here",
    ]
    assert place(related[0]) == line_of(project, "amount: float?", "onespec.lock")
    assert run("--check").output.count("[E305]") == 1


def test_a_column_of_another_type(project: Path) -> None:
    write_orders(
        project, HEADER, [row.replace("true", "yes").replace("false", "no") for row in ROWS]
    )
    (found,) = findings()
    assert found["code"] == "E306"
    assert found["message"] == "column `returned` of source `orders` was bool?, and is now string?"
    assert place(found) == line_of(project, "returned)")


def test_a_column_that_may_not_be_null_any_more_has_another_type(project: Path) -> None:
    add_planes(project, {"tailnum": ["a"]})
    run()
    schema = pa.schema([pa.field("tailnum", pa.string(), nullable=False)])
    pq.write_table(pa.table({"tailnum": ["a"]}, schema), project / "data" / "planes.parquet")
    (found,) = findings()
    assert (found["code"], found["hint"]) == ("E306", "nothing reads it")
    assert str(found["message"]).endswith("was string?, and is now string")
    assert place(found) == line_of(project, "planes:")


def test_a_new_column_is_a_warning_and_fails_too(project: Path) -> None:
    write_orders(project, HEADER + ",coupon", [row + ",x" for row in ROWS])
    (found,) = findings()
    assert (found["code"], found["severity"]) == ("W307", "warning")
    assert place(found) == line_of(project, "orders:")
    assert "out of date" in run("--check").output


def test_a_new_column_that_the_spec_reads_already_is_told_where(project: Path) -> None:
    write_orders(project, HEADER + ",tax", [row + ",0.5" for row in ROWS])
    spec = project / "pipeline.yaml"
    spec.write_text(spec.read_text().replace("avg(amount)", "avg(tax)"))
    (found,) = findings()
    assert (found["code"], place(found)) == ("W307", line_of(project, "tax)"))


def test_another_file_altogether_is_one_finding(project: Path) -> None:
    write_orders(project, "a,b", ["1,2"])
    (found,) = findings()
    assert found["code"] == "E305"
    assert "none of the columns" in str(found["message"])
    assert "reaches model `will_return`" in str(found["hint"])


def test_a_source_that_is_not_locked_and_one_that_is_not_needed(project: Path) -> None:
    add_planes(project, {"tailnum": ["a"]})
    lock = project / "onespec.lock"
    lock.write_text(lock.read_text() + "  ships:\n    name: string\n")
    new, stale = findings()
    assert (new["code"], place(new)) == ("E302", line_of(project, "planes:"))
    assert (stale["code"], place(stale)) == ("W309", line_of(project, "ships:", "onespec.lock"))
    done = run()
    assert done.exit_code == 0
    assert "+ source planes" in done.output
    assert "- source ships" in done.output
    assert list(load_lock(lock).sources) == ["orders", "planes"]
    assert findings() == []


def test_what_cannot_be_read_keeps_its_entry_and_stops_no_other(project: Path) -> None:
    add_planes(project, {"tailnum": ["a"]})
    run()
    (project / "data" / "planes.parquet").write_bytes(b"no parquet")
    write_orders(project, HEADER + ",coupon", [row + ",x" for row in ROWS])
    unread, new = findings()
    assert (unread["code"], new["code"]) == ("E308", "W307")
    assert place(unread) == line_of(project, "data/planes.parquet")
    done = run()
    assert done.exit_code == 1
    assert "[E308]" in done.output
    assert "1 source could not be read" in done.output
    locked = load_lock(project / "onespec.lock").sources
    assert list(locked["planes"]) == ["tailnum"]
    assert "coupon" in locked["orders"]


def test_all_failures_are_told_at_once_and_nothing_is_written(project: Path) -> None:
    add_planes(project, None)
    (project / "data" / "orders.csv").unlink()
    (project / "onespec.lock").unlink()
    done = run()
    assert done.exit_code == 1
    assert done.output.count("[E308]") == 2
    assert not (project / "onespec.lock").exists()


def test_a_lock_that_cannot_be_used_is_written_anew(project: Path) -> None:
    lock = project / "onespec.lock"
    whole = lock.read_text()
    lock.write_text("lock: 1\nsources: [orders]\n")
    assert "[E304]" in run("--check").output
    done = run()
    assert done.exit_code == 0
    assert "written anew" in done.output
    assert lock.read_text() == whole


def test_what_changed_is_told_with_what_reads_it(project: Path) -> None:
    write_orders(project, HEADER.replace("amount", "price"), ROWS)
    done = run()
    assert done.exit_code == 0
    assert "- orders.amount (was float?)\n      read by `history.mean_amount`" in done.output
    assert "reaches model `will_return` and endpoint `api`" in done.output
    assert all(len(line) <= 80 for line in done.output.splitlines())
    assert "E204" in [one.code for one in check(project / "pipeline.yaml").diagnostics]


def test_columns_that_have_only_moved_are_left_where_they_were_locked(project: Path) -> None:
    add_planes(project, {"tailnum": ["a"]})
    first, *others = HEADER.split(",")
    moved = [",".join([*row.split(",")[1:], row.split(",")[0]]) for row in ROWS]
    write_orders(project, ",".join([*others, first]), moved)
    run()
    assert next(iter(load_lock(project / "onespec.lock").sources["orders"])) == "order_id"


def test_a_library_source_that_is_locked_but_not_needed(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES / "library", tmp_path, dirs_exist_ok=True)
    (tmp_path / ".onespec-root").touch()
    product = tmp_path / "returns"
    shutil.rmtree(product / "data", ignore_errors=True)
    (product / "data").mkdir()
    write_orders(product, HEADER, ROWS)
    spec = str(product / "pipeline.yaml")
    run(spec)
    assert findings(spec) == [], "`complaints` is not missed, though its file is not there"
    lock = product / "onespec.lock"
    lock.write_text(lock.read_text() + "  complaints:\n    customer: string\n")
    (found,) = findings(spec)
    assert found["code"] == "W309"
    (related,) = found["related"]  # type: ignore[misc]
    assert place(related).rpartition("/")[2].startswith("customers.yaml:")  # type: ignore[has-type]


def test_formats_are_for_the_check(project: Path) -> None:
    assert run("--format", "json").exit_code == 2


def test_a_spec_with_errors_of_its_own_is_told_as_far_as_it_can_be_bound(project: Path) -> None:
    write_orders(project, HEADER.replace("amount", "price"), ROWS)
    spec = project / "pipeline.yaml"
    text = spec.read_text().replace("avg(returned)", "avg(retruned)")
    spec.write_text(
        text.replace("drift: {alert: 0.25}", "drift: {alert: 0.25, features: [no.such]}")
    )
    _, gone = findings()
    assert gone["code"] == "E305"
    # Neither `history` nor the model could be bound; the data tests read the column all the same.
    assert gone["label"] == "read by the data tests of `orders`"
