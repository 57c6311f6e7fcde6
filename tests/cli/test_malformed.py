"""Malformed specs through all of `check`: findings with a code and a place, and nothing else."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onespec.cli.targets import check_all
from onespec.compiler.lock import LOCK_NAME
from onespec.specs.codes import CODES
from onespec.specs.diagnostic import Diagnostic, SpecError, in_file_order
from onespec.specs.read import read_lenient, read_text
from onespec.specs.render.annotations import render_annotations
from onespec.specs.render.human import render_human
from onespec.specs.render.json_report import render_json
from onespec.specs.render.sarif import render_sarif

from ..specs.mutants import Tree, edited, edited_expressions, edited_text

REPO = Path(__file__).parents[2]
LOCKS = {
    **{path: path.parent / LOCK_NAME for path in sorted(REPO.glob("examples/*/pipeline.yaml"))},
    **dict.fromkeys(sorted(REPO.glob("tests/specs/good/*.yaml")), REPO / "tests/specs" / LOCK_NAME),
}
TEXTS = {path: path.read_text("utf-8") for path in LOCKS}
TREES: dict[Path, Tree] = {path: read_text(text, "").data for path, text in TEXTS.items()}
LONG = {HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large}


def malformed(random: Random) -> tuple[Path, str]:
    """A good spec, and its text with one to three edits of one kind."""
    path = random.choice([*LOCKS])
    text, tree = TEXTS[path], TREES[path]
    kind = random.choice(("text", "tree", "expression"))
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        match kind:
            case "text":
                text = edited_text(text, random)
            case "tree":
                tree = edited(tree, [*TREES.values()], random)
            case "expression":
                tree = edited_expressions(tree, random)
    if kind != "text":
        text = yaml.safe_dump(
            tree, sort_keys=False, allow_unicode=True, width=random.choice((40, 500))
        )
    return path, text


def findings(path: Path, text: str) -> tuple[Diagnostic, ...]:
    """What `check` finds in a text, in this folder and beside the lock file of a good spec."""
    shutil.copyfile(LOCKS[path], LOCK_NAME)
    spec = Path("pipeline.yaml")
    spec.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        return check_all(spec, None).diagnostics
    except SpecError as error:
        return error.diagnostics


def check_findings(found: tuple[Diagnostic, ...]) -> None:
    """Known codes, places inside the file, file order, and output in all forms."""
    texts = read_lenient({"pipeline.yaml", LOCK_NAME})
    assert found == in_file_order(found)
    for one in found:
        assert one.code in CODES
        assert one.severity == ("warning" if one.code[0] == "W" else "error")
        assert one.message
        assert one.span is not None or one.code == "E301"
        for span in (one.span, *(related.span for related in one.related)):
            if span is not None:
                check_place(span, texts)
    shown = render_human(found, texts, width=80)
    assert shown.count("error[") + shown.count("warning[") >= len(found)
    assert len(json.loads(render_json(found))["diagnostics"]) == len(found)
    assert render_annotations(found).count("\n") == len(found)
    check_sarif(json.loads(render_sarif(found)), len(found))


def check_place(span: Any, texts: dict[str, str]) -> None:
    lines = texts[span.file].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert (span.line, span.column) <= (span.end_line, span.end_column)
    assert 1 <= span.line <= span.end_line <= len(lines)
    assert 1 <= span.column <= len(lines[span.line - 1]) + 1
    assert 1 <= span.end_column <= len(lines[span.end_line - 1]) + 1


# The parts of SARIF 2.1.0 that we write, as its schema has them.
_TEXT = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": {"type": "string", "minLength": 1}},
}
_NUMBER = {"type": "integer", "minimum": 1}
_REGION = dict.fromkeys(("startLine", "startColumn", "endLine", "endColumn"), _NUMBER)
_PLACE = {
    "type": "object",
    "required": ["physicalLocation"],
    "properties": {
        "physicalLocation": {
            "type": "object",
            "required": ["artifactLocation", "region"],
            "additionalProperties": False,
            "properties": {
                "artifactLocation": {
                    "properties": {"uri": {"type": "string", "pattern": "^[!-~]*$"}}
                },
                "region": {
                    "type": "object",
                    "properties": _REGION,
                    "required": [*_REGION],
                    "additionalProperties": False,
                },
            },
        },
        "id": _NUMBER,
        "message": _TEXT,
    },
    "additionalProperties": False,
}
SARIF = jsonschema.Draft202012Validator(
    {
        "required": ["$schema", "version", "runs"],
        "properties": {
            "version": {"const": "2.1.0"},
            "runs": {
                "minItems": 1,
                "items": {
                    "required": ["tool", "results"],
                    "properties": {
                        "tool": {
                            "required": ["driver"],
                            "properties": {
                                "driver": {
                                    "required": ["name", "rules"],
                                    "properties": {
                                        "rules": {
                                            "uniqueItems": True,
                                            "items": {
                                                "required": ["id", "shortDescription", "help"],
                                                "properties": {
                                                    "shortDescription": _TEXT,
                                                    "fullDescription": _TEXT,
                                                    "help": _TEXT,
                                                },
                                            },
                                        }
                                    },
                                }
                            },
                        },
                        "results": {
                            "items": {
                                "required": ["ruleId", "ruleIndex", "level", "message"],
                                "properties": {
                                    "level": {"enum": ["error", "warning"]},
                                    "message": _TEXT,
                                    "locations": {"minItems": 1, "maxItems": 1, "items": _PLACE},
                                    "relatedLocations": {"uniqueItems": True, "items": _PLACE},
                                },
                            }
                        },
                    },
                },
            },
        },
    }
)


def check_sarif(log: Any, count: int) -> None:
    SARIF.validate(log)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len(run["results"]) == count
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in run["results"])


def checked(random: Random) -> tuple[Diagnostic, ...]:
    path, text = malformed(random)
    found = findings(path, text)
    check_findings(found)
    return found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@settings(deadline=None, max_examples=200, suppress_health_check=LONG)
@given(random=st.randoms(use_true_random=False))
def test_malformed_specs_give_findings_only(random: Random, folder: Path) -> None:
    checked(random)


@pytest.mark.nightly
@pytest.mark.timeout(7200)
def test_ten_thousand_malformed_specs_give_findings_only(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    codes: Counter[str] = Counter()
    for seed in range(10_000):
        codes.update({one.code for one in checked(Random(seed))} or {"fine"})
    with capsys.disabled():
        print("\n ", *(f"{code} {count}" for code, count in codes.most_common()))
    assert len(codes) > 25, "cases that all end in one way prove little"


def test_findings_are_the_same_each_time(folder: Path) -> None:
    for seed in range(20):
        path, text = malformed(Random(seed))
        assert findings(path, text) == findings(path, text)


def test_the_command_ends_with_0_or_1(folder: Path) -> None:
    """A sample through the command itself, under two hash seeds: the same output, no traceback."""
    for seed in range(8):
        path, text = malformed(Random(seed))
        found = findings(path, text)
        outputs = set()
        for hash_seed in ("0", "1"):
            done = subprocess.run(
                [sys.executable, "-m", "onespec", "check"],
                capture_output=True,
                check=False,
                env=os.environ | {"PYTHONHASHSEED": hash_seed},
            )
            assert done.returncode == any(one.severity == "error" for one in found), done.stderr
            assert b"Traceback" not in done.stderr
            outputs.add((done.stdout, done.stderr))
        assert len(outputs) == 1


def test_a_fault_of_ours_would_be_noticed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The controls: a crash, and a place outside the file."""
    with monkeypatch.context() as patch:
        patch.setattr("onespec.compiler.compile.bind", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            findings(*next(iter(TEXTS.items())))
    path, text = next(iter(TEXTS.items()))
    found = findings(path, text.replace("onespec: 1", "onespec: 2"))
    beyond = replace(found[0], span=replace(found[0].span, line=10_000, end_line=10_000))
    with pytest.raises(AssertionError):
        check_findings((beyond,))
