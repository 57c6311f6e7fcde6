"""Codes: complete, well-formed, and explained."""

import re

import pytest

from onespec.specs.codes import CODES, RETIRED, explain
from onespec.specs.codes.code import Code

CATEGORIES = set("1234567")


@pytest.mark.parametrize("code", CODES.values(), ids=list(CODES))
def test_every_code_tells_its_story(code: Code) -> None:
    assert re.fullmatch(r"[EW][1-7][0-9]{2}", code.code)
    assert code.code[1] in CATEGORIES
    assert not code.title.endswith(".")
    assert 1 < len(re.findall(r"[.:](?:\s|$)", code.story)) <= 7
    assert code.wrong != code.right
    assert code.title in explain(code.code.lower())


def test_numbers_are_not_shared_by_an_error_and_a_warning() -> None:
    numbers = [code[1:] for code in CODES]
    assert len(set(numbers)) == len(numbers)


def test_retired_codes_do_not_come_back() -> None:
    assert not RETIRED & set(CODES)
    assert all(re.fullmatch(r"[EW][1-7][0-9]{2}", code) for code in RETIRED)


def test_an_unknown_code() -> None:
    with pytest.raises(ValueError, match="did you mean `E2"):
        explain("E2O1")
    with pytest.raises(ValueError, match="there is no code"):
        explain("\x1b[2J")


def test_an_explanation() -> None:
    text = explain("E108")
    assert text.startswith("E108: The file is empty\n\n")
    assert "\nWrong:\n\n    # to be written\n\nRight:\n\n    onespec: 1\n" in text
