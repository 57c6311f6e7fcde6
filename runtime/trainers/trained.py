"""What a trainer hands back: the exported model, and the native one to compare it with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...compiler.interfaces.model_inputs import Signature
from ...compiler.plan import Estimator, Task
from .inputs import ModelInputs

NativeScore = Callable[[ModelInputs], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Assignment:
    """What to fit. `threads` bounds the processor cores used; it never changes the result."""

    estimator: Estimator
    task: Task
    signature: Signature
    seed: int
    threads: int


@dataclass(frozen=True, slots=True)
class Trained:
    """`model` is ONNX; `native` scores with the fitted estimator itself; `notes` are warnings.

    `facts` tell what was learnt: the effective parameters, sizes, the words of each column.
    """

    model: bytes
    native: NativeScore
    facts: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
