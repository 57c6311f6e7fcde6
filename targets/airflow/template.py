"""The structure of the emitted Python: templates in which every value is a literal."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..python_text import python_literal

TEMPLATES = Path(__file__).parent / "templates"


def render(name: str, values: Mapping[str, Any]) -> str:
    """The text of a template. What it inserts is a literal, unless it is `Code` of ours."""
    return _environment().get_template(name).render(values)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        finalize=python_literal,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Python, not HTML
    )
