"""What is left of a spec when the parts that are wrong in shape are set aside.

So that everything is told in one run: a duration that cannot be read in one view says nothing
about the expressions of another.
"""

from typing import Any, NamedTuple

from pydantic import ValidationError

from .parts import SINGULAR
from .sections.spec import Spec

_NEEDED: dict[str, Any] = {"onespec": 1, "name": "unnamed"}


class Salvaged(NamedTuple):
    """A spec without the parts that are wrong, and these by section and name."""

    spec: Spec
    broken: frozenset[tuple[str, str]]


def salvage(data: dict[str, Any], error: ValidationError) -> Salvaged | None:
    """The sound parts of a spec's data, which `error` was found in; None if nothing can be said."""
    broken: set[tuple[str, str]] = set()
    sound = dict(data)
    for problem in error.errors(include_url=False, include_input=False):
        match problem["loc"]:
            case (str(section), str(name), *_) if section in SINGULAR:
                broken.add((section, name))
            case (str(key), *_):
                sound.pop(key, None)
    for section in SINGULAR:
        parts = sound.get(section)
        if isinstance(parts, dict):
            sound[section] = {n: part for n, part in parts.items() if (section, n) not in broken}
    try:
        return Salvaged(Spec.model_validate({**_NEEDED, **sound}), frozenset(broken))
    except ValidationError:
        return None
