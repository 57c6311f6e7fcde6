"""An object of the Kubernetes API, as it is emitted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..yaml_text import Commented

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Object:
    """One object in a file of its own.

    `file` is its name below `base/`, without an ending. `body` is the whole object without a
    namespace, which the kustomization sets; values in it may be `Commented`. `at` is the line of
    the spec that asked for it, empty where the whole spec did, and `says` a sentence for readers.
    """

    file: str
    body: Body
    at: str = ""
    says: str = ""

    @property
    def identity(self) -> tuple[str, str]:
        """Kind and name: within a bundle they are one object."""
        return str(self.body["kind"]), str(self.body["metadata"]["name"])


def plain(value: Any) -> Any:
    """The data without comments."""
    match value:
        case Commented():
            return plain(value.value)
        case Mapping():
            return {key: plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
    return value
