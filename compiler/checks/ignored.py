"""Settings that nothing would honour where they stand."""

from collections.abc import Iterator
from dataclasses import dataclass

from ...specs.diagnostic import Diagnostic
from ...specs.document import Path
from ...specs.sections.deploy import Deployment
from ...specs.sections.features import FeatureView
from ...specs.sections.models import Model, Resources
from ...specs.sections.monitor import Monitor
from ...specs.sections.sources import Source
from ..graph import Graph


@dataclass(frozen=True, slots=True)
class _Ignored:
    """The key below its part, why it has no effect, and what to do."""

    key: Path
    why: str
    hint: str


def check_ignored(graph: Graph) -> Iterator[Diagnostic]:
    """E608: what was written and would be ignored in silence."""
    spec = graph.spec
    for at, part in (
        *((("sources", name), _in_source(source)) for name, source in spec.sources.items()),
        *((("features", name), _in_view(view)) for name, view in spec.features.items()),
        *((("models", name), _in_model(model)) for name, model in spec.models.items()),
        *((("deploy", name), _in_deployment(one)) for name, one in spec.deploy.items()),
        *((("monitor", name), _in_monitor(one)) for name, one in spec.monitor.items()),
    ):
        for one in part:
            path = (*at, *one.key)
            span = graph.span(path) if isinstance(path[-1], int) else graph.key_span(path)
            message = f"`{_dotted(at, one.key)}` has no effect: {one.why}"
            yield Diagnostic("E608", message, span, hint=one.hint)


def _dotted(at: tuple[str, str], key: Path) -> str:
    return ".".join((*at, *(part for part in key if isinstance(part, str))))


def _in_source(source: Source) -> Iterator[_Ignored]:
    if source.created is not None and source.event_time is None:
        why = "it decides between rows of one event time, and there is none"
        yield _Ignored(("created",), why, "remove it, or name the `event_time`")


def _in_view(view: FeatureView) -> Iterator[_Ignored]:
    if view.inputs is not None and view.available_after:
        why = "a view with `inputs` is computed from the request, which is there already"
        yield _Ignored(("available_after",), why, "remove it")


def _in_model(model: Model) -> Iterator[_Ignored]:
    if model.split.by == "random" and model.split.gap:
        why = "a random split leaves no time between its parts"
        yield _Ignored(("split", "gap"), why, "remove it, or split `by: time`")
    yield from _in_resources(model.resources)


def _in_deployment(deployment: Deployment) -> Iterator[_Ignored]:
    if deployment.batch is not None and "replicas" in deployment.resources.model_fields_set:
        why = "a batch is one step, and only an endpoint has replicas"
        yield _Ignored(("resources", "replicas"), why, "remove it")
    if deployment.defaults and deployment.on_missing != "default":
        why = f"with `on_missing: {deployment.on_missing}` no default is used"
        yield _Ignored(("defaults",), why, "remove it, or write `on_missing: default`")
    if deployment.online is not None and deployment.resources.fallback is not None:
        why = "a step falls back, and a replica waits for its GPU"
        yield _Ignored(("resources", "fallback"), why, "remove it")
    else:
        yield from _in_resources(deployment.resources)


def _in_resources(resources: Resources) -> Iterator[_Ignored]:
    if resources.accelerator is not None and not resources.gpu:
        why = "it is the type of a GPU, and no GPU is asked for"
        yield _Ignored(("resources", "accelerator"), why, "add `gpu: 1`, or remove it")
    if resources.fallback is not None and not resources.gpu:
        why = "it is for want of a GPU, and no GPU is asked for"
        yield _Ignored(("resources", "fallback"), why, "add `gpu: 1`, or remove it")


def _in_monitor(monitor: Monitor) -> Iterator[_Ignored]:
    for index in range(1, len(monitor.on_alert)):
        why = "an alert starts one training run, that of the first entry"
        yield _Ignored(("on_alert", index), why, "remove it, or give it a monitor of its own")
    if "cooldown" in monitor.model_fields_set and not monitor.on_alert:
        why = "it is the time between two retrainings, and no alert starts one"
        yield _Ignored(("cooldown",), why, "remove it, or add `on_alert: [retrain: MODEL]`")
