"""Where in a spec a parameter of a step was written."""

from collections.abc import Iterator

from ...specs.document import Path
from ...specs.span import SourceSpan
from ..availability import Known
from ..graph import Graph, ModelNode, SourceNode, ViewNode
from ..lower import lower_checks
from .params import name_of


def spec_path(graph: Graph, step_id: str, param: str = "") -> Path:
    """The path in the spec of a parameter, such as `estimator.params.max_iter` of
    `train.late_arrival`; of its nearest parent where it is not written down.

    `endpoint.NAME` stands for an online deployment. KeyError when the spec makes no such step.
    """
    nearest = (_nearest(graph, path) for path in candidates(graph, step_id, param))
    return max(nearest, key=len)  # of equals the first, which is the likeliest


def candidates(graph: Graph, step_id: str, param: str = "") -> Iterator[Path]:
    """Paths where the parameter may be written, the likeliest first, the node's own last."""
    kind, *names = step_id.split(".")
    yield from _candidates(graph, kind, names, tuple(param.split(".")) if param else ())


def place(graph: Graph, step_id: str, param: str = "") -> SourceSpan:
    """The span of a parameter's key in the spec, or of its nearest parent's."""
    return graph.key_span(spec_path(graph, step_id, param))


def _nearest(graph: Graph, path: Path) -> Path:
    while path:
        try:
            graph.document.value(path)
        except KeyError:
            path = path[:-1]
        else:
            break
    return path


def _candidates(
    graph: Graph, kind: str, names: list[str], parts: tuple[str, ...]
) -> Iterator[Path]:
    match kind:
        case "source":
            yield from _of_source(graph.sources[names[0]], parts)
        case "check":
            yield from _of_checks(graph.sources[names[0]], parts)
        case "examples":
            yield from _of_examples(graph, names[0], parts)
        case "features":
            yield from _of_features(graph, names[0], graph.views[names[1]], parts)
        case "materialize":
            yield from _of_view(graph.views[names[0]], parts[1:])
        case "score":
            yield from _of_score(graph, names[0], parts)
        case "endpoint":
            yield from _of_endpoint(graph, names[0], parts)
        case "monitor":
            yield from _of_monitor(graph, names[0], parts)
        case _:
            yield from _of_model(graph.models[names[0]], kind, parts)


def _of_source(source: SourceNode, parts: tuple[str, ...]) -> Iterator[Path]:
    match parts:
        case ("format",):
            yield (*source.at, "format")
            yield (*source.at, "path")
        case ("event_time" | "created" as key,):
            yield (*source.at, key)
    yield source.at


def _of_checks(source: SourceNode, parts: tuple[str, ...]) -> Iterator[Path]:
    match parts:
        case ("checks", *rest):
            wanted = ".".join(rest)
            for index, check in enumerate(source.checks):
                for test in lower_checks((check,)):
                    name = name_of(test)
                    if wanted == name or wanted.startswith(f"{name}."):
                        yield (*source.at, "checks", index, test.kind, *test.columns[:1])
                        yield (*source.at, "checks", index, test.kind)
            yield (*source.at, "checks")
        case ("source", *below):
            yield from _of_source(source, tuple(below))
    yield source.at


def _of_examples(graph: Graph, owner: str, parts: tuple[str, ...]) -> Iterator[Path]:
    model = graph.models.get(owner)
    node = model or graph.deployments[owner]
    at = (*node.at, "examples" if model else "batch")
    match parts:
        case ("source", *below) if below and node.source is not None:
            yield from _of_source(node.source, tuple(below))
        case ("columns",) if model:
            yield (*model.at, "slices")
        case ("label_available_after",) if model:
            yield (*at, "label_available_after")
            yield from _of_lag(model.source, model.known)
            yield (*at, "label")
            yield (*at, "where")
        case _:
            yield (*at, *parts)


def _of_features(
    graph: Graph, owner: str, view: ViewNode, parts: tuple[str, ...]
) -> Iterator[Path]:
    match parts:
        case ("own_row" | "source",):
            if owner in graph.models and parts == ("own_row",):
                yield (*graph.models[owner].at, "examples", "source")
            yield (*view.at, "source")
        case ("view", *below):
            yield from _of_view(view, tuple(below))
    yield view.at


def _of_lag(source: SourceNode, known: Known) -> Iterator[Path]:
    """Where it says when something is known."""
    if known.at:
        yield known.at
    yield (*source.at, "available_after")


