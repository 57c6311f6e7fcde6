"""What is inside an ONNX file, read before ONNX Runtime sees it: nothing may point outside.

A tensor of an ONNX file can name another file as its content, and ONNX Runtime follows it. The
file is therefore walked as protocol buffers (encoding: protobuf.dev/programming-guides/encoding;
fields: onnx/onnx.proto), and refused when a tensor is external, when an operator is not one of
the standard's, or when it is not plain ONNX at all.
"""

import re
from collections.abc import Iterator

from ..errors import StepError

DOMAINS = (b"", b"ai.onnx", b"ai.onnx.ml")

# message -> field number -> message of that field; other fields hold nothing of interest.
MESSAGES = {
    "ModelProto": {7: "GraphProto", 8: "OperatorSetIdProto", 20: "TrainingInfoProto",
                   25: "FunctionProto"},
    "GraphProto": {1: "NodeProto", 5: "TensorProto", 15: "SparseTensorProto"},
    "NodeProto": {5: "AttributeProto"},
    "AttributeProto": {5: "TensorProto", 6: "GraphProto", 10: "TensorProto", 11: "GraphProto",
                       22: "SparseTensorProto", 23: "SparseTensorProto"},
    "SparseTensorProto": {1: "TensorProto", 2: "TensorProto"},
    "TrainingInfoProto": {1: "GraphProto", 2: "GraphProto"},
    "FunctionProto": {7: "NodeProto", 9: "OperatorSetIdProto", 11: "AttributeProto"},
    "TensorProto": {},
    "OperatorSetIdProto": {},
}  # fmt: skip

EXTERNAL_DATA = 13  # of TensorProto: where the content lies
DATA_LOCATION = 14  # of TensorProto: 0 when it lies here
DOMAIN_FIELDS = {("NodeProto", 7), ("OperatorSetIdProto", 1)}

_DEEPEST = 64

# A tree ensemble holds its numbers one field at a time: `floats`, `ints`, and the `strings` of
# the two modes. A run of them is skipped at once.
_RUN = re.compile(
    rb"(?:\x3d[\x00-\xff]{4}|\x40[\x80-\xff]{0,9}[\x00-\x7f]|\x4a\x0aBRANCH_LEQ|\x4a\x04LEAF)+"
)


class ModelFileError(StepError):
    """A model file that is not safe, or not possible, to load."""


def inspect_model(data: bytes) -> None:
    """Raises ModelFileError; returns when the file is self-contained, standard ONNX."""
    if not data:
        raise ModelFileError("the model file is empty")
    if data[4:8] == b"ORTM":
        raise ModelFileError("the model is not ONNX but ONNX Runtime's own format")
    _walk(data, 0, len(data), "ModelProto", 0)


def _walk(data: bytes, start: int, end: int, message: str, depth: int) -> None:
    if depth > _DEEPEST:
        raise ModelFileError("the model is nested too deeply")
    inner = MESSAGES[message]
    for number, value, first, last in _fields(data, start, end, message):
        if message == "TensorProto" and (
            number == EXTERNAL_DATA or (number == DATA_LOCATION and value != 0)
        ):
            raise ModelFileError("the model keeps a tensor in another file")
        if (message, number) in DOMAIN_FIELDS and data[first:last] not in DOMAINS:
            raise ModelFileError("the model uses operators outside the ONNX standard")
        if number in inner:
            if value is not None:
                raise ModelFileError("the model file is damaged")
            _walk(data, first, last, inner[number], depth + 1)


def _fields(
    data: bytes, place: int, end: int, message: str
) -> Iterator[tuple[int, int | None, int, int]]:
    """Each field: number, its value when it is a number, and where its content begins and ends."""
    while place < end:
        if message == "AttributeProto" and (run := _RUN.match(data, place, end)):
            place = run.end()
            continue
        tag, place = _varint(data, place, end)
        number, wire = tag >> 3, tag & 7
        value: int | None = None
        first = place
        match wire:
            case 0:
                value, place = _varint(data, place, end)
            case 1:
                value, place = 0, place + 8
            case 2:
                length, first = _varint(data, place, end)
                place = first + length
            case 5:
                value, place = 0, place + 4
            case _:
                raise ModelFileError("the model file is damaged")
        if place > end or number == 0:
            raise ModelFileError("the model file is damaged")
        yield number, value, first, place


def _varint(data: bytes, place: int, end: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if place >= end:
            break
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
    raise ModelFileError("the model file is damaged")
