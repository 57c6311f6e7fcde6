"""Documents: where everything stands."""

import pytest

from onespec.specs.document import Document, Path
from onespec.specs.read import read_text
from onespec.specs.span import SourceSpan

TEXT = """\
sources:
  flights:
    path: data/flights.parquet  # a comment
    checks: [a, {b: 1}]
features:
- load
-
  x: &name 'y'
  z: *name
"""


@pytest.fixture
def document() -> Document:
    return read_text(TEXT, "spec.yaml")


def at(span: SourceSpan) -> tuple[int, int, int, int]:
    return span.line, span.column, span.end_line, span.end_column


def sliced(document: Document, span: SourceSpan) -> str:
    lines = document.texts[span.file].split("\n")
    if span.line == span.end_line:
        return lines[span.line - 1][span.column - 1 : span.end_column - 1]
    first, *middle, last = lines[span.line - 1 : span.end_line]
    return "\n".join([first[span.column - 1 :], *middle, last[: span.end_column - 1]])


def test_values_and_keys(document: Document) -> None:
    path: Path = ("sources", "flights", "path")
    assert sliced(document, document.span(path)) == "data/flights.parquet"
    assert sliced(document, document.key_span(path)) == "path"
    assert at(document.key_span(path)) == (3, 5, 3, 9)
    assert sliced(document, document.span(("sources", "flights", "checks", 1))) == "{b: 1}"
    assert sliced(document, document.span(("features", 1, "x"))) == "'y'"
    assert sliced(document, document.span(("features", 1, "z"))) == "*name"


def test_a_block_ends_with_its_last_value(document: Document) -> None:
    assert at(document.span(("sources",))) == (2, 3, 4, 24)
    assert at(document.span(())) == (1, 1, 9, 11)


def test_what_is_missing_is_shown_at_its_nearest_ancestor(document: Document) -> None:
    flights = ("sources", "flights")
    assert document.span((*flights, "none", 3)) == document.span(flights)
    assert document.key_span((*flights, "none")) == document.key_span(flights)
    assert document.span(("features", 9)) == document.span(("features",))
    assert document.span(("features", "load")) == document.span(("features",))
    assert document.key_span(("features", 0)) == document.span(("features", 0))
    with pytest.raises(KeyError):
        document.value((*flights, "none"))
    with pytest.raises(KeyError):
        document.key(("features", 0))


def test_mappings_of_spans(document: Document) -> None:
    assert list(document.keys) == [
        ("sources",),
        ("sources", "flights"),
        ("sources", "flights", "path"),
        ("sources", "flights", "checks"),
        ("sources", "flights", "checks", 1, "b"),
        ("features",),
        ("features", 1, "x"),
        ("features", 1, "z"),
    ]
    assert len(document.values) == 13
    assert () in document.values
    assert ("features", 0) not in document.keys
    assert document.keys[("features",)].line == 5
    assert document.values[("features", 0)].column == 3


def test_lines(document: Document) -> None:
    assert document.line("spec.yaml", 6) == "- load"
    assert document.line("spec.yaml", 99) == ""
    assert document.line("other.yaml", 1) == ""


@pytest.mark.parametrize(
    ("token", "word", "written"),
    [
        ("avg(dep_delay)", "dep_delay", "dep_delay"),
        ('"avg(dep_delay)"', "dep_delay", "dep_delay"),
        ("'it''s dep_delay'", "dep_delay", "dep_delay"),
        ("'it''s'", "'", "''"),
        (r'"\"\t\x41\u00e9\U0001F600 dep_delay\n"', "dep_delay", "dep_delay"),
        (r'"\u00e9!"', "é", r"\u00e9"),
        ("|\n    first\n    second dep_delay\n", "dep_delay", "dep_delay"),
        ("|2-\n     first\n    dep_delay\n", "dep_delay", "dep_delay"),
        ("|\n\n    a\n      dep_delay\n\n    b\n", "dep_delay", "dep_delay"),
        (">\n    first\n    second dep_delay\n\n    third\n", "dep_delay", "dep_delay"),
        (">-\n    first\n    second dep_delay\n", "dep_delay", "dep_delay"),
        ("first\n    second dep_delay", "dep_delay", "dep_delay"),
        ('"first\n    second \\\n    dep_delay"', "dep_delay", "dep_delay"),
        ("'first\n\n    second   dep_delay'", "dep_delay", "dep_delay"),
        ("é😀漢 dep_delay", "dep_delay", "dep_delay"),
        ("&x dep_delay", "dep_delay", "dep_delay"),
        ("12345", "34", "34"),
    ],
)
def test_spans_within_a_scalar(token: str, word: str, written: str) -> None:
    document = read_text(f"a:\n  b: {token}\n", "spec.yaml")
    start = str(document.data["a"]["b"]).index(word)
    span = document.span_within(("a", "b"), start, start + len(word))
    assert sliced(document, span) == written


@pytest.mark.parametrize("token", ["|\r\n    x\r\n    dep_delay\r\n", "dep_delay # x\r\n"])
def test_spans_within_a_scalar_of_a_file_from_windows(token: str) -> None:
    document = read_text(f"a:\r\n  b: {token}", "spec.yaml")
    start = document.data["a"]["b"].index("dep_delay")
    span = document.span_within(("a", "b"), start, start + 9)
    line = document.line("spec.yaml", span.line)
    assert line[span.column - 1 : span.end_column - 1] == "dep_delay"


def test_spans_within_fall_back_to_the_value() -> None:
    document = read_text("a: &x avg(d)\nb: *x\nc: [1]\n", "spec.yaml")
    for name in ("b", "c"):
        assert document.span_within((name,), 0, 1) == document.span((name,))
    assert document.span_within(("a", "x"), 0, 1) == document.span(("a",))


def test_spans_within_are_clamped() -> None:
    document = read_text("a: abc\nb: ''\n", "spec.yaml")
    assert at(document.span_within(("a",), 1, 99)) == (1, 5, 1, 7)
    assert at(document.span_within(("a",), 3, 3)) == (1, 7, 1, 7)
    assert at(document.span_within(("a",), -5, 0)) == (1, 4, 1, 4)
    assert at(document.span_within(("b",), 0, 1)) == (2, 5, 2, 5)
