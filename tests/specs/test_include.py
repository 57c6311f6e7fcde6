"""Includes: who wrote what, what does not fit together, and what may not be read."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from onespec.specs import events, files, include
from onespec.specs.diagnostic import Diagnostic
from onespec.specs.document import Document
from onespec.specs.files import Disk, seen_from
from onespec.specs.include import read_spec
from onespec.specs.overlay import apply_overlay


def written(folder: Path, texts: Mapping[str, str]) -> Path:
    """The files in a folder; the path of the spec."""
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "pipeline.yaml"


def merged(folder: Path, **texts: str) -> Document:
    spec = written(folder, {f"{name}.yaml": text for name, text in texts.items()})
    document, problems = read_spec(spec)
    assert problems == ()
    return document


def problems_of(folder: Path, texts: Mapping[str, str]) -> list[Diagnostic]:
    return list(read_spec(written(folder, texts))[1])


def place(document: Document, *path: str, folder: Path) -> str:
    span = document.span(path)
    return f"{Path(span.file).relative_to(folder).as_posix()}:{span.line}:{span.column}"


def test_declarations_are_added_and_know_their_file(tmp_path: Path) -> None:
    document = merged(
        tmp_path,
        pipeline="include: [a.yaml]\nsources:\n  one: {path: x}\n",
        a="sources:\n  two: {path: y}\nentities:\n  e: {key: k}\n",
    )
    assert document.data["sources"] == {"one": {"path": "x"}, "two": {"path": "y"}}
    assert place(document, "sources", "one", "path", folder=tmp_path) == "pipeline.yaml:3:15"
    assert place(document, "sources", "two", "path", folder=tmp_path) == "a.yaml:2:15"
    assert str(document.key_span(("entities",))).endswith("a.yaml:3:1")
    assert document.is_included(("sources", "two"))
    assert not document.is_included(("sources", "one"))
    assert [Path(file).name for file in document.texts] == ["pipeline.yaml", "a.yaml"]
    assert set(document.values) >= {("sources", "two", "path")}


def test_a_spec_without_includes_costs_nothing(tmp_path: Path) -> None:
    class Alone(Disk):
        def real(self, path: str) -> str:
            raise AssertionError("no path needs to be followed")

        root = real

    spec = written(tmp_path, {"pipeline.yaml": "sources: {}\n"})
    assert read_spec(spec, Alone())[1] == ()


def test_files_are_in_the_order_in_which_they_are_met(tmp_path: Path) -> None:
    document = merged(
        tmp_path,
        pipeline="include: [a.yaml, d.yaml]\n",
        a="include: [b.yaml, c.yaml]\n",
        b="models: {}\n",
        c="include: [d.yaml]\n",
        d="sources: {s: 1}\n",
    )
    names = [Path(file).stem for file in document.texts]
    assert names == ["pipeline", "a", "b", "c", "d"], "a diamond is read once"
    assert document.data["sources"] == {"s": 1}


def test_two_names_of_one_file_are_one_file(tmp_path: Path) -> None:
    (tmp_path / "link.yaml").symlink_to("a.yaml")
    document = merged(
        tmp_path,
        pipeline="include: [a.yaml, link.yaml, ./a.yaml, sub/../a.yaml]\n",
        a="sources: {s: 1}\n",
    )
    assert len(document.texts) == 2


def test_an_alias_shares_nothing_with_what_is_added(tmp_path: Path) -> None:
    document = merged(
        tmp_path,
        pipeline="include: [a.yaml]\nenvironments: &x {one: {}}\nsources: *x\n",
        a="sources: {two: 2}\nenvironments: {one: {a: 1}, three: {}}\n",
    )
    assert document.data["sources"] == {"one": {}, "two": 2}
    assert document.data["environments"] == {"one": {"a": 1}, "three": {}}


def test_environments_are_joined_and_reach_into_every_file(tmp_path: Path) -> None:
    document = merged(
        tmp_path,
        pipeline="include: [a.yaml, b.yaml]\n"
        "environments:\n  dev: {sources: {one: {path: small}}}\n"
        "sources:\n  one: {path: x}\n",
        a="environments:\n  dev:\n    sources: {two: {path: less}}\n    sources.two.static: true\n",
        b="sources:\n  two: {path: y}\nenvironments: {prod: {}}\n",
    )
    over = apply_overlay(document, "dev")
    assert over.data["sources"] == {
        "one": {"path": "small"},
        "two": {"path": "less", "static": True},
    }
    assert place(over, "sources", "one", "path", folder=tmp_path) == "pipeline.yaml:3:31"
    assert place(over, "sources", "two", "path", folder=tmp_path) == "a.yaml:3:27"
    assert place(over, "sources", "two", folder=tmp_path) == "b.yaml:2:8"
    assert set(over.data["environments"]) == {"dev", "prod"}


def test_an_environment_sets_a_value_in_one_file(tmp_path: Path) -> None:
    (one,) = problems_of(
        tmp_path,
        {
            "pipeline.yaml": "include: [a.yaml]\nenvironments:\n  dev: {sources: {s: {path: x}}}\n",
            "a.yaml": "environments:\n  dev: {sources: {s: {path: y, static: true}}}\n",
        },
    )
    assert one.code == "E213"
    assert "`sources.s.path`" in one.message
    assert str(one.span).endswith("a.yaml:2:23")
    assert str(one.related[0].span).endswith("pipeline.yaml:3:23")


def test_the_first_of_two_declarations_is_kept(tmp_path: Path) -> None:
    spec = written(
        tmp_path,
        {
            "pipeline.yaml": "include: [a.yaml]\nsources: {s: 1}\n",
            "a.yaml": "sources: {s: 2, t: 3}\n",
        },
    )
    document, problems = read_spec(spec)
    assert [one.code for one in problems] == ["E213"]
    assert document.data["sources"] == {"s": 1, "t": 3}


def test_problems_of_all_files_in_the_order_of_the_files(tmp_path: Path) -> None:
    found = problems_of(
        tmp_path,
        {
            "pipeline.yaml": "include: [z.yaml, none.yaml, a.yaml]\n",
            "z.yaml": "sources: {a: 1, a: 2}\nmodels: [\n",
            "a.yaml": "b: 1\n",
        },
    )
    assert [(one.code, Path(one.span.file).name) for one in found if one.span] == [
        ("E102", "z.yaml"),
        ("E101", "z.yaml"),
        ("E212", "pipeline.yaml"),
        ("E201", "a.yaml"),
    ]
    assert [related.message for related in found[0].related][-1] == "it is included here"
    assert str(found[0].related[-1].span).endswith("pipeline.yaml:1:11")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("", ["E108"]),
        ("[a]", ["E202"]),
        ("onespec: 2", ["E202"]),
        ("onespec: true", ["E202"]),
        ("onespec: 1.0", ["E202"]),
        ("include: [1]", ["E202"]),
        ("models: ", ["E202"]),
        ("name: x", ["E201"]),
        ("onespec: 1\nmodels: {}", []),
    ],
)
def test_the_shape_of_an_included_file(tmp_path: Path, text: str, codes: list[str]) -> None:
    texts = {"pipeline.yaml": "include: [a.yaml]\n", "a.yaml": text}
    assert [one.code for one in problems_of(tmp_path, texts)] == codes


def test_a_cycle_is_told_as_seen_from_the_spec(tmp_path: Path) -> None:
    texts = {
        ".onespec-root": "",
        "library/a.yaml": "include: [../products/b.yaml]\n",
        "products/b.yaml": "include: [../library/a.yaml]\n",
    }
    written(tmp_path, texts)
    spec = written(tmp_path / "products", {"pipeline.yaml": "include: [../library/a.yaml]\n"})
    (one,) = read_spec(spec)[1]
    assert one.code == "E214"
    assert one.message == (
        "`../library/a.yaml` includes `b.yaml`, which includes `../library/a.yaml` again"
    )


# --- what may be read -----------------------------------------------------------------------


@pytest.mark.parametrize("mark", [".git", ".onespec-root"])
def test_files_above_the_spec_are_read_inside_the_repository(tmp_path: Path, mark: str) -> None:
    written(tmp_path, {"library/a.yaml": "sources: {s: 1}\n"})
    spec = written(tmp_path / "p" / "q", {"pipeline.yaml": "include: [../../library/a.yaml]\n"})
    assert [one.code for one in read_spec(spec)[1]] == ["E215"]
    (tmp_path / mark).touch()
    document, problems = read_spec(spec)
    assert problems == ()
    assert document.data["sources"] == {"s": 1}


def test_no_file_outside_the_repository_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text("sources: {s: 1}\n")
    repository = tmp_path / "repository"
    (repository / ".git").mkdir(parents=True)
    (repository / "inner").mkdir()
    (repository / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    (repository / "folder").symlink_to(tmp_path)
    (repository / "inside.yaml").symlink_to("inner/real.yaml")
    (repository / "inner" / "real.yaml").write_text("sources: {t: 1}\n")
    listed = "../secret.yaml, link.yaml, folder/secret.yaml, inside.yaml, ../repository"
    spec = written(repository, {"pipeline.yaml": f"include: [{listed}]\n"})
    document, problems = read_spec(spec)
    assert [one.code for one in problems] == ["E215"] * 4
    assert ["link" in one.message for one in problems] == [False, True, True, False]
    assert document.data["sources"] == {"t": 1}
    assert str(tmp_path) not in " ".join(one.message + one.hint for one in problems)


@pytest.mark.parametrize(
    "path", ["/etc/hosts", "~/a.yaml", "file:///a.yaml", "C:\\\\a.yaml", "a\\\\b.yaml", "a\\0b"]
)
def test_only_relative_paths(tmp_path: Path, path: str) -> None:
    texts = {"pipeline.yaml": f'include: ["{path}"]\n'}
    assert [one.code for one in problems_of(tmp_path, texts)] == ["E215"]


def test_only_ordinary_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (one,) = problems_of(tmp_path, {"pipeline.yaml": "include: [pipe.yaml]\n"})
    assert one.code == "E212"
    assert "not an ordinary file" in one.message


def test_a_close_name_is_suggested_as_it_would_be_written(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    written(tmp_path, {"library/weather.yaml": "{}"})
    spec = written(tmp_path / "product", {"pipeline.yaml": "include: [../libary/weather.yaml]\n"})
    (one,) = read_spec(spec)[1]
    assert one.label == "did you mean `../library/weather.yaml`?"


# --- limits ---------------------------------------------------------------------------------


def test_the_limits_hold_for_all_files_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = "sources:\n" + "".join(f"  {{name}}{n}: {{{{}}}}\n" for n in range(100))
    texts = {
        "pipeline.yaml": "include: [a.yaml, b.yaml]\n",
        "a.yaml": part.format(name="a"),
        "b.yaml": part.format(name="b"),
    }
    assert problems_of(tmp_path, texts) == []
    monkeypatch.setattr(events, "MAX_NODES", 300)
    (one,) = problems_of(tmp_path, texts)
    assert (one.code, one.message) == ("E104", "the files of this spec hold more than 300 values")
    assert one.span is not None
    assert one.span.file.endswith("b.yaml")


def test_bytes_and_aliases_are_counted_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = "sources: {{{0}: &x [1, 2, 3], {0}2: *x}}\n"
    texts = {
        "pipeline.yaml": "include: [a.yaml, b.yaml]\n",
        "a.yaml": part.format("a"),
        "b.yaml": part.format("b"),
    }
    with monkeypatch.context() as patch:
        patch.setattr(events, "MAX_ALIASED_NODES", 7)
        (one,) = problems_of(tmp_path, texts)
        assert (one.code, one.message[:22]) == ("E103", "aliases in these files")
    large = "# " + "x" * (files.MAX_BYTES * 2 // 3)
    (one,) = problems_of(
        tmp_path, {**texts, "a.yaml": large + "\n{}\n", "b.yaml": large + "\n{}\n"}
    )
    assert (one.code, "together" in one.message) == ("E104", True)


def test_the_number_and_the_chain_of_files_are_limited(tmp_path: Path) -> None:
    count = include.MAX_FILES + 5
    chain = {f"c{n}.yaml": f"include: [c{n + 1}.yaml]\n" for n in range(count)}
    (one,) = problems_of(tmp_path, {"pipeline.yaml": "include: [c0.yaml]\n", **chain})
    assert (one.code, "levels deep" in one.message) == ("E104", True)
    wide = "include:\n" + "".join(f"- w{n}.yaml\n" for n in range(count))
    texts = {f"w{n}.yaml": "models: {}\n" for n in range(count)}
    (one,) = problems_of(tmp_path, {"pipeline.yaml": wide, **texts})
    assert (one.code, str(one.span)[-6:]) == ("E104", f":{include.MAX_FILES + 2}:3")


def test_hostile_includes_are_refused_quickly(tmp_path: Path) -> None:
    missing = "".join(f"- no{n}.yaml\n" for n in range(50_000))
    assert len(problems_of(tmp_path, {"pipeline.yaml": f"include:\n{missing}"})) == 100
    names = ", ".join(f"n{n}: 1" for n in range(50_000))
    texts = {"pipeline.yaml": "include: [a.yaml]\n" + f"sources: {{{names}}}\n"}
    found = problems_of(tmp_path, {**texts, "a.yaml": f"sources: {{{names}}}\n"})
    assert len(found) == 100


# --- the seam -------------------------------------------------------------------------------


class Texts(Disk):
    """Files that exist nowhere, as those of a git revision."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts

    def text(self, path: str) -> str:
        return self.texts[path]

    def root(self, folder: str) -> str:
        return os.path.realpath(".")


