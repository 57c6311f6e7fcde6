"""A source's path names files inside of where it may look, in the order of their names."""

from pathlib import Path

import pytest

from onespec.runtime.sources.files import source_files
from onespec.runtime.sources.problem import SourceError


def names(project: Path, path: str) -> list[str]:
    return [file.name for file in source_files("s", path, "csv", project)]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    for name in ("data/b.csv", "data/a.csv", "data/sub/c.csv", "data/d.txt", "data/_x.csv"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a\n1\n")
    (folder / "data/.hidden.csv").write_text("a\n1\n")
    (tmp_path / "outside.csv").write_text("a\n1\n")
    return folder


def test_a_file_a_folder_and_a_glob(project: Path) -> None:
    assert names(project, "data/b.csv") == ["b.csv"]
    assert names(project, "data") == ["a.csv", "b.csv", "sub/c.csv"]
    assert names(project, "data/") == ["a.csv", "b.csv", "sub/c.csv"]
    assert names(project, "data/*.csv") == ["a.csv", "b.csv"]
    assert names(project, "data/**/c.csv") == ["sub/c.csv"]


def test_an_absolute_path_is_taken_as_written(project: Path) -> None:
    assert names(project, str(project.parent / "outside.csv")) == ["outside.csv"]
    assert names(Path("/nowhere"), str(project / "data")) == ["a.csv", "b.csv", "sub/c.csv"]


@pytest.mark.parametrize(
    "path",
    [
        *("../outside.csv", "data/../../outside.csv", "../*.csv", "data/none.csv", "none/*.csv"),
        *("s3://bucket/a.csv", "file:///etc/passwd", "data/\0.csv", "data/*.parquet"),
    ],
)
def test_what_is_not_there_or_refused_is_told_with_the_source(project: Path, path: str) -> None:
    with pytest.raises(SourceError, match="source `s`") as caught:
        names(project, path)
    assert caught.value.remedy


@pytest.mark.parametrize("path", ["data/link.csv", "data/l*.csv", "data", "linked/outside.csv"])
def test_a_link_out_of_the_project_is_refused(project: Path, path: str) -> None:
    (project / "data/link.csv").symlink_to(project.parent / "outside.csv")
    (project / "linked").symlink_to(project.parent)
    with pytest.raises(SourceError, match="link that leads out"):
        names(project, path)


def test_a_link_within_the_project_is_followed(project: Path) -> None:
    (project / "link.csv").symlink_to(project / "data/a.csv")
    assert names(project, "link.csv") == ["link.csv"]
