"""The graph: every node of the lifecycle with its names resolved and its expressions typed."""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from ..specs.document import Document, Path
from ..specs.expressions.ir import Expression, columns
from ..specs.files import seen_from
from ..specs.sections.deploy import Deployment
from ..specs.sections.models import Model
from ..specs.sections.monitor import Monitor
from ..specs.sections.sources import Check, Source
from ..specs.sections.spec import Spec
from ..specs.span import SourceSpan
from ..specs.types import DataType
from .availability import AT_ONCE, Known
from .plan import Feature, Gate, SourceTable

if TYPE_CHECKING:
    import networkx

ViewKind = Literal["latest", "window", "static", "on_demand"]


@dataclass(frozen=True, eq=False, repr=False)
class TypedExpression:
    """An expression that has passed the type checker, and where it was written."""

    text: str
    tree: Expression
    at: Path

    @cached_property
    def columns(self) -> frozenset[str]:
        """The columns that it reads."""
        return columns(self.tree)


@dataclass(frozen=True, eq=False, repr=False)
class SourceNode:
    """A source with its locked columns."""

    name: str
    table: SourceTable
    columns: Mapping[str, DataType]
    checks: tuple[Check, ...]
    section: Source
    at: Path


@dataclass(frozen=True, eq=False, repr=False)
class ViewNode:
    """A feature view. `features` are all columns that it offers, by reference.

    `known` says when its rows are used, `needed` when the last column that it reads is known.
    """

    name: str
    kind: ViewKind
    entity: str | None
    keys: tuple[str, ...]
    source: SourceNode | None
    where: TypedExpression | None
    fields: Mapping[str, TypedExpression]
    features: tuple[Feature, ...]
    inputs: Mapping[str, DataType]
    windows: tuple[tuple[str, int], ...]
    known: Known
    ttl: int | None
    at: Path
    needed: Known = AT_ONCE

    @property
    def available_after(self) -> int:
        """How long after its event a row may be used (microseconds)."""
        return self.known.after


@dataclass(frozen=True, eq=False, repr=False)
class ModelNode:
    """A model, with the features that it reads in order.

    `known` says when its label is taken to be known, `needed` when the last column of it is.
    """

    name: str
    source: SourceNode
    where: TypedExpression | None
    label: TypedExpression
    views: tuple[ViewNode, ...]
    features: tuple[Feature, ...]
    gates: tuple[Gate, ...]
    section: Model
    at: Path
    known: Known = AT_ONCE
    needed: Known = AT_ONCE

    @property
    def label_available_after(self) -> int:
        """How long after the event the label is known (microseconds)."""
        return self.known.after

    @property
    def gap(self) -> int:
        """The time (microseconds) that is left out between the parts of the split.

        A row of the earlier part is of use only where its label was known when the later began.
        """
        split = self.section.split
        if split.gap is not None:
            return split.gap
        return self.known.after if split.by == "time" else 0


@dataclass(frozen=True, eq=False, repr=False)
class DeploymentNode:
    """An endpoint or a batch job."""

    name: str
    model: ModelNode
    source: SourceNode | None
    where: TypedExpression | None
    section: Deployment
    at: Path


@dataclass(frozen=True, eq=False, repr=False)
class MonitorNode:
    """A policy over a deployment's prediction log."""

    name: str
    deployment: DeploymentNode
    section: Monitor
    at: Path


Node = SourceNode | ViewNode | ModelNode | DeploymentNode | MonitorNode


@dataclass(frozen=True, eq=False, repr=False)
class Graph:
    """All nodes by name. Edges follow from the nodes; `digraph` shows them to graph algorithms."""

    spec: Spec
    document: Document
    sources: Mapping[str, SourceNode]
    views: Mapping[str, ViewNode]
    models: Mapping[str, ModelNode]
    deployments: Mapping[str, DeploymentNode]
    monitors: Mapping[str, MonitorNode]
    environment: str | None = None
    unknown: frozenset[str] = field(default_factory=frozenset)

    def nodes(self) -> Iterator[tuple[str, Node]]:
        """Every node under its qualified name, in the order of the lifecycle."""
        for prefix, group in (
            ("source", self.sources),
            ("view", self.views),
            ("model", self.models),
            ("deployment", self.deployments),
            ("monitor", self.monitors),
        ):
            for name, node in group.items():
                yield f"{prefix}.{name}", node

    @cached_property
    def rolled_out(self) -> Mapping[str, tuple[str, tuple[float, ...]]]:
        """By model, the endpoint that rolls its versions out, and by which steps."""
        return {
            node.model.name: (node.name, tuple(node.section.rollout.steps))
            for node in self.deployments.values()
            if node.section.rollout is not None
        }

    @cached_property
    def digraph(self) -> "networkx.DiGraph[str]":
        """Edges from what is read to what reads it; each node has `node` as its attribute."""
        import networkx

        graph: networkx.DiGraph[str] = networkx.DiGraph()
        for name, node in self.nodes():
            graph.add_node(name, node=node)
        for name, node in self.nodes():
            graph.add_edges_from((before, name) for before in inputs_of(node))
        return graph

    def span(self, at: Path) -> SourceSpan:
        """Where the value at a path of the spec was written."""
        return self.document.span(at)

    def key_span(self, at: Path) -> SourceSpan:
        """Where the key at a path of the spec was written."""
        return self.document.key_span(at)

    def place(self, at: Path) -> str:
        """`../library/weather.yaml:12`: the line of a key, the file as seen from the spec's folder.

        It names nothing of a machine, and is the same wherever the command was given.
        """
        span = self.key_span(at)
        return f"{self._names[span.file]}:{span.line}"

    @cached_property
    def _names(self) -> Mapping[str, str]:
        folder = posixpath.dirname(self.document.main)
        return {file: seen_from(folder, file) for file in self.document.texts}


def inputs_of(node: Node) -> tuple[str, ...]:
    """The qualified names of the nodes that a node reads."""
    match node:
        case SourceNode():
            return ()
        case ViewNode():
            return (f"source.{node.source.name}",) if node.source else ()
        case ModelNode():
            views = tuple(f"view.{view.name}" for view in node.views)
            return (f"source.{node.source.name}", *views)
        case DeploymentNode():
            source = (f"source.{node.source.name}",) if node.source else ()
            return (f"model.{node.model.name}", *source)
        case MonitorNode():
            return (f"deployment.{node.deployment.name}",)
