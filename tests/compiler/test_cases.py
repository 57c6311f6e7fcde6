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


def _cases(kind: str) -> list[Path]:
    """Specs, and folders with a spec and what it includes."""
    folder = CASES / kind
    return sorted([*folder.glob("*.yaml"), *(p.parent for p in folder.glob("*/pipeline.yaml"))])


def _texts(case: Path) -> dict[str, str]:
    """The files of a case by their paths beside the spec."""
    if case.is_file():
        return {"pipeline.yaml": case.read_text()}
    return {p.relative_to(case).as_posix(): p.read_text() for p in sorted(case.rglob("*.yaml"))}


def _found(case: Path, folder: Path) -> tuple[Diagnostic, ...]:
    """The diagnostics of a case, in a folder of its own, so that no path of a machine shows."""
    (folder / LOCK_NAME).write_text((CASES / LOCK_NAME).read_text())
    for name, text in _texts(case).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    spec = folder / "pipeline.yaml"
    try:
        return check_all(spec, None).diagnostics
    except SpecError as error:
        return error.diagnostics


def _expected(case: Path) -> set[tuple[str, int, str]]:
    return {
        (name, number, code)
        for name, text in _texts(case).items()
        for number, line in enumerate(text.splitlines(), start=1)
        if (match := _MARGIN.search(line))
        for code in match[1].split()
    }


@pytest.mark.parametrize("case", _cases("good"), ids=lambda p: p.stem)
def test_good_specs_have_no_findings(case: Path, tmp_path: Path) -> None:
    assert _found(case, tmp_path) == ()


@pytest.mark.parametrize("case", _cases("bad"), ids=lambda p: p.stem)
def test_bad_specs_are_found_at_their_line(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, snapshot: SnapshotAssertion
) -> None:
    monkeypatch.chdir(tmp_path)
    found = _found(case, Path())
    told = {(d.span.file, d.span.line, d.code) for d in found if d.span}
    assert told == _expected(case)
    assert all(d.code in CODES for d in found)
    texts = read_lenient(_texts(case))
    shown = render_human(found, texts, color=False, width=100)
    assert shown == snapshot(extension_class=TextFile)


# Codes that no spec alone can raise, and the tests that raise them.
ELSEWHERE = {
    "E105": "specs/test_read.py",
    "E301": "cli/test_commands.py",
    "E304": "compiler/test_lock.py",
    "E305": "cli/test_lock.py",  # as all that only data can show
    "E306": "cli/test_lock.py",
    "W307": "cli/test_lock.py",
    "E308": "cli/test_lock.py",
    "W309": "cli/test_lock.py",
    "E606": "targets/test_every_target.py",  # no name that a spec may have is too long for Ray
    "E616": "targets/kubernetes/test_checks.py",  # a spec for it would be as large
}


def test_every_code_is_raised_by_a_case_or_by_a_test_that_names_it() -> None:
    shown = {code for case in _cases("bad") for *_, code in _expected(case)}
    assert set(CODES) - shown == set(ELSEWHERE)
    for code, test in ELSEWHERE.items():
        assert code in (CASES.parent / test).read_text("utf-8"), f"{test} does not raise {code}"


def test_every_case_bears_a_code_that_it_raises() -> None:
    for case in _cases("bad"):
        assert case.stem.partition("_")[0] in {code for *_, code in _expected(case)}, case.name
