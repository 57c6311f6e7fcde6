"""Fit a network by mini-batches, until the validation split gets no better; repeatable."""

import copy
import math
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from ...compiler.plan import Task
from ..errors import StepError

Floats = NDArray[np.float32]

# What cuBLAS needs in order to be repeatable; read when the device is first used.
_CUBLAS = ("CUBLAS_WORKSPACE_CONFIG", ":4096:8")

# Rows that are looked at together where nothing is learnt from them.
_CHUNK = 8_192


@dataclass(frozen=True, slots=True)
class Rows:
    """Prepared columns of shape (rows, width), and what the network is to say, (rows,): of several
    classes, their places."""

    inputs: Floats
    targets: NDArray[np.float32] | NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Fitted:
    """`epochs` were run, and the weights are those after `best_epoch`. The losses are means."""

    epochs: int
    best_epoch: int
    train_loss: float
    validation_loss: float | None


@contextmanager
def repeatable(seed: int, threads: int, device: str) -> Iterator[None]:
    """The same seed gives the same bits on the same kind of device, with as many threads.

    Leaves torch as it was: other steps may run in this process.
    """
    os.environ.setdefault(*_CUBLAS)
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    devices = [torch.cuda.current_device()] if device == "cuda" else []
    with torch.random.fork_rng(devices), _plain_arithmetic():
        torch.manual_seed(seed)
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(True)
        try:
            yield
        finally:
            torch.set_num_threads(before[0])
            torch.use_deterministic_algorithms(before[1])


@contextmanager
def _plain_arithmetic() -> Iterator[None]:
    """Full float32, and no search for the fastest algorithm, which may end otherwise each time."""
    cudnn, matmul = torch.backends.cudnn, torch.backends.cuda.matmul
    before = cudnn.benchmark, cudnn.allow_tf32, matmul.allow_tf32
    cudnn.benchmark = cudnn.allow_tf32 = matmul.allow_tf32 = False
    try:
        yield
    finally:
        cudnn.benchmark, cudnn.allow_tf32, matmul.allow_tf32 = before


def fit(
    network: nn.Module,
    task: Task,
    params: Mapping[str, Any],
    rows: Rows,
    unseen: Rows | None,
    device: str,
) -> Fitted:
    """Fit in place, with AdamW. The data are moved to the device once, where they fit.

    With `unseen` rows the best epoch by their loss is kept, and training ends `patience` epochs
    after it. Raises StepError where the loss is no number any more.
    """
    network.to(device)
    data = _Placed.on(device, rows)
    held = None if unseen is None else _Placed.on(device, unseen)
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=params["learning_rate"], weight_decay=params["weight_decay"]
    )
    # On the processor, so that the order of the rows is the same on every device.
    shuffler = torch.Generator().manual_seed(torch.initial_seed())
    best, best_epoch, kept = float("inf"), 0, None
    losses: list[float] = []
    for epoch in range(1, params["epochs"] + 1):
        order = torch.randperm(len(rows.inputs), generator=shuffler)
        losses.append(_epoch(network, task, optimizer, data, order, params["batch_size"]))
        if not math.isfinite(losses[-1]):
            raise StepError(
                f"the loss of the training split is no number in epoch {epoch}",
                remedy="lower `learning_rate`",
            )
        if held is None:
            continue
        loss = _loss_of(network, task, held)
        if kept is None or loss < best:
            best, best_epoch, kept = loss, epoch, copy.deepcopy(network.state_dict())
        elif params["patience"] is not None and epoch - best_epoch >= params["patience"]:
            break
    if kept is not None:
        network.load_state_dict(kept)
    network.eval()
    at = best_epoch or len(losses)
    return Fitted(len(losses), at, losses[at - 1], best if kept is not None else None)


@dataclass(frozen=True, slots=True)
class _Placed:
    """Rows as tensors: on the device, or beside the processor where they are too many for it."""

    inputs: torch.Tensor
    targets: torch.Tensor
    device: str

    @classmethod
    def on(cls, device: str, rows: Rows) -> "_Placed":
        inputs, targets = torch.from_numpy(rows.inputs), torch.from_numpy(rows.targets)
        if device != "cpu" and rows.inputs.nbytes < _share_of_memory():
            inputs, targets = inputs.to(device), targets.to(device)
        return cls(inputs, targets, device)

    def take(self, chosen: torch.Tensor | slice) -> tuple[torch.Tensor, torch.Tensor]:
        """Some rows, on the device."""
        where = chosen if isinstance(chosen, slice) else chosen.to(self.inputs.device)
        return self.inputs[where].to(self.device), self.targets[where].to(self.device)


def _share_of_memory() -> int:
    """Bytes of the device that data may fill: the rest is for the network and its gradients."""
    free, _ = torch.cuda.mem_get_info()
    return int(free) // 2


def _epoch(
    network: nn.Module,
    task: Task,
    optimizer: torch.optim.Optimizer,
    data: _Placed,
    order: torch.Tensor,
    size: int,
) -> float:
    """One pass over all rows; the mean loss."""
    network.train()
    total = torch.zeros((), dtype=torch.float64, device=data.device)
    for chosen in _batches(order, size):
        inputs, targets = data.take(chosen)
        optimizer.zero_grad(set_to_none=True)
        loss = _loss(task, network(inputs), targets)
        loss.backward()
        optimizer.step()
        # Added up on the device: to ask for a number is to wait for it.
        total += loss.detach() * len(chosen)
    return float(total) / len(order)


def _batches(order: torch.Tensor, size: int) -> Iterator[torch.Tensor]:
    """Parts of `order`. A single row at the end joins its neighbours: one row has no variance to
    be normalised by."""
    count = len(order)
    for start in range(0, count, size):
        left = count - start
        if left == 1 and start:
            return
        yield order[start:] if left == size + 1 else order[start : start + size]


def _loss_of(network: nn.Module, task: Task, data: _Placed) -> float:
    """The mean loss, without learning from it."""
    network.eval()
    total = torch.zeros((), dtype=torch.float64, device=data.device)
    with torch.no_grad():
        for start in range(0, len(data.inputs), _CHUNK):
            inputs, targets = data.take(slice(start, start + _CHUNK))
            total += _loss(task, network(inputs), targets) * len(targets)
    return float(total) / len(data.inputs)


def _loss(task: Task, outputs: torch.Tensor, targets: torch.Tensor) -> Any:
    match task:
        case "binary_classification":
            return functional.binary_cross_entropy_with_logits(outputs[:, 0], targets)
        case "multiclass_classification":
            return functional.cross_entropy(outputs, targets)
        case "multiclass_classification":
            return functional.cross_entropy(outputs, targets)
        case "regression":
            return functional.mse_loss(outputs[:, 0], targets)
