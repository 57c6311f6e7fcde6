"""The lock file: read back as written, and honest about what is wrong with it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onespec.compiler.lock import load_lock, lock_text
from onespec.compiler.lock_changes import lock_changes
from onespec.specs.diagnostic import SpecError
from onespec.specs.types import DataType, Kind

_types = st.builds(DataType, st.sampled_from(list(Kind)), st.booleans())
_names = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn", "Co")), min_size=1
)
_schemas = st.dictionaries(_names, st.dictionaries(_names, _types), max_size=3)


@given(_schemas)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, sources: dict[str, dict[str, DataType]]
) -> None:
    path = tmp_path_factory.mktemp("lock") / "onespec.lock"
    path.write_text(lock_text(sources), encoding="utf-8")
    read = load_lock(path).sources
    assert read == sources
    assert all(list(read[name]) == list(sources[name]) for name in sources)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (None, "E301"),
        ("lock: 2\nsources: {}\n", "E304"),
        ("lock: 1\n", "E304"),
        ("lock: 1\nsources: {a: [b]}\n", "E304"),
        ("lock: 1\nsources: {a: {b: number}}\n", "E304"),
    ],
)
def test_a_lock_that_cannot_be_used_is_told(tmp_path: Path, text: str | None, code: str) -> None:
    path = tmp_path / "onespec.lock"
    if text is not None:
        path.write_text(text)
    with pytest.raises(SpecError) as caught:
        load_lock(path)
    assert [d.code for d in caught.value.diagnostics] == [code]


def test_changes_are_told_column_by_column() -> None:
    number, text = DataType(Kind.FLOAT), DataType(Kind.STRING)
    locked = {"a": {"x": number, "y": text, "w": text}, "old": {"x": text}, "away": {"x": text}}
    found = {"a": {"w": text, "z": text, "x": number.with_nullable(False)}, "b": {"x": text}}
    changes = lock_changes(locked, found, unread=frozenset({"away"}))
    assert [str(change) for change in changes] == [
        "~ a.x: float? → float",
        "- a.y (was string?)",
        "+ a.z (string?)",
        "+ source b",
        "- source old, which the spec does not need",
    ]


def test_a_source_that_kept_no_column_is_told_once() -> None:
    text = DataType(Kind.STRING)
    (change,) = lock_changes({"a": {"x": text, "y": text}}, {"a": {"z": text}})
    assert change.kind == "other_table"


def test_the_order_of_columns_is_no_change() -> None:
    text = DataType(Kind.STRING)
    assert lock_changes({"a": {"x": text, "y": text}}, {"a": {"y": text, "x": text}}) == ()


def test_a_name_from_a_file_cannot_write_to_the_terminal() -> None:
    text = DataType(Kind.STRING)
    (change, *_) = lock_changes({"a": {"x": text, "\x1b[2J": text}}, {"a": {"x": text}})
    assert "\x1b" not in str(change)
