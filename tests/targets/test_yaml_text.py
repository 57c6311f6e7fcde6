"""YAML that we emit is read alike under YAML 1.1 and 1.2."""

from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from onespec.specs.read import read_text
from onespec.targets.yaml_text import Commented, Script, dump_yaml

_text = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
_scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _text
_data = st.dictionaries(
    _text,
    st.recursive(
        _scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_text, inner, max_size=3),
        max_leaves=8,
    ),
    min_size=1,
    max_size=4,
)


@given(_data)
def test_both_versions_of_yaml_read_what_was_written(data: dict[str, Any]) -> None:
    text = dump_yaml(data)
    assert yaml.safe_load(text) == data
    assert read_text(text, "emitted.yaml").data == data


def test_words_that_yaml_would_take_for_others_stay_strings() -> None:
    data = {"a": ["no", "1e3", "0e1234", "0o17", "y", "12:30:00", "~", ""]}
    assert yaml.safe_load(dump_yaml(data)) == data


@given(_text)
def test_a_comment_stays_a_comment(comment: str) -> None:
    data = {"a": Commented({"b": 1}, comment), "l": [Commented({"c": 2}, comment)]}
    assert yaml.safe_load(dump_yaml(data, header=comment)) == {"a": {"b": 1}, "l": [{"c": 2}]}


@given(_text)
def test_a_comment_beside_a_value_stays_a_comment(comment: str) -> None:
    data = {"a": Commented("b # c", comment, beside=True), "d": 1}
    assert yaml.safe_load(dump_yaml(data)) == {"a": "b # c", "d": 1}


def test_a_script_is_written_as_lines() -> None:
    told = dump_yaml({"run": Script('if true; then\n  echo "a: b"\n\nfi\n'), "d": 1})
    assert told == 'run: |\n  if true; then\n    echo "a: b"\n\n  fi\nd: 1\n'


@given(st.text(st.sampled_from("a #:\t\r\n\"'\\\u2028|-é "), max_size=12))
def test_a_script_is_read_as_it_is(text: str) -> None:
    data = {"a": Script(text), "l": [{"b": Script(text)}]}
    assert yaml.safe_load(dump_yaml(data)) == {"a": text, "l": [{"b": text}]}
