"""Secrets by name: looked up by the process that needs them, and shown by nobody."""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from .errors import StepError

FOLDER_VARIABLE = "ONESPEC_SECRETS"
"""Names the folder with a file for each secret, as Kubernetes mounts a Secret."""

_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,99}")
_MOST = 64 * 1024


class Secret:
    """A secret that only `reveal` tells: it has no text, no pickle, no JSON and no equal."""

    __slots__ = ("_reveal", "name")

    def __init__(self, name: str, value: str) -> None:
        self.name = name
        self._reveal: Callable[[], str] = lambda: (
            value
        )  # in a closure: a dump of the fields shows none

    def reveal(self) -> str:
        """The value, for the one call that needs it."""
        return self._reveal()

    def __repr__(self) -> str:
        return f"<secret {self.name}>"

    def __str__(self) -> str:
        return repr(self)

    def __format__(self, _form: str) -> str:
        return repr(self)

    def __reduce_ex__(self, _protocol: Any) -> NoReturn:
        raise TypeError(f"{self!r} is not for another process: it looks up its own")


def find_secret(name: str, environment: Mapping[str, str] | None = None) -> Secret:
    """The environment variable of that name, else the file in the folder of `ONESPEC_SECRETS`.

    Raises StepError with both ways to give it, and never with what was found.
    """
    environment = os.environ if environment is None else environment
    if not _NAME.fullmatch(name):  # a plan is a file that anybody may have written
        raise StepError(f"{name[:80]!r} is not the name of a secret")
    value = environment.get(name) or _from_file(name, environment.get(FOLDER_VARIABLE))
    if not value:
        raise StepError(
            f"the secret {name} is not known here",
            remedy=f"set the environment variable {name}, or write it into the file {name} of "
            f"the folder that {FOLDER_VARIABLE} names, wherever steps run",
        )
    return Secret(name, value)


def _from_file(name: str, folder: str | None) -> str:
    """The file's text without the line break at its end; empty when there is no such file."""
    if not folder:
        return ""
    try:
        with (Path(folder) / name).open("rb") as file:
            content = file.read(_MOST + 1)
        text = content.decode("utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise StepError(
            f"the secret {name} cannot be read: {why}",
            remedy=f"see to the file {name} in the folder that {FOLDER_VARIABLE} names",
        ) from None
    if len(content) > _MOST:
        raise StepError(f"the secret {name} is longer than {_MOST // 1024} KiB")
    return text.removesuffix("\n").removesuffix("\r")
