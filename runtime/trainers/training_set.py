"""The training set as a trainer and an evaluation read it: parts with features and labels."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ...compiler.interfaces.model_inputs import Signature
from ...compiler.plan import Feature, Task
from ..errors import StepError
from .classes import Classes, class_places, learnt_classes
from .inputs import ModelInputs, from_columns, signature

LABEL = "label"
SPLIT = "__split"
PARTS = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one split. `labels` are 0.0 or 1.0 for binary classification, and for several
    classes their places: from `len(classes)` on, classes that the training split does not have."""

    name: str
    inputs: ModelInputs
    labels: NDArray[np.float64]
    table: Any

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """A training set on disk, read column by column as it is needed.

    `classes` are those that a multiclass model knows; `strange` are others that the labels hold.
    """

    table: Any
    task: Task
    signature: Signature
    classes: Classes = ()
    strange: Classes = ()

    def part(self, name: str) -> Part:
        """The rows of a split, in the order of the file."""
        mask = np.asarray(self.table.column(SPLIT).to_numpy(zero_copy_only=False) == name)
        rows = self.table.filter(pa.array(mask))
        columns = {reference: rows.column(reference) for reference in self.signature.references}
        return Part(name, from_columns(columns, self.signature), self._labels(rows), rows)

    def _labels(self, rows: Any) -> NDArray[np.float64]:
        if self.task == "multiclass_classification":
            return class_places(rows.column(LABEL), (*self.classes, *self.strange))
        return _labels(rows, self.task)

    def part_rows(self) -> dict[str, int]:
        """The number of rows of each split."""
        names = self.table.column(SPLIT).to_numpy(zero_copy_only=False)
        return {name: int(np.count_nonzero(names == name)) for name in PARTS}


def read_training_set(
    path: Path,
    task: Task,
    features: Iterable[Feature] | Signature,
    others: Iterable[str] = (),
    classes: Classes = (),
) -> TrainingSet:
    """Only the columns of `features`, the label, the split, and `others` are read.

    `classes` are those of a model that is there already; without them, those of the training split
    are taken.
    """
    wanted = features if isinstance(features, Signature) else signature(features)
    names = dict.fromkeys((*wanted.references, LABEL, SPLIT, *others))
    file = pq.ParquetFile(path, memory_map=True)
    missing = [name for name in names if name not in file.schema_arrow.names]
    if missing:
        raise StepError(f"the training set lacks the columns {', '.join(missing)}")
    table = file.read(columns=list(names))
    if task != "multiclass_classification":
        return TrainingSet(table, task, wanted)
    known = classes or learnt_classes(table.filter(_is_train(table)).column(LABEL))
    strange = sorted(set(learnt_classes(table.column(LABEL))) - set(known))
    return TrainingSet(table, task, wanted, known, tuple(strange))


def _is_train(table: Any) -> Any:
    return pc.equal(table.column(SPLIT), PARTS[0])


def _labels(rows: Any, task: Task) -> NDArray[np.float64]:
    column = rows.column(LABEL)
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    labels: NDArray[np.float64] = np.asarray(
        column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    )
    if not np.isfinite(labels).all():
        raise StepError("some labels are null or not finite", remedy="exclude them by `where`")
    if task == "binary_classification" and not np.isin(labels, (0.0, 1.0)).all():
        raise StepError("a label of binary classification is true or false (1 or 0)")
    return labels
