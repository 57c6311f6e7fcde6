"""What a diagnostic's code means, told once for all places that raise it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """A stable code. `wrong` and `right` are YAML; codes with E are errors, with W warnings."""

    code: str
    title: str
    story: str
    wrong: str
    right: str
