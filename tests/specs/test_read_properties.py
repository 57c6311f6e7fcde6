"""Reading, for any input: nothing but SpecError, and data that equals what was written."""

import math
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onespec.specs import events
from onespec.specs.codes import CODES
from onespec.specs.diagnostic import Diagnostic, SpecError
from onespec.specs.document import Document
from onespec.specs.overlay import apply_overlay
from onespec.specs.read import read, read_text
from onespec.specs.render.annotations import render_annotations
from onespec.specs.render.human import render_human
from onespec.specs.render.sarif import render_sarif
from onespec.specs.span import SourceSpan

QUICK = settings(deadline=None, max_examples=150)

# Pieces that matter to YAML are far likelier than in plain text.
WORDS = """
    a b: - ? [ ] { } , : & &x * *x ! !!str | > |2- ' '' " \\ # % @ ` --- ... << ~
    1 012 1e3 .nan environments dev a.b é 😀
"""
BLANKS = ("\n", "\n  ", "\n- ", " ", "\t", "\r\n", ": ", "- ", "-\t", "\u2028", "\x00", "\ufeff")
PIECES = st.sampled_from((*WORDS.split(), *BLANKS))
YAML_LIKE = st.lists(PIECES, max_size=30).map("".join)


def check_spans(error: SpecError, text: str) -> None:
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert error.diagnostics
    for one in error.diagnostics:
        assert one.code in CODES
        assert one.span is not None
        for span in (one.span, *(related.span for related in one.related)):
            assert (span.line, span.column) <= (span.end_line, span.end_column)
            assert 1 <= span.line <= span.end_line <= len(lines)
            assert 1 <= span.column <= len(lines[span.line - 1]) + 2
    texts = {"f.yaml": text.removeprefix("\ufeff")}
    assert render_human(error.diagnostics, texts).isprintable() is False
    assert render_annotations(error.diagnostics).count("\n") == len(error.diagnostics)
    render_sarif(error.diagnostics)


@QUICK
@given(st.one_of(st.text(), YAML_LIKE))
def test_any_text(text: str) -> None:
    try:
        document = read_text(text, "f.yaml")
    except SpecError as error:
        check_spans(error, text)
        return
    for path in document.values:
        span = document.span(path)
        assert (span.line, span.column) <= (span.end_line, span.end_column)
        document.span_within(path, 0, 3)


@QUICK
@given(YAML_LIKE)
def test_both_parsers_agree(text: str) -> None:
    """PyYAML without libyaml gives the same data; the wording of syntax errors may differ."""
    native = outcome(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(events, "_Parser", yaml.SafeLoader)
        pure = outcome(text)
    if native is not None and pure is not None:
        assert repr(native) == repr(pure)  # NaN equals itself in this form


def outcome(text: str) -> list[object] | None:
    try:
        return [read_text(text, "f.yaml").data]
    except SpecError:
        return None


@settings(QUICK, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.one_of(st.binary(), st.text().map(lambda text: text.encode("utf-16"))))
def test_any_bytes(raw: bytes, tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_bytes(raw)
    try:
        read(file)
        found: tuple[Diagnostic, ...] = ()
    except SpecError as error:
        found = error.diagnostics
    assert all(one.code in CODES and one.span is not None for one in found)


TEXTS = st.text(st.characters(codec="utf-8"))
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False),
    TEXTS,
    st.sampled_from(["no", "012", "1e3", "0o17", "12:30:00", "~", "", " a", "a ", "- a", "a: b"]),
)
DATA = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=12,
)
STYLES = st.sampled_from([None, "'", '"', "|", ">"])


class _Dumper(yaml.SafeDumper):
    """Writes strings in one style, or plain where YAML 1.2 reads the same string back."""

    style: str | None = None

    def ignore_aliases(self, data: object) -> bool:
        return True

    def represent_str(self, data: str) -> yaml.ScalarNode:
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=self.style or '"')

    def represent_float(self, data: float) -> yaml.ScalarNode:
        text = {math.inf: ".inf", -math.inf: "-.inf"}.get(data, repr(data))
        if "e" in text and "." not in text:  # YAML 1.1 knows no 1e-05
            text = text.replace("e", ".0e")
        return self.represent_scalar("tag:yaml.org,2002:float", text)


_Dumper.add_representer(str, _Dumper.represent_str)
_Dumper.add_representer(float, _Dumper.represent_float)


def dump(data: object, style: str | None, *, flow: bool) -> str:
    dumper = type("Dumper", (_Dumper,), {"style": style})
    text: str = yaml.dump(
        data, Dumper=dumper, default_flow_style=flow, allow_unicode=style != "'", width=40
    )
    return text.replace("!!float ", "")


@QUICK
@given(DATA, STYLES, st.booleans())
def test_data_survives(data: object, style: str | None, flow: bool) -> None:
    text = dump(data, style, flow=flow)
    if any(char in text for char in "\x85\u2028\u2029\ufeff"):  # PyYAML may write them raw
        return
    document = read_text(text, "f.yaml")
    assert document.data == data
    for path in document.values:
        check_scalar(document, path)
    for path, span in document.keys.items():
        raw = sliced(document, span)
        assert raw[:1] in "|>" or reread(raw) == path[-1] or not raw


