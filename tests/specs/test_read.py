"""Reading: YAML 1.2 values, and every refusal at its place."""

import math
from pathlib import Path

import pytest

from onespec.specs.codes import CODES
from onespec.specs.diagnostic import Diagnostic, SpecError
from onespec.specs.read import read, read_lenient, read_text


def problems(text: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(SpecError) as caught:
        read_text(text, "spec.yaml")
    return caught.value.diagnostics


def places(text: str) -> list[tuple[str, str]]:
    return [
        (one.code, f"{one.span.line}:{one.span.column}" if one.span else "")
        for one in problems(text)
    ]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("true", True),
        ("False", False),
        ("tRUE", "tRUE"),
        ("~", None),
        ("null", None),
        ("", None),
        ("nUll", "nUll"),
        ("012", 12),
        ("0o14", 12),
        ("0x1F", 31),
        ("+7", 7),
        ("-0", 0),
        ("1_000", "1_000"),
        ("1e3", 1000.0),
        ("1.", 1.0),
        (".5", 0.5),
        ("-1.5E-2", -0.015),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("12:30:00", "12:30:00"),
        ("2013-01-01", "2013-01-01"),
        ("0b1", "0b1"),
        ("1.2.3", "1.2.3"),
        ("3h", "3h"),
        (".", "."),
        ("+", "+"),
        ("-a", "-a"),
        ("0x", "0x"),
        ("'12'", "12"),
        ('"null"', "null"),
        ("|\n  12\n", "12\n"),
    ],
)
def test_scalars_follow_the_core_schema(written: str, meant: object) -> None:
    value = read_text(f"a: {written}", "spec.yaml").data["a"]
    assert value == meant
    assert type(value) is type(meant)


def test_nan() -> None:
    assert math.isnan(read_text("a: .nan", "spec.yaml").data["a"])


def test_aliases_stand_for_their_anchor() -> None:
    document = read_text("a: &x {b: [1, 2]}\nc: *x\n&k d: &s t\ne: *s\nf: *k\n", "spec.yaml")
    assert document.data == {
        "a": {"b": [1, 2]},
        "c": {"b": [1, 2]},
        "d": "t",
        "e": "t",
        "f": "d",
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:\n\t- b", [("E101", "2:1")]),
        ("a: b: c", [("E101", "1:5")]),
        ("s: * * * * *", [("E101", "1:5")]),
        ("a: [1, 2", [("E101", "1:9")]),
        ('a: "abc', [("E101", "1:8")]),
        ("a:\n  - 1\n b: 2", [("E101", "3:2")]),
        ('"a"\n"b"', [("E101", "2:1")]),
        ("a: 1\na: 2\nb: 1\nb: 3", [("E102", "2:1"), ("E102", "4:1")]),
        ("a: !!str 1", [("E103", "1:4")]),
        ("a: !!python/object:os.system {}", [("E103", "1:4")]),
        ("a: {<<: {b: 1}}", [("E103", "1:5")]),
        ("a: *b", [("E103", "1:4")]),
        ("a: &a [*a]", [("E103", "1:8")]),
        ("%YAML 1.1\n---\na: 1", [("E103", "1:1")]),
        ("# c\n%TAG ! x\n---\na: 1", [("E103", "2:1")]),
        ("1: a", [("E106", "1:1")]),
        ("true: a\nnull: b\n? [x]\n: c", [("E106", "1:1"), ("E106", "2:1"), ("E106", "3:3")]),
        ("a: 1\n---\nb: 2", [("E107", "2:1")]),
        ("a: 1\n...\n# c\nb: 2", [("E107", "4:1")]),
        ("", [("E108", "1:1")]),
        ("# nothing\n", [("E108", "1:1")]),
        ("---\n", [("E108", "1:1")]),
        ("a: \x00\nb: \x1b", [("E109", "1:4"), ("E109", "2:4")]),
        ("a: 1 # \u2028b: 2", [("E109", "1:8")]),
        ("a: \ud800", [("E109", "1:4")]),
        ("a: 1e999", [("E110", "1:4")]),
        ("a: " + "9" * 5000, [("E110", "1:4")]),
        (
            "1: a\na: 1\na: {<<: 1}\nb: [",
            [("E106", "1:1"), ("E102", "3:1"), ("E103", "3:5"), ("E101", "4:5")],
        ),
    ],
)
def test_refusals(text: str, expected: list[tuple[str, str]]) -> None:
    assert places(text) == expected


