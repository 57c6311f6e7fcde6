"""The classes that a model tells apart: whole numbers or strings, in ascending order."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ...compiler.plan import ValueType
from ..errors import StepError

Class = int | str
Classes = tuple[Class, ...]

# A score for each row and class: more of them is a search, and not a classification.
MOST_CLASSES = 1000

_REMEDY = "check the label's expression, or exclude such rows by `where`"


def learnt_classes(labels: Any) -> Classes:
    """The distinct values of an Arrow column, in ascending order: strings by code point.

    Raises StepError where some are null, are neither whole numbers nor strings, or are too many.
    """
    kind = labels.type.value_type if pa.types.is_dictionary(labels.type) else labels.type
    if not (
        pa.types.is_integer(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind)
    ):
        raise StepError(
            f"a label of multiclass classification is an int or a string, and not {kind}",
            remedy=_REMEDY,
        )
    if labels.null_count:
        raise StepError("some labels are null", remedy="exclude them by `where`")
    found = pc.unique(labels).to_pylist()
    if len(found) > MOST_CLASSES:
        raise StepError(
            f"the label has {len(found):,} classes, and at most {MOST_CLASSES:,} are told apart",
            remedy="group them in the label's expression; a quantity is a `regression`",
        )
    return tuple(sorted(found))


def class_places(labels: Any, classes: Classes) -> NDArray[np.float64]:
    """The place of each label (rows,) among `classes`, NaN where it is none of them."""
    if pa.types.is_dictionary(labels.type):
        labels = labels.cast(labels.type.value_type)
    places = pc.index_in(labels, pa.array(list(classes), labels.type))
    if isinstance(places, pa.ChunkedArray):
        places = places.combine_chunks()
    return np.asarray(places.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def class_type(classes: Classes) -> ValueType | None:
    """The type of the classes; None where there are none."""
    if not classes:
        return None
    return "string" if isinstance(classes[0], str) else "int"


def class_counts(places: NDArray[np.float64], classes: Classes) -> dict[str, int]:
    """The rows of each class by its name; classes without rows are there, too."""
    counts = np.bincount(places.astype(np.int64), minlength=len(classes))
    return {str(name): int(rows) for name, rows in zip(classes, counts.tolist(), strict=True)}
