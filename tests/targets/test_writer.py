"""A bundle on disk: whole or not at all, stale files gone, other people's files untouched."""

import json
import os
from pathlib import Path

import pytest

from onespec.targets import writer
from onespec.targets.artifact import Artifact
from onespec.targets.writer import BundleError, complete, differences, write


def _bundle(**files: str) -> tuple[Artifact, ...]:
    return complete("ray", [Artifact(name.replace("_", "."), text) for name, text in files.items()])


def test_a_bundle_carries_the_hashes_of_its_files(tmp_path: Path) -> None:
    write(tmp_path, _bundle(a_txt="one", b_txt="two"))
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert sorted(manifest["files"]) == ["a.txt", "b.txt"]
    assert differences(tmp_path, _bundle(a_txt="one", b_txt="two")) == []


def test_stale_files_go_and_others_stay(tmp_path: Path) -> None:
    write(tmp_path, _bundle(a_txt="one", b_txt="two", c_txt="three"))
    (tmp_path / "mine.txt").write_text("not yours")
    (tmp_path / "c.txt").write_text("changed by hand")
    written = write(tmp_path, _bundle(a_txt="one"))
    assert written.removed == ("b.txt",)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "a.txt",
        "c.txt",
        "manifest.json",
        "mine.txt",
    ]


def test_a_failure_leaves_the_old_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, _bundle(a_txt="one", b_txt="two"))
    before = {p.name: p.read_text() for p in tmp_path.iterdir()}
    calls = []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(writer.os, "fsync", full)
    with pytest.raises(BundleError, match="No space left"):
        write(tmp_path, _bundle(a_txt="ONE", b_txt="TWO"))
    monkeypatch.undo()
    assert {p.name: p.read_text() for p in tmp_path.iterdir() if p.name in before} == before


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x"])
def test_paths_outside_the_bundle_are_refused(path: str) -> None:
    with pytest.raises(BundleError):
        complete("ray", [Artifact(path, "")])


def test_one_path_twice_is_refused() -> None:
    with pytest.raises(BundleError):
        complete("ray", [Artifact("a", "1"), Artifact("a", "2")])


def test_differences_are_a_diff(tmp_path: Path) -> None:
    write(tmp_path, _bundle(a_txt="one\n", b_txt="two"))
    found = "\n".join(differences(tmp_path, _bundle(a_txt="ONE\n")))
    assert "-one" in found
    assert "+ONE" in found
    assert "b.txt is no longer emitted" in found


def test_nothing_is_written_when_nothing_changed(tmp_path: Path) -> None:
    write(tmp_path, _bundle(a_txt="one"))
    os.utime(tmp_path / "a.txt", (1, 1))
    assert write(tmp_path, _bundle(a_txt="one")).changed == ()
    assert (tmp_path / "a.txt").stat().st_mtime == 1