def _of_view(view: ViewNode, parts: tuple[str, ...]) -> Iterator[Path]:
    match parts:
        case ("windows", name, *_):
            numbers = (i for i, (window, _) in enumerate(view.windows) if window == name)
            yield from ((*view.at, "windows", number) for number in numbers)
            yield (*view.at, "windows")
        case ("features", *reference):
            named = (f for f in view.features if f.reference == ".".join(reference))
            yield from ((*view.at, "fields", feature.field) for feature in named)
            yield (*view.at, "fields")
        case ("keys" | "entity", *_):
            if view.entity is not None:
                yield ("entities", view.entity, "key")
        case ("source", *below) if below and view.source is not None:
            yield from _of_source(view.source, tuple(below))
        case ("kind",):
            yield (*view.at, "source")
        case ("available_after",) if view.source is not None:
            yield (*view.at, "available_after")
            yield from _of_lag(view.source, view.known)
            yield (*view.at, "fields")  # which columns they read decides when all are known
        case _:
            yield (*view.at, *parts)
    yield view.at


def _of_model(model: ModelNode, kind: str, parts: tuple[str, ...]) -> Iterator[Path]:
    match parts:
        case ("features", *reference):
            yield from _of_reference(model, ".".join(reference))
        case ("estimator", "name" | "family"):
            yield (*model.at, "estimator", "class")
        case ("seed",):
            yield (*model.at, "estimator", "seed")
        case ("split", "gap"):
            yield (*model.at, "split", "gap")
            yield from _of_lag(model.source, model.known)
        case ("gates", *name):
            for index, gate in enumerate(model.gates):
                if name_of(gate) == ".".join(name):
                    yield (*model.at, "gates", index)
            yield (*model.at, "gates")
        case _ if parts:
            yield (*model.at, *parts)
    section = {"train": "estimator", "training_set": "features", "gate": "gates"}.get(kind)
    if section is not None:
        yield (*model.at, section)
    yield model.at


def _of_reference(model: ModelNode, reference: str) -> Iterator[Path]:
    """The entry of a model's features that brings one: `view`, `view.field`, or itself."""
    found = next((f for f in model.features if f.reference == reference), None)
    if found is not None:
        names = (reference, f"{found.view}.{found.field}", found.view)
        for index, written in enumerate(model.section.features):
            if written in names:
                yield (*model.at, "features", index)
    yield (*model.at, "features")


def _of_score(graph: Graph, name: str, parts: tuple[str, ...]) -> Iterator[Path]:
    node = graph.deployments[name]
    match parts:
        case ("features", *_):
            yield from _of_model(node.model, "score", parts)
        case ("keys",):
            yield (*node.model.at, "features")
        case ("deployment",):
            yield node.at
    yield (*node.at, "batch", *parts)


_RENAMED = {"minimum": "min", "maximum": "max"}


def _of_endpoint(graph: Graph, name: str, parts: tuple[str, ...]) -> Iterator[Path]:
    node = graph.deployments[name]
    match parts:
        case ("port" | "model" as key,):
            yield (*node.at, "online", key)
        case ("task",):
            yield (*node.model.at, "task")
        case ("label",):
            yield (*node.model.at, "examples", "label")
        case ("features", *_):
            yield from _of_model(node.model, "score", parts)
        case ("inputs", column):
            yield from ((*v.at, "inputs", column) for v in node.model.views if column in v.inputs)
            yield (*node.model.at, "features")
        case ("entity_keys", column):
            for view in node.model.views:
                if column in view.keys and view.entity is not None:
                    yield ("entities", view.entity, "key")
            yield (*node.model.at, "features")
        case ("views", view, *below) if view in graph.views:
            yield from _of_view(graph.views[view], tuple(below))
        case ("views", *_):
            yield (*node.model.at, "features")
        case ("replicas", *bound):
            yield (*node.at, "resources", "replicas", *(_RENAMED.get(b, b) for b in bound))
        case _:
            yield (*node.at, *parts)
    yield node.at


def _of_monitor(graph: Graph, name: str, parts: tuple[str, ...]) -> Iterator[Path]:
    node = graph.monitors[name]
    model = node.deployment.model
    match parts:
        case ("deployment" | "deployment_kind" | "model",):
            yield (*node.at, "watch")
        case ("task",) | ("features", *_):
            yield from _of_model(model, "monitor", parts)
        case ("window",):
            yield (*node.at, "window")
            yield (*node.at, "every")
        case ("retrain",):
            yield (*node.at, "on_alert", 0, "retrain")
            yield (*node.at, "on_alert")
        case ("performance", key):
            yield (*node.at, "performance", _RENAMED.get(key, key))
        case ("labels", "keys"):
            yield (*model.at, "features")
        case ("labels", *below):
            yield from _of_examples(graph, model.name, tuple(below))
        case _ if parts:
            yield (*node.at, *parts)
    yield node.at
