"""What a model reads: two tensors, one of numbers and one of words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from ..plan import Feature, ValueType

TensorName = Literal["numeric", "categorical"]

TENSORS: Mapping[ValueType, TensorName] = {
    "bool": "numeric",
    "int": "numeric",
    "float": "numeric",
    "string": "categorical",
}
"""The tensor that a value goes to. A timestamp or a date goes to none."""

TENSOR_TYPES: Mapping[TensorName, str] = {"numeric": "float32", "categorical": "string"}

# The ASCII character "substitute": ONNX strings cannot be null.
MISSING = "\x1a"


@dataclass(frozen=True, slots=True)
class Signature:
    """What a model reads, by reference, in the order of its input columns."""

    numeric: tuple[str, ...]
    categorical: tuple[str, ...]

    @property
    def references(self) -> tuple[str, ...]:
        return self.numeric + self.categorical


class NoInputError(Exception):
    """A feature has a type that models do not read."""

    def __init__(self, feature: Feature) -> None:
        super().__init__(f"feature `{feature.reference}` is a {feature.type}")
        self.feature = feature


def signature(features: Iterable[Feature]) -> Signature:
    """Which feature goes where. Raises NoInputError."""
    columns: dict[TensorName, list[str]] = {"numeric": [], "categorical": []}
    for feature in features:
        tensor = TENSORS.get(feature.type)
        if tensor is None:
            raise NoInputError(feature)
        columns[tensor].append(feature.reference)
    return Signature(tuple(columns["numeric"]), tuple(columns["categorical"]))
