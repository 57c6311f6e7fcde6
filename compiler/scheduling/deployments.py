"""Endpoints, batch steps and monitor steps."""

from dataclasses import replace

from ..binding.sources import value_type
from ..graph import DeploymentNode, ModelNode, MonitorNode, ViewNode
from ..lower import key_columns, lower_expression, lower_typed, narrow
from ..narrow_view import views_of
from ..plan import (
    Column,
    Drift,
    Endpoint,
    LabelJoin,
    MonitorParams,
    Performance,
    PredictionLog,
    Replicas,
    Rollout,
    ScoreParams,
    Service,
    ValueType,
)
from .builder import Builder
from .features import schedule_examples
from .models import resources_of


def schedule_batch(builder: Builder, node: DeploymentNode) -> None:
    """The spine, the features and the scores of a batch deployment."""
    batch = node.section.batch
    assert batch is not None
    assert node.source is not None
    spine, joined = schedule_examples(
        builder,
        node.name,
        node.source,
        views_of(node.model),
        at=node.at,
        where=node.where,
        last=batch.last,
        tags=tuple(node.section.tags),
    )
    builder.add(
        f"score.{node.name}",
        ScoreParams(
            node.name,
            node.model.name,
            node.model.features,
            tuple(c.name for c in entity_keys(node.model.views)),
            batch.output,
        ),
        node.at,
        inputs=(spine, *joined),
        after=(f"promote.{node.model.name}",),
        resources=resources_of(node.section.resources),
        tags=tuple(node.section.tags),
    )


def entity_keys(views: tuple[ViewNode, ...]) -> tuple[Column, ...]:
    """The key columns by which a request finds the features of these views."""
    keys: dict[str, Column] = {}
    for view in views:
        for column in key_columns(view):
            keys.setdefault(column.name, Column(column.name, column.type, nullable=True))
    return tuple(keys.values())


def endpoint_of(builder: Builder, node: DeploymentNode) -> Endpoint:
    """All that the scoring application needs to answer."""
    section, model = node.section, node.model
    assert section.online is not None
    # The inputs that a view declares are the request's contract, whatever the model reads.
    views = tuple(
        builder.program(replace(view, inputs=declared.inputs))
        for view, declared in zip(views_of(model), model.views, strict=True)
    )
    inputs = {column.name: column for view in views for column in view.inputs}
    replicas = section.resources.replicas
    return Endpoint(
        node.name,
        model.name,
        model.section.task,
        section.online.port,
        entity_keys(model.views),
        tuple(inputs.values()),
        views,
        model.features,
        section.on_missing,
        section.defaults,
        PredictionLog(section.log.sample, section.log.keep),
        Replicas(replicas.min, replicas.max),
        resources_of(section.resources),
        rollout_of(node),
        section.shadow,
        builder.graph.place(node.at),
        class_type(model),
    )


def rollout_of(node: DeploymentNode) -> Rollout | None:
    """How a new version takes over; None where it does at once."""
    section = node.section.rollout
    return None if section is None else Rollout(tuple(section.steps), section.watch)


def class_type(model: ModelNode) -> ValueType | None:
    """The type of the classes that a multiclass model answers with; None for other tasks."""
    if model.section.task != "multiclass_classification":
        return None
    return value_type(model.label.tree.type.kind)


def schedule_monitor(builder: Builder, node: MonitorNode) -> str:
    """The step that looks at a deployment's log once."""
    section, deployment = node.section, node.deployment
    model = deployment.model
    batch = deployment.section.batch
    scored = (f"score.{deployment.name}",) if batch else ()
    labels = _labels(model) if section.performance else None
    label_source = (f"source.{model.source.name}",) if labels else ()
    return builder.add(
        f"monitor.{node.name}",
        MonitorParams(
            node.name,
            deployment.name,
            "batch" if batch else "online",
            model.name,
            model.section.task,
            model.features,
            section.window or section.every or 0,
            section.minimum_rows,
            _drift(node),
            _performance(node),
            _service(node),
            labels,
            section.on_alert[0].retrain if section.on_alert else None,
            section.cooldown,
        ),
        node.at,
        inputs=(*scored, *label_source),
        after=(f"promote.{model.name}",),
        tags=tuple(section.tags),
    )


def _labels(model: ModelNode) -> LabelJoin:
    read = model.label.columns | {c.name for c in entity_keys(model.views)}
    if model.where is not None:
        read |= model.where.columns
    return LabelJoin(
        narrow(model.source, read),
        lower_typed(model.where),
        lower_expression(model.label.text, model.label.tree),
        model.label_available_after,
        tuple(c.name for c in entity_keys(model.views)),
    )


def _drift(node: MonitorNode) -> Drift | None:
    drift = node.section.drift
    if drift is None:
        return None
    return Drift(drift.method, drift.warn, drift.alert, tuple(drift.features))


def _performance(node: MonitorNode) -> Performance | None:
    wanted = node.section.performance
    return None if wanted is None else Performance(wanted.metric, wanted.min, wanted.max)


def _service(node: MonitorNode) -> Service | None:
    wanted = node.section.service
    if wanted is None:
        return None
    latency = None if wanted.latency_p99 is None else wanted.latency_p99 / 1e6
    return Service(latency, wanted.error_rate)