def test_a_spec_is_read_from_anywhere() -> None:
    texts = {"p/pipeline.yaml": "include: [../l.yaml]\n", "l.yaml": "sources: {s: 1}\n"}
    document, problems = read_spec("p/pipeline.yaml", Texts(texts))
    assert problems == ()
    assert document.texts == texts
    assert str(document.span(("sources", "s"))) == "l.yaml:1:14"


@pytest.mark.parametrize(
    ("folder", "file", "seen"),
    [
        ("", "pipeline.yaml", "pipeline.yaml"),
        ("", "../l/a.yaml", "../l/a.yaml"),
        ("p", "p/pipeline.yaml", "pipeline.yaml"),
        ("p", "l/a.yaml", "../l/a.yaml"),
        ("p/q", "p/a.yaml", "../a.yaml"),
        ("..", "../sub/a.yaml", "sub/a.yaml"),
        ("../p", "../l/a.yaml", "../l/a.yaml"),
        ("a", "../l/w.yaml", "../../l/w.yaml"),
        ("a/..", "l/w.yaml", "l/w.yaml"),
        ("/x/p", "/x/l/a.yaml", "../l/a.yaml"),
        ("/x/p", "/x/p/p", "p"),
    ],
)
def test_a_file_as_seen_from_a_folder(folder: str, file: str, seen: str) -> None:
    assert seen_from(folder, file) == seen
