"""Text to typed expression: parse, resolve the names, check the types, collect what is wrong."""

from collections.abc import Mapping

from ..types import DataType
from .ir import Expression
from .parser import Parser
from .problem import ExpressionErrors, Problem

__all__ = ["ExpressionErrors", "Problem", "parse"]


def parse(text: str, scope: Mapping[str, DataType], *, aggregates: bool = False) -> Expression:
    """Parse and type one expression over the columns of `scope`, whose names are exact.

    `aggregates` allows functions of many rows. Raises ExpressionErrors with all problems found,
    and nothing else, whatever the text.
    """
    return Parser(text, scope, aggregates).whole()
