"""Renderers: the exact look, alignment, and nothing that a terminal or a log would obey."""

import json
import re
from urllib.parse import unquote

import pytest
from syrupy.assertion import SnapshotAssertion

from onespec.specs.diagnostic import Diagnostic, Related
from onespec.specs.lines import Lines
from onespec.specs.render.annotations import render_annotations
from onespec.specs.render.human import render_human, summary
from onespec.specs.render.json_report import render_json
from onespec.specs.render.sarif import render_sarif
from onespec.specs.render.visible import cells, visible
from onespec.specs.render.wrap import wrap
from onespec.specs.span import SourceSpan

TEXT = """\
onespec: 1
name: flight-delays

sources:
  flights:
    path: data/flights.parquet
features:
  airport_load:
    fields:
      mean_delay: avg(dep_dealy)
  unused: {entity: airport}
"""
LINES = Lines("pipeline.yaml", TEXT)


def marked(words: str, lines: Lines = LINES, **fields: object) -> Diagnostic:
    start = lines.text.index(words)
    span = lines.span(start, start + len(words))
    given = {"code": "E204", "message": "a message", "span": span, **fields}
    return Diagnostic(**given)  # type: ignore[arg-type]


FINDINGS = (
    marked(
        "unused",
        code="W502",
        message="no model reads the feature view `unused`",
        severity="warning",
        hint="Remove it, or list it under a model's `features`.",
    ),
    marked(
        "dep_dealy",
        message="feature `airport_load.mean_delay` reads column `dep_dealy`, "
        "which source `flights` does not have",
        label="did you mean `dep_delay`?",
        related=(Related("`flights` is declared here", marked("flights:").span),),  # type: ignore[arg-type]
    ),
    Diagnostic("E301", "there is no `onespec.lock`", None, hint="Run `onespec lock`."),
)


def test_human(snapshot: SnapshotAssertion) -> None:
    assert render_human(FINDINGS, {"pipeline.yaml": TEXT}) == snapshot


def test_human_in_colour(snapshot: SnapshotAssertion) -> None:
    colored = render_human(FINDINGS, {"pipeline.yaml": TEXT}, color=True)
    assert colored == snapshot
    plain = re.sub(r"\x1b\[[0-9;]*m", "", colored)
    assert plain == render_human(FINDINGS, {"pipeline.yaml": TEXT})


def test_json(snapshot: SnapshotAssertion) -> None:
    assert render_json(FINDINGS) == snapshot


def test_sarif(snapshot: SnapshotAssertion) -> None:
    assert render_sarif(FINDINGS) == snapshot


def test_annotations(snapshot: SnapshotAssertion) -> None:
    assert render_annotations(FINDINGS) == snapshot


def test_nothing_to_say() -> None:
    assert render_human([], {}) == ""
    assert render_annotations([]) == ""
    assert json.loads(render_json([]))["diagnostics"] == []
    assert json.loads(render_sarif([]))["runs"][0]["results"] == []
    assert summary([]) == "no problems"


def test_a_file_that_is_not_at_hand() -> None:
    shown = render_human([marked("flights")], {})
    assert "pipeline.yaml:2:7" not in shown
    assert "┌─ pipeline.yaml:" in shown
    assert "^" not in shown


def snippet(line: str, words: str, **fields: object) -> list[str]:
    lines = Lines("f.yaml", line)
    return render_human([marked(words, lines, **fields)], {"f.yaml": line}, width=60).split("\n")


@pytest.mark.parametrize(
    "line",
    [
        "key: TARGET",
        "\tkey:\tTARGET",
        "漢字かな: TARGET",
        "e\u0301e\u0301: TARGET",
        "🙂: TARGET",
        "a\x1b[31mb: TARGET",
        "\u202eabc: TARGET",
        "x" * 500 + " TARGET",
        "x" * 500 + " TARGET " + "y" * 500,
        "漢" * 500 + " TARGET " + "漢" * 500,
        "TARGET " + "y" * 1_000_000,
        "\t" * 300 + "TARGET",
    ],
)
def test_carets_stand_under_what_they_mark(line: str) -> None:
    shown = snippet(line, "TARGET", label="here")
    source, carets = shown[3][1:], shown[4][1:]
    assert cells(source[: source.index("TARGET")]) == len(carets[: carets.index("^")])
    assert carets.count("^") == len("TARGET")
    assert carets.endswith("here")
    assert max(cells(row) for row in shown[1:5]) <= 60
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", "\n".join(shown))


def test_a_long_mark_is_cut() -> None:
    shown = snippet("key: " + "x" * 500, "x" * 500, label="all of it")
    assert shown[3].endswith("…")
    assert cells(shown[3]) <= 60
    assert shown[5].strip("│ ") == "all of it"


def test_wide_characters_get_wide_carets() -> None:
    assert snippet("a: 漢字", "漢字")[4] == " │    ^^^^"


def test_prose_is_wrapped_under_its_beginning() -> None:
    names = [f"capability_{n}" for n in range(12)]
    shown = snippet("a: TARGET", "TARGET", hint="known are " + ", ".join(names), message="m " * 50)
    assert max(map(cells, shown)) <= 60
    begin = next(n for n, row in enumerate(shown) if "= help: " in row)
    rows = shown[begin : shown.index("", begin)]
    assert {len(row) - len(row.lstrip()) for row in rows[1:]} == {len(" = help: ")}
    assert " ".join(row.strip() for row in rows) == "= help: known are " + ", ".join(names)
    assert shown[1].startswith(" " * len("error[E204]: ") + "m ")


