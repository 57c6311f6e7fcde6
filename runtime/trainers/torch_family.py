"""Our neural networks, trained by torch on the device that the step holds, exported as one graph.

Columns are prepared as for linear models: numbers filled and scaled, words one-hot. Of an image,
each channel is scaled as a whole. The exported graph holds the preparation.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save
from torch import nn

from ...compiler.plan import Task
from ...specs.estimators import ESTIMATORS
from ...specs.networks import CONV_NET_NAME, image_of
from ..errors import StepError
from .inputs import ModelInputs
from .onnx_graph import Graph, finish
from .onnx_network import add_matrix, add_network
from .preparation import Preparation, learn_preparation
from .torch_fit import Rows, fit, repeatable
from .torch_networks import conv_net, mlp
from .trained import Assignment, Trained
from .training_set import Part

WEIGHTS_FILE = "weights.safetensors"

_NETWORKS: dict[str, Callable[[Mapping[str, Any], int, int], nn.Sequential]] = {
    "onespec.torch.MLP": mlp,
    CONV_NET_NAME: conv_net,
}

# Rows that the network sees at a time, once it is trained.
_CHUNK = 8_192


def train(assignment: Assignment, rows: Part) -> Trained:
    """Fit on `rows`, watching the validation split, and export.

    The weights are kept beside the model, as safetensors. Raises StepError where the estimator
    cannot be fitted.
    """
    params = _effective(assignment)
    prepared = _preparation(assignment, params, rows.inputs)
    labels = _learn_labels(assignment, rows)
    outputs = len(assignment.classes) or 1
    with repeatable(assignment.seed, assignment.threads, assignment.device):
        matrix = _matrix(prepared, rows.inputs)
        try:
            network = _NETWORKS[assignment.estimator.name](params, matrix.shape[1], outputs)
            fitted = fit(
                network,
                assignment.task,
                params,
                Rows(matrix, labels.targets(rows)),
                _unseen(assignment, prepared, labels),
                assignment.device,
            )
        except (ValueError, torch.OutOfMemoryError) as error:
            raise StepError(
                f"{assignment.estimator.name} cannot be fitted: {error}",
                remedy="change its parameters; a smaller `batch_size` needs less memory",
            ) from error
    network.to("cpu")
    facts = {
        "params": {name: list(v) if isinstance(v, tuple) else v for name, v in params.items()},
        "parameters": sum(each.numel() for each in network.parameters()),
        "epochs": fitted.epochs,
        "best_epoch": fitted.best_epoch,
        "train_loss": float(f"{fitted.train_loss:.6g}"),
        "validation_loss": None
        if fitted.validation_loss is None
        else float(f"{fitted.validation_loss:.6g}"),
        "device": device_name(assignment.device),
        "threads": assignment.threads,
        "torch": str(torch.__version__),
    }
    return Trained(
        _export(assignment, prepared, network, labels),
        _native(prepared, network, labels),
        facts,
        files={WEIGHTS_FILE: save(dict(network.state_dict()))},
    )


def why_no_gpu() -> str:
    """Why torch cannot use the GPU that a step holds; empty where it can."""
    if torch.cuda.is_available():
        return ""
    build = "is built for CPUs" if torch.version.cuda is None else "finds no GPU that it can use"
    return f"torch {torch.__version__} {build}"


def device_name(device: str) -> str:
    """For people: the name of the GPU, or cpu."""
    return torch.cuda.get_device_name() if device == "cuda" else device


def _effective(assignment: Assignment) -> dict[str, Any]:
    known = ESTIMATORS[assignment.estimator.name].params
    given = assignment.estimator.params
    return {name: info.converted(given.get(name, info.default)) for name, info in known.items()}


def _preparation(
    assignment: Assignment, params: Mapping[str, Any], inputs: ModelInputs
) -> Preparation:
    """That of linear models; the pixels of a channel share one mean and one scale."""
    prepared = learn_preparation(inputs)
    if assignment.estimator.name != CONV_NET_NAME:
        return prepared
    channels, height, width = image_of(params, len(assignment.signature.numeric))
    means = prepared.mean.reshape(channels, -1)
    # The variance of a channel: that within its pixels, and that between them.
    spread = _variances(prepared, inputs).reshape(channels, -1).mean(axis=1) + means.var(axis=1)
    scale = np.where(spread > 0, np.sqrt(spread), 1.0)
    pixels = height * width
    return replace(
        prepared, mean=np.repeat(means.mean(axis=1), pixels), scale=np.repeat(scale, pixels)
    )


def _variances(prepared: Preparation, inputs: ModelInputs) -> NDArray[np.float64]:
    """Of each number, missing ones filled. A scale of 1 may stand for a variance of 0."""
    numbers = inputs.numeric.astype(np.float64)
    spread: NDArray[np.float64] = np.where(np.isnan(numbers), prepared.fill, numbers).var(axis=0)
    return spread


def _matrix(prepared: Preparation, inputs: ModelInputs) -> NDArray[np.float32]:
    return prepared.matrix(inputs).astype(np.float32)


@dataclass(frozen=True, slots=True)
class _Labels:
    """Labels as the network learns them, and its outputs as scores. Targets of a regression are
    centred and scaled, so that a learning rate means the same for all."""

    task: Task
    centre: float = 0.0
    scale: float = 1.0

    def targets(self, rows: Part) -> NDArray[Any]:
        if self.task == "multiclass_classification":
            return rows.labels.astype(np.int64)
        return ((rows.labels - self.centre) / self.scale).astype(np.float32)

    def scores(self, outputs: torch.Tensor) -> torch.Tensor:
        """(rows,), or of several classes (rows, classes)."""
        match self.task:
            case "binary_classification":
                return torch.sigmoid(outputs[:, 0])
            case "multiclass_classification":
                return torch.softmax(outputs, dim=1)
            case "regression":
                return outputs[:, 0] * self.scale + self.centre

    def add_scores(self, graph: Graph, outputs: str) -> str:
        """The same in a graph."""
        match self.task:
            case "binary_classification":
                return graph.add("Sigmoid", outputs)
            case "multiclass_classification":
                return graph.add("Softmax", outputs, axis=1)
            case "regression":
                scale, centre = (
                    graph.constant(np.array([value], dtype=np.float32))
                    for value in (self.scale, self.centre)
                )
                return graph.add("Add", graph.add("Mul", outputs, scale), centre)


def _learn_labels(assignment: Assignment, rows: Part) -> _Labels:
    if assignment.task != "regression":
        return _Labels(assignment.task)
    spread = float(rows.labels.std()) or 1.0
    return _Labels(assignment.task, float(rows.labels.mean()), spread)


def _unseen(assignment: Assignment, prepared: Preparation, labels: _Labels) -> Rows | None:
    """The rows of the validation split, without classes that training has never seen."""
    rows = assignment.validation
    if rows is None or not len(rows):
        return None
    matrix, targets = _matrix(prepared, rows.inputs), labels.targets(rows)
    if assignment.classes:
        known = targets < len(assignment.classes)
        matrix, targets = matrix[known], targets[known]
    return Rows(matrix, targets) if len(targets) else None


def _native(
    prepared: Preparation, network: nn.Sequential, labels: _Labels
) -> Callable[[ModelInputs], NDArray[np.float64]]:
    def score(inputs: ModelInputs) -> NDArray[np.float64]:
        matrix = torch.from_numpy(_matrix(prepared, inputs))
        with torch.no_grad():
            parts = [labels.scores(network(part)) for part in matrix.split(_CHUNK)]
        scores: NDArray[np.float64] = torch.cat(parts).numpy().astype(np.float64)
        return scores

    return score


def _export(
    assignment: Assignment, prepared: Preparation, network: nn.Sequential, labels: _Labels
) -> bytes:
    graph = Graph()
    matrix = add_matrix(graph, prepared, assignment.signature)
    scores = labels.add_scores(graph, add_network(graph, network, matrix))
    return finish(graph, scores, assignment.signature, assignment.task, assignment.classes)
