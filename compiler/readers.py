"""Who reads a source's column, where that is written, and which models and endpoints it reaches."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..specs.document import Path
from ..specs.expressions.ir import Column, walk
from ..specs.sections.sources import ROWS
from ..specs.span import SourceSpan
from .binding.sources import columns_of
from .graph import DeploymentNode, Graph, ModelNode, SourceNode, TypedExpression, ViewNode
from .lineage.build import lineage

ColumnName = tuple[str, str]
"""A source and a column of it."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Something that reads a column, in words, and the place that says so.

    `part` are the characters of the value at `at` that name the column, where it is an expression.
    """

    words: str
    at: Path
    part: tuple[int, int] | None = None
    on_key: bool = False

    def span(self, graph: Graph) -> SourceSpan:
        """The column's name where it is written, else the place that asks for it."""
        if self.part is not None:
            return graph.document.span_within(self.at, *self.part)
        return graph.key_span(self.at) if self.on_key else graph.span(self.at)


class Readers:
    """The readers of all columns of a graph, which may be one of a spec with errors."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._lineage = lineage(graph)
        self._readers: dict[ColumnName, list[Reader]] = defaultdict(list)
        for part in _all(graph):
            for name, reader in part:
                self._readers[name].append(reader)

    def of(self, source: str, columns: Iterable[str]) -> tuple[Reader, ...]:
        """What reads any of the columns itself: each once, in file order.

        Expressions come first: there a change of the column is most likely to be felt.
        """
        found = [reader for column in columns for reader in self._readers.get((source, column), ())]
        found.sort(key=lambda reader: (reader.part is None, reader.span(self._graph)))
        return tuple({reader.words: reader for reader in reversed(found)}.values())[::-1]

    def reached(self, source: str, columns: Iterable[str]) -> tuple[str, ...]:
        """The models and deployments that a change of the columns touches, in words."""
        names = (f"source.{source}.{column}" for column in columns)
        starts = [name for name in names if name in self._lineage.nodes]
        touched = self._lineage.walk(starts, downstream=True).nodes
        models = [f"model `{node.name}`" for node in touched if node.kind == "model"]
        scores = [
            f"{node.note} `{node.name.removesuffix('.score')}`"
            for node in touched
            if node.kind == "score"
        ]
        return (*models, *scores)


def _all(graph: Graph) -> Iterator[Iterator[tuple[ColumnName, Reader]]]:
    for view in graph.views.values():
        yield _of_view(view)
    for model in graph.models.values():
        yield _of_model(model)
    for deployment in graph.deployments.values():
        yield _of_deployment(deployment)
    for source in graph.sources.values():
        yield _of_source(source)


def _of_view(view: ViewNode) -> Iterator[tuple[ColumnName, Reader]]:
    if view.source is None:
        return
    for field, bound in view.fields.items():
        yield from _in(view.source, bound, f"`{view.name}.{field}`")
    yield from _in(view.source, view.where, f"view `{view.name}`")
    for key in view.keys:
        yield (view.source.name, key), Reader(f"view `{view.name}`", (*view.at, "entity"))


def _of_model(model: ModelNode) -> Iterator[tuple[ColumnName, Reader]]:
    yield from _in(model.source, model.label, f"the label of `{model.name}`")
    words = f"the examples of `{model.name}`"
    yield from _in(model.source, model.where, words)
    yield from _joined(model.source, model, Reader(words, (*model.at, "examples", "source")))
    for index, column in enumerate(model.section.slices):
        at = (*model.at, "slices", index)
        yield (model.source.name, column), Reader(f"the slices of `{model.name}`", at)


def _of_deployment(deployment: DeploymentNode) -> Iterator[tuple[ColumnName, Reader]]:
    if deployment.source is None:
        return
    words = f"batch `{deployment.name}`"
    yield from _in(deployment.source, deployment.where, words)
    at = (*deployment.at, "batch", "source")
    yield from _joined(deployment.source, deployment.model, Reader(words, at))


def _joined(
    source: SourceNode, model: ModelNode, reader: Reader
) -> Iterator[tuple[ColumnName, Reader]]:
    """The keys by which rows find features, and what takes the place of the request."""
    for view in model.views:
        for key in view.keys:
            yield (source.name, key), reader
        for column in view.inputs:
            words = f"the inputs of `{view.name}`"
            at = (*view.at, "inputs", column)
            yield (source.name, column), Reader(words, at, on_key=True)
        for field, bound in view.fields.items() if view.source is None else ():
            yield from _in(source, bound, f"`{view.name}.{field}`")


def _of_source(node: SourceNode) -> Iterator[tuple[ColumnName, Reader]]:
    for key in ("event_time", "created"):
        column = getattr(node.section, key)
        if column is not None:
            yield (node.name, column), Reader(f"`{key}` of `{node.name}`", (*node.at, key))
    for column in node.section.available_after:
        if column != ROWS:
            at = (*node.at, "available_after", column)
            words = f"`available_after` of `{node.name}`"
            yield (node.name, column), Reader(words, at, on_key=True)
    words = f"the data tests of `{node.name}`"
    for index, check in enumerate(node.checks):
        at = (*node.at, "checks", index)
        for column, place in columns_of(check):
            on_key = isinstance(place[-1], str)
            yield (node.name, column), Reader(words, (*at, *place), on_key=on_key)


def _in(
    source: SourceNode, bound: TypedExpression | None, words: str
) -> Iterator[tuple[ColumnName, Reader]]:
    """The first place of each column in an expression."""
    found = [n for n in walk(bound.tree) if isinstance(n, Column)] if bound is not None else []
    for column in sorted(found, key=lambda one: one.start):
        assert bound is not None
        part = (column.start, column.end)
        yield (source.name, column.name), Reader(words, bound.at, part)
