"""Every case is its own test: good specs compile; bad ones tell the codes in the margin."""

import re
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from onespec.cli.targets import check_all
from onespec.compiler.lock import LOCK_NAME
from onespec.specs.codes import CODES
from onespec.specs.diagnostic import Diagnostic, SpecError
from onespec.specs.read import read_lenient
from onespec.specs.render.human import render_human

CASES = Path(__file__).parent.parent / "specs"
_MARGIN = re.compile(r"#((?: [EW]\d{3})+)\s*$")


class TextFile(SingleFileSnapshotExtension):
    _write_mode = WriteMode.TEXT
    file_extension = "txt"


def _found(case: Path, folder: Path) -> tuple[Diagnostic, ...]:
    """The diagnostics of a case, in a folder of its own, so that no path of a machine shows."""
    (folder / LOCK_NAME).write_text((CASES / LOCK_NAME).read_text())
    spec = folder / "pipeline.yaml"
    spec.write_text(case.read_text())
    try:
        return check_all(spec, None).diagnostics
    except SpecError as error:
        return error.diagnostics


def _expected(case: Path) -> set[tuple[int, str]]:
    lines = enumerate(case.read_text().splitlines(), start=1)
    matches = ((n, _MARGIN.search(line)) for n, line in lines)
    return {(n, code) for n, match in matches if match for code in match[1].split()}


@pytest.mark.parametrize("case", sorted((CASES / "good").glob("*.yaml")), ids=lambda p: p.stem)
def test_good_specs_have_no_findings(case: Path, tmp_path: Path) -> None:
    assert _found(case, tmp_path) == ()


@pytest.mark.parametrize("case", sorted((CASES / "bad").glob("*.yaml")), ids=lambda p: p.stem)
def test_bad_specs_are_found_at_their_line(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, snapshot: SnapshotAssertion
) -> None:
    monkeypatch.chdir(tmp_path)
    found = _found(case, Path())
    told = {(d.span.line, d.code) for d in found if d.span}
    assert told == _expected(case)
    assert all(d.code in CODES for d in found)
    texts = read_lenient({"pipeline.yaml"})
    shown = render_human(found, texts, color=False, width=100)
    assert shown == snapshot(extension_class=TextFile)


def test_every_finding_of_the_compiler_has_a_case() -> None:
    """Codes of the reader and of the lock file have tests of their own, and so has E606: no name
    that a spec may have is too long for Ray."""
    shown = {code for case in (CASES / "bad").glob("*.yaml") for _, code in _expected(case)}
    elsewhere = {code for code in CODES if code[1] == "1"} | {"E211", "E301", "E304", "E606"}
    assert set(CODES) - shown - elsewhere == set()
