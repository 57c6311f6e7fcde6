"""Text in a workflow, where GitHub evaluates `${{ … }}` in every string."""

import shlex
from collections.abc import Iterable

_OPENING = "${{"
_INERT = "${{ '${{' }}"


def literal(text: str) -> str:
    """The text, such that GitHub's evaluation gives it back."""
    return text.replace(_OPENING, _INERT)


def command(words: Iterable[str]) -> str:
    """A line of a shell script that runs the words as they are."""
    return literal(shlex.join(words))
