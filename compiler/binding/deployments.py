"""Bind `deploy:` and `monitor:`."""

from collections.abc import Mapping

from ...specs.document import Path
from ...specs.metrics import metrics_of
from ...specs.sections.deploy import Deployment
from ...specs.sections.monitor import Monitor
from ...specs.suggest import did_you_mean
from ..graph import DeploymentNode, ModelNode, MonitorNode, SourceNode
from ..plan import Feature
from .models import require_inputs
from .report import Report
from .views import bind_condition

_VALUES: dict[str, tuple[type, ...]] = {
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
    "string": (str,),
}


def bind_deployment(
    name: str,
    section: Deployment,
    models: Mapping[str, ModelNode],
    sources: Mapping[str, SourceNode],
    report: Report,
) -> DeploymentNode | None:
    """The deployment with its model; None when something is missing."""
    at: Path = ("deploy", name)
    kind = "online" if section.online else "batch"
    wanted = section.online or section.batch
    assert wanted is not None
    model = report.lookup("model", wanted.model, models, (*at, kind, "model"))
    source = where = None
    if section.batch is not None:
        source_at = (*at, "batch", "source")
        source = report.lookup("source", section.batch.source, sources, source_at)
        if source is not None and section.batch.where is not None:
            where = bind_condition(
                section.batch.where, (*at, "batch", "where"), source, f"batch `{name}`", report
            )
        if source is not None and source.section.event_time is None:
            report.error(
                "E203",
                f"a batch is scored as of each row's event time, and source `{source.name}` "
                "has no `event_time`",
                source_at,
            )
    if model is None or (section.batch is not None and source is None):
        report.unknown.add(f"deployment.{name}")
        return None
    if source is not None:
        require_inputs(model.views, source, (*at, "batch", "source"), report, "the batch")
    _defaults(section, model, report, at)
    return DeploymentNode(name, model, source, where, section, at)


def _defaults(section: Deployment, model: ModelNode, report: Report, at: Path) -> None:
    features = {f.reference: f for f in model.features}
    for reference, value in section.defaults.items():
        place = (*at, "defaults", reference)
        feature = report.lookup("feature", reference, features, place)
        if feature is not None and value is not None and not _fits(value, feature):
            report.error(
                "E202",
                f"the default of `{reference}` must be a {feature.type}",
                place,
                related=report.declared(
                    "the feature", ("features", feature.view, "fields", feature.field)
                ),
            )


def _fits(value: object, feature: Feature) -> bool:
    boolean = isinstance(value, bool)
    return isinstance(value, _VALUES[feature.type]) and (boolean == (feature.type == "bool"))


def bind_monitor(
    name: str,
    section: Monitor,
    deployments: Mapping[str, DeploymentNode],
    models: Mapping[str, ModelNode],
    report: Report,
) -> MonitorNode | None:
    """The monitor with its deployment; None when something is missing."""
    at: Path = ("monitor", name)
    deployment = report.lookup("deployment", section.watch, deployments, (*at, "watch"))
    for index, action in enumerate(section.on_alert):
        report.lookup("model", action.retrain, models, (*at, "on_alert", index, "retrain"))
    if deployment is None:
        return None
    model = deployment.model
    if section.performance is not None:
        known = [m.name for m in metrics_of(model.section.task)]
        if section.performance.metric not in known:
            report.error(
                "E504",
                f"there is no metric `{section.performance.metric}` for {model.section.task}",
                (*at, "performance", "metric"),
                label=did_you_mean(section.performance.metric, known),
                hint="known are " + ", ".join(known),
            )
    if section.drift is not None:
        references = {f.reference: f for f in model.features}
        for index, reference in enumerate(section.drift.features):
            report.lookup("feature", reference, references, (*at, "drift", "features", index))
    if section.service is not None and deployment.section.batch is not None:
        report.error(
            "E202",
            f"`{deployment.name}` is a batch: it has no service to watch",
            (*at, "service"),
            related=report.declared(f"`{deployment.name}`", deployment.at),
            on_key=True,
        )
    return MonitorNode(name, deployment, section, at)
