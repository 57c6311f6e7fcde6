"""Text to typed expression: parse, resolve the names, check the types, collect what is wrong."""

from collections.abc import Mapping

from sqlglot import exp

from ..types import DataType
from .convert import Span, convert
from .grammar import read
from .ir import Expression
from .problem import ExpressionErrors, Problem

__all__ = ["ExpressionErrors", "Problem", "parse"]


def parse(text: str, scope: Mapping[str, DataType], *, aggregates: bool = False) -> Expression:
    """Parse and type one expression over the columns of `scope`, whose names are exact.

    `aggregates` allows functions of many rows. Raises ExpressionErrors with all problems found,
    and nothing else, whatever the text.
    """
    tree, call_ends = read(text)
    return convert(tree, scope, _spans(tree, call_ends, len(text)), aggregates=aggregates)


def _spans(tree: exp.Expr, call_ends: Mapping[int, int], length: int) -> dict[int, Span]:
    """Where each node was written, by identity; under 0, the whole text.

    sqlglot notes the places of names and literals; a node above spans what is below it.
    """
    spans: dict[int, Span] = {0: (0, length)}
    for node in reversed(list(tree.walk())):
        found = [spans[id(child)] for child in node.iter_expressions() if id(child) in spans]
        start, end = node.meta.get("start"), node.meta.get("end")
        if start is not None and end is not None:
            is_call = isinstance(node, exp.Anonymous)
            found.append((start, call_ends.get(start, end + 1) if is_call else end + 1))
        if found:
            spans[id(node)] = (min(s for s, _ in found), max(e for _, e in found))
    return spans