def test_what_stands_in_backticks_is_not_broken() -> None:
    assert wrap("aaa bbb `c d e f` ggg", 10) == ["aaa bbb", "`c d e f`", "ggg"]
    assert wrap("a `b c`, `d", 7) == ["a", "`b c`,", "`d"]
    assert wrap("漢字 漢字 漢字", 9) == ["漢字 漢字", "漢字"]
    assert wrap("", 5) == [""]


def test_what_is_wider_than_a_line_is_broken_at_its_spaces_or_not_at_all() -> None:
    assert wrap("x `aaa bbb ccc` y", 8) == ["x `aaa", "bbb ccc`", "y"]
    assert wrap("x `aaaaaaaaaaaa`, y", 8) == ["x", "`aaaaaaaaaaaa`,", "y"]


def places(text: str, *words: str) -> list[str]:
    lines = Lines("f.yaml", text)
    spans = [lines.span(start := text.index(word), start + len(word)) for word in words]
    related = tuple(Related(f"{w} is here", s) for w, s in zip(words, spans, strict=True))
    one = Diagnostic("E202", "m", spans[0], label="this", related=related[1:])
    return render_human([one], {"f.yaml": text}).split("\n")[3:-4]


def test_places_close_by_are_in_one_snippet() -> None:
    text = "a: ONE\n\nb: TWO\nc: 漢 THREE\n" + "\n" * 4 + "d: FOUR\n"
    assert places(text, "TWO", "THREE", "FOUR", "ONE") == [
        "1│ a: ONE",
        " │    --- ONE is here",
        "2│",
        "3│ b: TWO",
        " │    ^^^ this",
        "4│ c: 漢 THREE",
        " │       ----- THREE is here",
        " │",
        " = FOUR is at f.yaml:9:4",
    ]


def test_two_places_in_one_line() -> None:
    assert places("{b: ONE, a: TWO}", "TWO", "ONE") == [
        "1│ {b: ONE, a: TWO}",
        " │     --- ONE is here",
        " │             ^^^ this",
    ]
    long = places("a: ONE" + " " * 200 + "TWO", "ONE", "TWO")
    assert [row for row in long if "TWO" in row] == [" = TWO is at f.yaml:1:207"]


def test_a_line_that_fits_is_shown_as_a_whole() -> None:
    line = "y" * 50 + " TARGET"
    assert snippet(line, "TARGET")[3] == f"1│ {line}"


def test_an_empty_mark_is_one_caret() -> None:
    line = Lines("f.yaml", "a:")
    one = Diagnostic("E202", "m", line.span(2, 2))
    assert render_human([one], {"f.yaml": "a:"}).split("\n")[4] == " │   ^"


def test_a_mark_over_several_lines_ends_with_the_first() -> None:
    text = "a:\n  b: 1   \n  c: 2\n"
    one = Diagnostic("E202", "m", Lines("f.yaml", text).span(5, 18))
    assert render_human([one], {"f.yaml": text}).split("\n")[4] == " │   ^^^^"


@pytest.mark.parametrize(
    "hostile", ["\x1b[2J\x1b]0;owned\x07", "\r\n::error::x", "\x9b31m", "\u202e"]
)
def test_nothing_from_a_spec_is_obeyed(hostile: str) -> None:
    lines = Lines(f"f{hostile}.yaml", f"a: {hostile}x\n")
    one = Diagnostic(
        "E202",
        f"message {hostile}",
        lines.span(3, 4),
        label=hostile,
        hint=hostile,
        related=(Related(f"{hostile} here", lines.span(0, 1)),),
    )
    outputs = [
        render_human([one], {lines.file: lines.text}),
        render_json([one]),
        render_sarif([one]),
        render_annotations([one]),
    ]
    for output in outputs:
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", output)
        assert not re.search(r"^::error::", output, re.MULTILINE)


def test_annotations_are_escaped() -> None:
    lines = Lines("a,b:c%.yaml", "x: 1")
    one = Diagnostic("E202", "100% wrong\r\n::set-output", lines.span(0, 1))
    assert render_annotations([one]) == (
        "::error title=E202,file=a%2Cb%3Ac%25.yaml,line=1,col=1,endLine=1,endColumn=2"
        "::100%25 wrong␍%0A::set-output\n"
    )


def test_sarif_uris() -> None:
    lines = Lines("dir with/ü:#?.yaml", "x: 1")
    log = json.loads(render_sarif([Diagnostic("E202", "m", lines.span(0, 1))]))
    location = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    uri = location["artifactLocation"]["uri"]
    assert unquote(uri) == lines.file
    assert not set(uri) & set(" :#?")


def test_counts() -> None:
    assert summary(FINDINGS) == "2 errors, 1 warning"
    assert summary(FINDINGS[:1]) == "1 warning"


def test_visible() -> None:
    assert visible("a\tb\nc\x1b\x7f\x85\u200b\ud800\ue000 \u3000é") == (
        "a    b␊c␛␡\\u{85}\\u{200b}\\u{d800}\\u{e000} \u3000é"
    )


def test_secrets_are_shown_as_dots() -> None:
    """Also where another finding shows their line, and where one is written over two lines."""
    text = "one: {url: s4://x, password: hunter2}\ntwo: hun\r\n  ter2\nthree: hunter3\n"
    found = [
        Diagnostic("E222", "an address", SourceSpan("f.yaml", 1, 12, 1, 14)),
        Diagnostic("E220", "a secret", SourceSpan("f.yaml", 1, 30, 1, 37)),
        Diagnostic("E220", "a secret", SourceSpan("f.yaml", 2, 6, 3, 7)),
    ]
    shown = render_human(found, {"f.yaml": text})
    assert "hunter2" not in shown
    assert "password: •••••••}" in shown
    assert "two: •••\n" in shown
    assert "hunter3" in render_human(
        [Diagnostic("E202", "no secret", SourceSpan("f.yaml", 4, 8, 4, 15))], {"f.yaml": text}
    )
