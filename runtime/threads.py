"""A step's libraries use as many threads as the step was given processors."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module

from ..compiler.plan import Step

_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "ARROW_NUM_THREADS",
)


def threads_of(step: Step) -> int:
    """The number of threads that a step may keep busy: at least one."""
    return max(1, int(step.resources.cpu))


@contextmanager
def thread_share(threads: int) -> Iterator[None]:
    """Bound the libraries that read the environment when they load, and those already loaded."""
    before = {name: os.environ.get(name) for name in _VARIABLES}
    os.environ.update(dict.fromkeys(_VARIABLES, str(threads)))
    try:
        with ExitStack() as stack:
            _bound_loaded(threads, stack)
            yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _bound_loaded(threads: int, stack: ExitStack) -> None:
    if "pyarrow" in sys.modules:
        arrow = sys.modules["pyarrow"]
        stack.callback(arrow.set_cpu_count, arrow.cpu_count())
        arrow.set_cpu_count(threads)
    if "torch" in sys.modules:
        torch = sys.modules["torch"]
        stack.callback(torch.set_num_threads, torch.get_num_threads())
        torch.set_num_threads(threads)
    # Ships with scikit-learn, whose OpenMP pools it bounds.
    if "sklearn" in sys.modules:
        stack.enter_context(import_module("threadpoolctl").threadpool_limits(threads))
