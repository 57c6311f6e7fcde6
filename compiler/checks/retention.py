"""What looks further back than the data is kept."""

from collections.abc import Iterator

from ...specs.diagnostic import Diagnostic, Related
from ...specs.document import Path
from ...specs.scalars import format_duration
from ..availability import share, uncovered
from ..graph import DeploymentNode, Graph, ModelNode, MonitorNode, SourceNode, ViewNode
from .because import because


def check_retention(graph: Graph) -> Iterator[Diagnostic]:
    """E409: rows, scores or log entries are gone before they are looked at."""
    for view in graph.views.values():
        if view.source is not None:
            yield from _view(graph, view, view.source)
    for model in graph.models.values():
        yield from _label(graph, model)
    for deployment in graph.deployments.values():
        yield from _batch(graph, deployment)
    for monitor in graph.monitors.values():
        yield from _log(graph, monitor)
        yield from _scores(graph, monitor)


def _view(graph: Graph, view: ViewNode, source: SourceNode) -> Iterator[Diagnostic]:
    kept = source.section.retention
    if kept is None:
        return
    for index, (name, length) in enumerate(view.windows):
        if length > kept > view.known.after:
            empty = uncovered(length - view.known.after, kept - view.known.after)
            yield Diagnostic(
                "E409",
                f"window {name} of view `{view.name}` looks back further than source "
                f"`{source.name}` keeps its rows, {format_duration(kept)}: {share(empty)} of it "
                "is always empty",
                graph.span((*view.at, "windows", index)),
                hint=f"use windows of at most {format_duration(kept)}",
                related=_retention(graph, source),
            )
    if kept <= view.known.after:
        yield Diagnostic(
            "E409",
            f"view `{view.name}` never holds a row: source `{source.name}` keeps its rows "
            f"{format_duration(kept)}, and they are known only "
            f"{format_duration(view.known.after)} after their event",
            graph.span((*view.at, "source")),
            hint=f"keep the rows longer than {format_duration(view.known.after)}",
            related=(*_retention(graph, source), *because(graph, view.known)),
        )


def _label(graph: Graph, model: ModelNode) -> Iterator[Diagnostic]:
    kept, delay = model.source.section.retention, model.label_available_after
    if kept is not None and kept <= delay:
        yield Diagnostic(
            "E409",
            f"no example of model `{model.name}` ever has a label: source `{model.source.name}` "
            f"keeps its rows {format_duration(kept)}, and labels are known only "
            f"{format_duration(delay)} after the event",
            graph.span((*model.at, "examples", "label")),
            hint=f"keep the rows longer than {format_duration(delay)}",
            related=(*_retention(graph, model.source), *because(graph, model.known)),
        )


def _batch(graph: Graph, deployment: DeploymentNode) -> Iterator[Diagnostic]:
    batch, source = deployment.section.batch, deployment.source
    if batch is None or source is None or batch.last is None:
        return
    kept = source.section.retention
    if kept is not None and batch.last > kept:
        yield Diagnostic(
            "E409",
            f"batch `{deployment.name}` asks for the rows of the last "
            f"{format_duration(batch.last)}, and source `{source.name}` keeps them "
            f"{format_duration(kept)}: {share(uncovered(batch.last, kept))} of that time has none",
            graph.span((*deployment.at, "batch", "last")),
            hint=f"write `last: {format_duration(kept)}`",
            related=_retention(graph, source),
        )


def _log(graph: Graph, monitor: MonitorNode) -> Iterator[Diagnostic]:
    """A window of performance ends where labels are mature: it reaches back by their delay more."""
    deployment = monitor.deployment
    kept = deployment.section.log.keep
    if deployment.section.online is None or kept is None:
        return
    window, at = _window(monitor)
    declared = Related("`keep` is declared here", graph.key_span((*deployment.at, "log", "keep")))
    kept_for = f"the log of `{deployment.name}` is kept {format_duration(kept)}"
    delay = deployment.model.label_available_after if monitor.section.performance else 0
    if window > kept:
        lost = uncovered(window, kept)
        message = f"monitor `{monitor.name}` looks back {format_duration(window)}, and {kept_for}: "
        message += f"{share(lost)} of its window is always empty"
    elif window + delay > kept:
        lost = uncovered(window, kept - delay)
        message = f"monitor `{monitor.name}` measures performance on rows whose labels are known, "
        message += f"{format_duration(delay)} to {format_duration(window + delay)} old, and "
        message += f"{kept_for}: {share(lost)} of them are gone by then"
        at = (*monitor.at, "performance")
    else:
        return
    yield Diagnostic(
        "E409",
        message,
        graph.key_span(at) if at[-1] == "performance" else graph.span(at),
        hint=f"keep the log at least {format_duration(window + delay)}",
        related=(declared, *(because(graph, deployment.model.known) if delay else ())),
    )


def _scores(graph: Graph, monitor: MonitorNode) -> Iterator[Diagnostic]:
    """A monitor of a batch sees what was scored last, and nothing older."""
    deployment = monitor.deployment
    batch = deployment.section.batch
    window, at = _window(monitor)
    if batch is None or batch.last is None or window <= batch.last:
        return
    last = format_duration(batch.last)
    yield Diagnostic(
        "E409",
        f"monitor `{monitor.name}` looks back {format_duration(window)}, and `{deployment.name}` "
        f"scores only the rows of the last {last}: {share(uncovered(window, batch.last))} of its "
        "window is always empty",
        graph.span(at),
        hint=f"write `window: {last}`, or let the batch score more",
        related=(
            Related("`last` is declared here", graph.key_span((*deployment.at, "batch", "last"))),
        ),
    )


def _window(monitor: MonitorNode) -> tuple[int, Path]:
    key = "every" if monitor.section.window is None else "window"
    return monitor.section.window or monitor.section.every or 0, (*monitor.at, key)


def _retention(graph: Graph, source: SourceNode) -> tuple[Related, ...]:
    return (Related("`retention` is declared here", graph.key_span((*source.at, "retention"))),)