def check_scalar(document: Document, path: tuple[str | int, ...]) -> None:
    value = document.value(path)
    raw = sliced(document, document.span(path))
    if isinstance(value, dict | list):
        return
    if raw[:1] in ("|", ">"):
        aligned = document.span_within(path, 0, 1)
        assert aligned.line >= document.span(path).line
    else:
        assert reread(raw) == value
    if isinstance(value, str) and raw[:1] == "|":
        check_characters(document, path, value)


def check_characters(document: Document, path: tuple[str | int, ...], value: str) -> None:
    """Every character of a literal block stands where it is said to stand."""
    for at, char in enumerate(value):
        if char not in "\n":
            assert sliced(document, document.span_within(path, at, at + 1)) == char


def reread(raw: str) -> object:
    # A continuation line must be indented, as it was in its place.
    return read_text("v: " + raw.replace("\n", "\n  "), "slice.yaml").data["v"]


def sliced(document: Document, span: SourceSpan) -> str:
    starts = [0]
    for line in document.texts[span.file].split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    start = starts[span.line - 1] + span.column - 1
    end = starts[span.end_line - 1] + span.end_column - 1
    return document.texts[span.file][start:end]


@QUICK
@given(st.dictionaries(TEXTS, DATA, max_size=4), st.dictionaries(TEXTS, DATA, max_size=4))
def test_any_overlay(base: dict[str, object], overlay: dict[str, object]) -> None:
    text = dump({**base, "environments": {"dev": overlay}}, '"', flow=False)
    document = read_text(text, "f.yaml")
    try:
        merged = apply_overlay(document, "dev")
    except SpecError as error:
        check_spans(error, text)
        return
    assert merged.data["environments"] == document.data["environments"]
    assert all(merged.span(path).line for path in merged.values)
    assert all(merged.value(path) == merged.value(path) for path in merged.keys)


HOSTILE = {
    "brackets": "[" * 200_000,
    "braces": "{" * 200_000,
    "both": "[{" * 100_000,
    "dashes": "- " * 100_000,
    "questions": "? " * 100_000,
    "pairs in brackets": "[a: " * 50_000,
    "pairs in braces": "{a: " * 50_000,
    "nested lines": "".join(" " * depth + "a:\n" for depth in range(600)),
    "closing": "]" * 200_000,
    "anchors": "".join(f"a{n}: &x{n} 1\n" for n in range(50_000)),
    "aliases": "a: &x [1, 2, 3, 4, 5, 6, 7, 8, 9]\nb: [" + "*x," * 100_000 + "]",
    "alias bomb": "a0: &a0 [1]\n"
    + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 40)),
    "deep aliases": "a0: &a0 [1]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 200)),
    "merge bomb": "a0: &a0 {k: 1}\n"
    + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 60)),
    "tag directives": "%TAG !a! b\n" * 300_000,
    "late tag directives": "a: 1\n...\n" + "".join(f"%TAG !a{n}! b\n" for n in range(200_000)),
    "tags": "- !a b\n" * 100_000,
    "long integer": "a: " + "9" * 3_000_000,
    "long hexadecimal": "a: 0x" + "f" * 3_000_000,
    "long float": "a: 1." + "9" * 3_000_000 + "e99999999",
    "nul": "a: \0" * 100_000,
    "long key": "k" * 3_000_000 + ": 1",
    "long line": "a: " + "x " * 1_500_000 + ": y",
    "duplicates": "a: 1\n" * 500_000,
    "many values": "- 1\n" * 600_000,
    "blanks": "a: 'b" + " " * 3_000_000 + "c'",
    "blank lines": "a: |\n" + " \n" * 1_500_000,
    "comments": "#\n" * 1_900_000,
    "escapes": 'a: "' + "\\x41" * 900_000 + '"',
    "colons": ":" * 1_000_000,
    "commas": "[" + "," * 1_000_000,
}
_RUN = """
import sys, time
from onespec.specs.diagnostic import SpecError
from onespec.specs.read import read
from onespec.specs.render.human import render_human
start = time.process_time()
try:
    document = read(sys.argv[1])
    document.span_within(tuple(list(document.data)[:1]), 0, 9)
    codes = ["fine"]
except SpecError as error:
    texts = {sys.argv[1]: open(sys.argv[1], encoding="utf-8").read()}
    render_human(error.diagnostics, texts)
    codes = sorted({one.code for one in error.diagnostics})
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
peak = int(status.get("VmHWM", "0 kB").split()[0]) // 1024
print(" ".join(codes), round(time.process_time() - start, 2), peak)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read from /proc")
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_cost_little(name: str, tmp_path: Path) -> None:
    """In a process of its own, since the failure to be found is a crash. Seconds are of CPU."""
    file = tmp_path / "f.yaml"
    file.write_text(HOSTILE[name], encoding="utf-8")
    command = [sys.executable, "-c", _RUN, str(file)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr[-500:]
    *codes, seconds, peak = ended.stdout.split()
    assert set(codes) <= {*CODES, "fine"}
    assert float(seconds) < 3  # a second or less on a machine that does nothing else
    assert int(peak) < 256


def test_an_early_limit_keeps_the_parser_from_quadratic_work() -> None:
    """The control: the events of 20,000 brackets alone take longer than refusing 200,000."""
    start = time.process_time()
    with pytest.raises(SpecError):
        read_text("[" * 200_000, "f.yaml")
    refused = time.process_time() - start
    start = time.process_time()
    with pytest.raises(yaml.YAMLError):
        list(yaml.parse("[" * 20_000, Loader=yaml.CSafeLoader))
    assert refused < (time.process_time() - start) / 2
