"""The lock file: read back as written, and honest about what is wrong with it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onespec.compiler.lock import compare, load_lock, lock_text
from onespec.specs.diagnostic import SpecError
from onespec.specs.types import DataType, Kind

_types = st.builds(DataType, st.sampled_from(list(Kind)), st.booleans())
_names = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn", "Co")), min_size=1
)
_schemas = st.dictionaries(_names, st.dictionaries(_names, _types, min_size=1), max_size=3)


@given(_schemas)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, sources: dict[str, dict[str, DataType]]
) -> None:
    path = tmp_path_factory.mktemp("lock") / "onespec.lock"
    path.write_text(lock_text(sources), encoding="utf-8")
    read = load_lock(path).sources if sources else {}
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
    changes = compare({"a": {"x": number, "y": text}}, {"a": {"x": text, "z": text}, "b": {}})
    assert changes == [
        "source `b` is new",
        "`a.y` is gone (was string?)",
        "`a.z` is new (string?)",
        "`a.x` was float?, now string?",
    ]