def test_a_duplicate_key_names_both_places() -> None:
    (one,) = problems("a:\n  b: 1\n  b: 2\n")
    assert str(one.related[0].span) == "spec.yaml:2:3"
    assert "first written here" in one.related[0].message


def test_what_was_opened_is_named() -> None:
    (one,) = problems("a: {b: 1,\n  c: [2}\n")
    assert str(one.related[0].span) == "spec.yaml:2:6"


def test_depth_is_counted_through_aliases() -> None:
    brackets = "[" * 40 + "]" * 40
    text = f"a: &x {brackets}\nb: {'[' * 23}*x{']' * 23}\n"
    assert read_text(text, "spec.yaml").data
    assert places(text.replace("*x", "[*x]")) == [("E104", "2:28")]


def test_depth_at_its_limit() -> None:
    text = "[" * 64 + "]" * 64
    assert read_text(text, "spec.yaml").data
    assert places(f"[{text}]") == [("E104", "1:65")]


def test_a_byte_order_mark_is_tolerated() -> None:
    document = read_text("\ufeffa: 1", "spec.yaml")
    assert document.data == {"a": 1}
    assert document.key_span(("a",)).column == 1


def test_all_ends_of_lines() -> None:
    document = read_text("a: 1\r\nb: |\r\n  x\r\n  y\rc: 2\n", "spec.yaml")
    assert document.data == {"a": 1, "b": "x\ny\n", "c": 2}
    assert document.span(("c",)).line == 5


def test_problems_are_bounded() -> None:
    assert len(problems("a: 1\n" * 100_000)) == 100


def test_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    spec = tmp_path / "pipeline.yaml"
    spec.write_text("a: 1", encoding="utf-8")
    document = read("pipeline.yaml")
    assert document.data == {"a": 1}
    assert str(document.span(("a",))) == "pipeline.yaml:1:4"


def refusal(path: Path | str) -> Diagnostic:
    with pytest.raises(SpecError) as caught:
        read(path)
    (one,) = caught.value.diagnostics
    return one


def test_a_missing_file_suggests_its_neighbour(tmp_path: Path) -> None:
    (tmp_path / "pipeline.yaml").write_text("a: 1")
    one = refusal(tmp_path / "pipelin.yaml")
    assert one.code == "E105"
    assert "pipeline.yaml" in one.hint


@pytest.mark.parametrize("name", [".", "a\0b", "x" * 5000, "/dev/zero", "missing/none.yaml"])
def test_what_is_no_file(name: str, tmp_path: Path) -> None:
    assert refusal(tmp_path / name).code == "E105"


@pytest.mark.parametrize(
    ("raw", "code", "place"),
    [
        (b"a: \xff", "E109", (1, 4)),
        (b"\xef\xbb\xbfa: 1\nb: caf\xe9", "E109", (2, 7)),
        (b"\x89PNG\r\n\x1a\n\0\0", "E109", (1, 1)),
        ("a: 1".encode("utf-16"), "E109", (1, 1)),
        (b"#" * (4 * 1024 * 1024 + 1), "E104", (1, 1)),
    ],
)
def test_bytes(raw: bytes, code: str, place: tuple[int, int], tmp_path: Path) -> None:
    file = tmp_path / "spec.yaml"
    file.write_bytes(raw)
    one = refusal(file)
    assert one.span is not None
    assert (one.code, (one.span.line, one.span.column)) == (code, place)
    assert list(read_lenient([str(file), "/nowhere"])) == [str(file)]


# E105 is about files, not about text.
@pytest.mark.parametrize("code", [c for c in CODES if c.startswith("E1") and c != "E105"])
def test_the_wrong_examples_of_reading_are_refused(code: str) -> None:
    assert code in [one.code for one in problems(CODES[code].wrong)]


@pytest.mark.parametrize("code", list(CODES))
def test_the_other_examples_can_be_read(code: str) -> None:
    read_text(CODES[code].right, "right.yaml")
    if not code.startswith("E1"):
        read_text(CODES[code].wrong, "wrong.yaml")
