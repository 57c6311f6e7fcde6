"""What a trainer hands back: the exported model, and the native one to compare it with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...compiler.interfaces.model_inputs import Signature
from ...compiler.plan import Estimator, Task
from .classes import Classes
from .inputs import ModelInputs
from .training_set import Part

# One score a row (rows,); of a multiclass model, a probability for each class (rows, classes).
NativeScore = Callable[[ModelInputs], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Assignment:
    """What to fit. `threads` bounds the processor cores used.

    The same assignment gives the same bits; on another `device` (cpu or cuda) a network's sums are
    rounded otherwise. `validation` is for estimators that watch it while they learn.
    `classes` are what a multiclass model tells apart; labels are places among them.
    """

    estimator: Estimator
    task: Task
    signature: Signature
    seed: int
    threads: int
    device: str = "cpu"
    validation: Part | None = None
    classes: Classes = ()


@dataclass(frozen=True, slots=True)
class Trained:
    """`model` is ONNX; `native` scores with the fitted estimator itself; `notes` are warnings.

    `facts` tell what was learnt: the effective parameters, sizes, the words of each column.
    `files` are kept beside the model.
    """

    model: bytes
    native: NativeScore
    facts: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
