"""The one loader of models, and the one way to score with them."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import nan
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from ...compiler.interfaces.model_inputs import MISSING, Signature
from ...compiler.plan import Feature, Task
from ..devices import DeviceKind
from ..errors import StepError
from .classes import Classes
from .inputs import (
    BEYOND_FLOAT32,
    SIGNATURE_KEY,
    ModelInputs,
    from_columns,
    output_name,
    signature,
)
from .model_file import ModelFileError, inspect_model

# Rows that ONNX Runtime sees at a time: bounds the memory of a large batch.
_CHUNK = 8_192

_CPU, _CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"

_INPUT_TYPES = {"numeric": "tensor(float)", "categorical": "tensor(string)"}


class DeviceError(StepError):
    """ONNX Runtime cannot use the device that it was asked to use."""


class Scorer:
    """A loaded model. Safe to use from several threads at once.

    `signature` names the features that it reads, `task` what its scores mean: the probability of
    the positive class, the prediction, or of several `classes` the probability of each. Then what
    is of shape (rows,) below is of shape (rows, classes).
    """

    def __init__(self, session: Any, wanted: Signature, task: Task, classes: Classes = ()) -> None:
        self._session = session
        self.classes = classes
        self._outputs = [output_name(classes)]
        self.signature = wanted
        self.task = task
        self._numeric = _row_reader(wanted.numeric)
        self._categorical = _row_reader(wanted.categorical)

    @classmethod
    def load(
        cls,
        model: bytes | Path | str,
        features: Iterable[Feature] | None = None,
        threads: int = 1,
        device: DeviceKind = "cpu",
    ) -> "Scorer":
        """Load bytes, or a file whose content was verified.

        Raises ModelFileError for a file that is not self-contained ONNX of ours, and StepError when
        it reads other features than `features`, DeviceError when ONNX Runtime cannot use the
        `device`.
        """
        data = model if isinstance(model, bytes) else Path(model).read_bytes()
        inspect_model(data)
        session = _session(data, threads, device)
        wanted, task, classes = _declared(session)
        if features is not None and signature(features) != wanted:
            raise StepError(
                "the model was trained on other features than the plan names",
                remedy="train it again, or use the plan that it was trained with",
            )
        return cls(session, wanted, task, classes)

    @property
    def _width(self) -> tuple[int, ...]:
        return (len(self.classes),) if self.classes else ()

    @property
    def features(self) -> tuple[str, ...]:
        """References of all features that the model reads."""
        return self.signature.references

    def score(self, columns: Mapping[str, Any]) -> NDArray[np.float32]:
        """Score columns (Arrow, numpy or sequences, with nulls) by feature reference."""
        return self.score_inputs(from_columns(columns, self.signature))

    def score_inputs(self, inputs: ModelInputs, workers: int = 1) -> NDArray[np.float32]:
        """Score prepared arrays; float32 of shape (rows,), contiguous.

        With one thread a session gives a row the same bits in every batch; with more, ONNX Runtime
        adds the trees up in another order. `workers` share the rows among single-threaded runs.
        """
        scores = np.empty((len(inputs), *self._width), dtype=np.float32)

        def fill(start: int) -> None:
            rows = slice(start, start + _CHUNK)
            scores[rows] = self._run(inputs.numeric[rows], inputs.categorical[rows])

        starts = range(0, len(inputs), _CHUNK)
        if workers == 1 or len(starts) < 2:
            for start in starts:
                fill(start)
        else:
            with ThreadPoolExecutor(workers) as pool:
                list(pool.map(fill, starts))
        return scores

    def score_rows(self, rows: Sequence[Mapping[str, Any]]) -> NDArray[np.float32]:
        """Score a few rows, each with a value (or None) for every feature reference.

        Values must have the feature's type already. Raises StepError when one is not there.
        """
        if not len(rows):
            return np.empty((0, *self._width), dtype=np.float32)
        # What `from_columns` does to a batch, without the calls that only pay for many rows.
        try:
            values = [
                v if v is not None and -BEYOND_FLOAT32 < v < BEYOND_FLOAT32 else nan
                for row in rows
                for v in self._numeric(row)
            ]
            words = [MISSING if w is None else w for row in rows for w in self._categorical(row)]
        except KeyError as error:
            raise StepError(f"a row lacks the feature `{error.args[0]}`") from error
        except TypeError as error:
            raise StepError(f"a feature value is not a number: {error}") from error
        numeric = np.array(values, dtype=np.float64).astype(np.float32)
        categorical = np.array(words, dtype=object)
        return self._run(numeric.reshape(len(rows), -1), categorical.reshape(len(rows), -1))

    def _run(self, numeric: Any, categorical: Any) -> NDArray[np.float32]:
        feed = {}
        if self.signature.numeric:
            feed["numeric"] = numeric
        if self.signature.categorical:
            feed["categorical"] = categorical
        return np.ascontiguousarray(self._session.run(self._outputs, feed)[0])


def _row_reader(names: tuple[str, ...]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    if not names:
        return lambda _: ()
    if len(names) == 1:
        (name,) = names
        return lambda row: (row[name],)
    return itemgetter(*names)


def why_no_gpu() -> str:
    """Why ONNX Runtime cannot use the GPU that a step holds; empty where it might."""
    if _CUDA in ort.get_available_providers():
        return ""
    return f"onnxruntime {ort.__version__} is built for CPUs; `pip install onnxruntime-gpu`"


def _providers(device: DeviceKind) -> list[Any]:
    """On a GPU, too, full float32 and the same algorithm every time. What a GPU cannot do, such as
    to look up words, the processor does."""
    if device == "cpu":
        return [_CPU]
    # From 1.21 on it finds the libraries of CUDA where pip has put them.
    getattr(ort, "preload_dlls", lambda: None)()
    return [(_CUDA, {"use_tf32": "0", "cudnn_conv_algo_search": "DEFAULT"}), _CPU]


def _session(data: bytes, threads: int, device: DeviceKind) -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 3
    options.add_session_config_entry("session.load_model_format", "ONNX")
    # Idle threads sleep: replicas share their machine.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = ort.InferenceSession(data, options, providers=_providers(device))
    except Exception as error:  # ONNX Runtime's exceptions have no common base
        raise ModelFileError(f"the model cannot be loaded: {str(error)[:300]}") from error
    if device == "cuda" and _CUDA not in session.get_providers():
        # It has told so on standard error alone, and would go on without.
        raise DeviceError(f"onnxruntime {ort.__version__} does not find the GPU or its libraries")
    return session


def _declared(session: Any) -> tuple[Signature, Task, Classes]:
    """The features and classes that the metadata names, held against the graph itself."""
    try:
        text = session.get_modelmeta().custom_metadata_map[SIGNATURE_KEY]
        declared = json.loads(text)
        wanted = Signature(tuple(declared["numeric"]), tuple(declared["categorical"]))
        task: Task = declared["task"]
        classes = _classes(declared.get("classes", []), task)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelFileError("the model does not say which features it reads") from error
    widths = {"numeric": len(wanted.numeric), "categorical": len(wanted.categorical)}
    expected = {name: (_INPUT_TYPES[name], width) for name, width in widths.items() if width}
    found = {node.name: (node.type, node.shape[-1]) for node in session.get_inputs()}
    outputs = [(node.name, node.type, node.shape[1:]) for node in session.get_outputs()]
    width = [len(classes)] if classes else []
    if found != expected or outputs != [(output_name(classes), "tensor(float)", width)]:
        raise ModelFileError("the model's inputs are not those that it declares")
    return wanted, task, classes


def _classes(declared: list[Any], task: Task) -> Classes:
    """Distinct, all whole numbers or all strings, and there exactly where the task has them."""
    kinds = {type(name) for name in declared}
    several = task == "multiclass_classification"
    sound = len(set(declared)) == len(declared) > 1 and kinds in ({int}, {str})
    if not (sound if several else not declared):
        raise ValueError("classes")
    return tuple(declared)
