"""Secrets in a spec: the name of each one, never its value."""

import re

from .patterns import SECRET
from .scalar_error import ScalarError

PREFIX = "secret:"

_REFERENCE = re.compile(SECRET)
_VARIABLE = re.compile(r"\$\{?([A-Z][A-Z0-9_]{0,99})\}?|(?:env|ENV)[:.]([A-Z][A-Z0-9_]{0,99})")


def parse_secret(value: object) -> str:
    """The name in `secret:NAME`. Raises ScalarError, which never repeats what was written."""
    if isinstance(value, str) and _REFERENCE.fullmatch(value):
        return value.removeprefix(PREFIX)
    variable = _VARIABLE.fullmatch(value) if isinstance(value, str) else None
    if variable is not None:
        name = variable[1] or variable[2]
        raise ScalarError(
            "E220",
            f"write `{PREFIX}{name}` for the secret {name}; texts of a spec are taken as they are",
        )
    if isinstance(value, str) and value.startswith(PREFIX):
        raise ScalarError(
            "E220",
            "the name of a secret is capital letters, digits and underscores, "
            f"as in `{PREFIX}LEDGER_PASSWORD`",
            hint="the runner takes it from the environment variable of that name, or from a file",
        )
    raise ScalarError(
        "E220",
        f"the name of a secret stands here, as in `{PREFIX}LEDGER_PASSWORD`, never its value",
        hint="give the value to the runner alone: as the environment variable LEDGER_PASSWORD, or "
        "as a file of that name in the folder that ONESPEC_SECRETS names; and replace the secret, "
        "since it has been written down",
    )
