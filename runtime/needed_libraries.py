"""The optional libraries that steps need, asked for before anything runs."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec

from ..compiler.plan import Step, TrainParams
from .errors import StepError

# family -> the modules that train it; the extra that brings them bears the name of the first.
_NEEDED: Mapping[str, tuple[str, ...]] = {"torch": ("torch", "safetensors")}


def require_libraries(steps: Sequence[Step]) -> None:
    """Raises StepError that names the steps whose library is not installed, and how to get it."""
    for family, modules in _NEEDED.items():
        asking = [
            step.id
            for step in steps
            if isinstance(step.params, TrainParams) and step.params.estimator.family == family
        ]
        missing = [name for name in modules if find_spec(name) is None] if asking else []
        if missing:
            raise StepError(
                f"{', '.join(asking)} cannot run: {' and '.join(missing)} "
                f"{'is' if len(missing) == 1 else 'are'} not installed",
                remedy=f"`pip install 'onespec[{modules[0]}]'`; nothing was run",
            )
