"""The contract of a deployment: the chain from source columns to model, request, log, monitor."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..specs.expressions.ir import columns
from .assumptions import assumptions
from .binding.sources import value_type
from .domains import ANYTHING, Domain, domains, feature_domain
from .graph import DeploymentNode, Graph, ModelNode, MonitorNode, ViewNode
from .interfaces.arms import tells_arms
from .interfaces.log import LogColumn, batch_log, endpoint_log
from .interfaces.model_inputs import TENSOR_TYPES, TENSORS
from .interfaces.request import request_columns, request_schema
from .plan import Column, Feature
from .scheduling.builder import Builder
from .scheduling.deployments import class_type, endpoint_of, entity_keys


@dataclass(frozen=True, slots=True)
class ColumnLink:
    """A source column, or an input of the request, that a feature is made of."""

    name: str
    type: str
    domain: Domain


@dataclass(frozen=True, slots=True)
class FeatureLink:
    """A feature on its way: what it is made of, where it enters the model, who watches it.

    `tensor` is the model's input, `index` its column there. `watched` is by monitor the method.
    """

    reference: str
    type: str
    expression: str
    place: str
    columns: tuple[ColumnLink, ...]
    domain: Domain
    tensor: str
    index: int
    default: Any
    watched: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ViewLink:
    """The features of one view that the model reads. `source` is None where it is the request."""

    name: str
    kind: str
    place: str
    source: str | None
    keys: tuple[str, ...]
    features: tuple[FeatureLink, ...]


@dataclass(frozen=True, slots=True)
class RequestLink:
    """A column of a request, or of a batch's source, and what asks for it."""

    column: Column
    asked_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MonitorLink:
    """What a monitor reads of the log, and where labels are found."""

    name: str
    place: str
    drift: str | None
    performance: str | None
    labels: str | None
    service: bool


@dataclass(frozen=True, slots=True)
class AssumptionLink:
    """A sentence that must be true so that no feature sees the label, and the line that says it."""

    text: str
    place: str


@dataclass(frozen=True, slots=True)
class Contract:
    """All links of one deployment. `request_schema` is None for a batch, and `class_type` where
    the answer is not one of several classes; with `arms` each prediction says which version made
    it, and in which part."""

    deployment: str
    kind: str
    model: str
    task: str
    place: str
    source: str | None
    request: tuple[RequestLink, ...]
    request_schema: Mapping[str, Any] | None
    views: tuple[ViewLink, ...]
    label: str
    class_type: str | None
    log: tuple[LogColumn, ...]
    monitors: tuple[MonitorLink, ...]
    assumptions: tuple[AssumptionLink, ...]
    arms: bool = False

    @property
    def features(self) -> tuple[FeatureLink, ...]:
        """The features of all views."""
        return tuple(link for view in self.views for link in view.features)


def contract(graph: Graph, node: DeploymentNode) -> Contract:
    """The contract of a deployment of a graph without errors."""
    model = node.model
    online = node.section.online is not None
    monitors = [m for m in graph.monitors.values() if m.deployment.name == node.name]
    endpoint = endpoint_of(Builder(graph), node) if online else None
    asked = request_columns(endpoint) if endpoint else _batch_columns(model)
    return Contract(
        node.name,
        "endpoint" if online else "batch",
        model.name,
        model.section.task,
        graph.place(node.at),
        None if node.source is None else node.source.name,
        tuple(RequestLink(column, _asked_by(model, column.name)) for column in asked),
        request_schema(endpoint) if endpoint else None,
        _views(graph, node, monitors),
        model.label.text,
        class_type(model),
        endpoint_log(endpoint)
        if endpoint
        else batch_log(entity_keys(model.views), model.features, class_type(model)),
        tuple(_monitor(graph, monitor) for monitor in monitors),
        tuple(AssumptionLink(a.text, graph.place(a.at)) for a in assumptions(model)),
        endpoint is not None and tells_arms(endpoint),
    )


def _batch_columns(model: ModelNode) -> tuple[Column, ...]:
    """What the rows of a batch must hold: keys first, each name once."""
    found = {column.name: column for column in entity_keys(model.views)}
    for view in model.views:
        for name, kind in view.inputs.items():
            found.setdefault(name, Column(name, value_type(kind.kind), kind.nullable))
    return tuple(found.values())


def _asked_by(model: ModelNode, column: str) -> tuple[str, ...]:
    keys = [view.name for view in model.views if column in view.keys]
    inputs = [view.name for view in model.views if column in view.inputs]
    return (
        *((f"key of {', '.join(keys)}",) if keys else ()),
        *((f"input of {', '.join(inputs)}",) if inputs else ()),
    )


def _views(graph: Graph, node: DeploymentNode, monitors: list[MonitorNode]) -> tuple[ViewLink, ...]:
    model = node.model
    indices = _indices(model)
    links: dict[str, list[FeatureLink]] = {view.name: [] for view in model.views}
    views = {view.name: view for view in model.views}
    for feature in model.features:
        view = views[feature.view]
        bound = view.fields[feature.field]
        links[view.name].append(
            FeatureLink(
                feature.reference,
                feature.type + ("?" if feature.nullable else ""),
                bound.text,
                graph.place(bound.at),
                _columns(model, view, feature),
                feature_domain(model, view, feature),
                TENSORS[feature.type],
                indices[feature.reference],
                node.section.defaults.get(feature.reference),
                {m.name: method for m in monitors if (method := drift_method(m, feature))},
            )
        )
    return tuple(
        ViewLink(
            view.name,
            view.kind,
            graph.place(view.at),
            None if view.source is None else view.source.name,
            view.keys,
            tuple(links[view.name]),
        )
        for view in model.views
    )


def _indices(model: ModelNode) -> dict[str, int]:
    counts = dict.fromkeys(TENSOR_TYPES, 0)
    found = {}
    for feature in model.features:
        tensor = TENSORS[feature.type]
        found[feature.reference] = counts[tensor]
        counts[tensor] += 1
    return found


def _columns(model: ModelNode, view: ViewNode, feature: Feature) -> tuple[ColumnLink, ...]:
    read = columns(view.fields[feature.field].tree)
    owner = view.source or model.source
    scope = view.source.columns if view.source else view.inputs
    known = domains(owner)
    prefix = view.source.name if view.source else "request"
    return tuple(
        ColumnLink(
            f"{prefix}.{name}",
            str(kind) if view.source else str(kind.kind),
            known.get(name, ANYTHING),
        )
        for name, kind in scope.items()
        if name in read
    )


def drift_method(monitor: MonitorNode, feature: Feature) -> str | None:
    """How a monitor compares a feature; Kolmogorov-Smirnov needs an order, which words lack."""
    drift = monitor.section.drift
    if drift is None or (drift.features and feature.reference not in drift.features):
        return None
    if drift.method == "ks" and feature.type in ("string", "bool"):
        return "total variation"
    return drift.method


def _monitor(graph: Graph, monitor: MonitorNode) -> MonitorLink:
    section, model = monitor.section, monitor.deployment.model
    keys = ", ".join(column.name for column in entity_keys(model.views))
    batch = monitor.deployment.section.batch is not None
    by = "row" if batch else f"{keys} and {model.source.section.event_time}"
    wanted = section.performance
    return MonitorLink(
        monitor.name,
        graph.place(monitor.at),
        section.drift.method if section.drift else None,
        wanted.metric if wanted else None,
        f"{model.source.name}, by {by}" if wanted else None,
        section.service is not None,
    )
