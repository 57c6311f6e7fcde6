"""Entity keys as small integers: one code space for a source and a spine."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from .arrays import Ints, combined, to_nullable
from .errors import PointInTimeError


@dataclass(frozen=True, slots=True)
class KeyCodes:
    """Codes in [0, count) for source (n,) and spine (m,) rows; -1 where any key part is null."""

    source: Ints
    spine: Ints
    count: int


def encode_keys(source: Sequence[Any], spine: Sequence[Any]) -> KeyCodes:
    """Give equal keys equal codes on both sides; several columns make one composite key."""
    if len(source) != len(spine) or not source:
        raise ValueError("source and spine need the same number of key columns, at least one")
    codes = _encode_column(source[0], spine[0])
    for source_column, spine_column in zip(source[1:], spine[1:], strict=True):
        codes = _compose(codes, _encode_column(source_column, spine_column))
    return codes


def _encode_column(source: Any, spine: Any) -> KeyCodes:
    left, right = _dictionary(source), _dictionary(spine)
    values = left.dictionary
    try:
        other = right.dictionary.cast(values.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise PointInTimeError(
            f"a key is {values.type} in the source and {right.dictionary.type} in the examples, "
            f"and the two cannot be compared: {error}"
        ) from error
    union = pa.concat_arrays([values, other]).dictionary_encode()
    mapping = _indices(union)
    return KeyCodes(
        source=_mapped(left, mapping[: len(values)]),
        spine=_mapped(right, mapping[len(values) :]),
        count=len(union.dictionary),
    )


def _dictionary(column: Any) -> Any:
    array = combined(column)
    if pa.types.is_dictionary(array.type):
        return array
    if pa.types.is_null(array.type):
        array = array.cast(pa.int64())
    return array.dictionary_encode()


def _indices(array: Any) -> Ints:
    indices = to_nullable(array.indices)
    codes = indices.values.astype(np.int64)
    if indices.valid is not None:
        codes[~indices.valid] = -1
    return codes


def _mapped(array: Any, mapping: Ints) -> Ints:
    # One more entry at the end, so that the index -1 of a null finds -1.
    return np.append(mapping, np.int64(-1))[_indices(array)]


def _compose(left: KeyCodes, right: KeyCodes) -> KeyCodes:
    """The code of a pair, made dense again where the product of the two counts is large."""
    source = _pair(left.source, right.source, right.count)
    spine = _pair(left.spine, right.spine, right.count)
    count = left.count * right.count
    if count <= 4 * (len(source) + len(spine)):
        return KeyCodes(source, spine, count)
    distinct, dense = np.unique(np.concatenate([source, spine]), return_inverse=True)
    if distinct.size and distinct[0] == -1:
        dense -= 1
    return KeyCodes(dense[: len(source)], dense[len(source) :], len(distinct))


def _pair(left: Ints, right: Ints, count: int) -> Ints:
    pair = left * count + right
    pair[(left < 0) | (right < 0)] = -1
    return pair
