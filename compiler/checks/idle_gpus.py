"""GPUs that would be held, and not used."""

from collections.abc import Iterator

from ...specs.diagnostic import Diagnostic
from ...specs.estimators import estimator
from ..graph import Graph


def check_idle_gpus(graph: Graph) -> Iterator[Diagnostic]:
    """W528: what asks for it computes on the CPU, or on one GPU of several."""
    asking = [(m, m.at, m.section.resources.gpu, False) for m in graph.models.values()]
    asking += [
        (d.model, d.at, d.section.resources.gpu, d.section.online is not None)
        for d in graph.deployments.values()
    ]
    for model, at, gpu, online in asking:
        name = model.section.estimator.class_
        info = estimator(name)
        if info is None or not gpu:
            continue
        if online:
            why, hint = "an endpoint answers on the CPU", "remove it"
        elif info.family != "torch":
            why, hint = f"`{name}` computes on the CPU alone", "remove it, or use a network"
        elif gpu >= 2:
            why, hint = f"`{name}` computes on one", "ask for 1"
        else:
            continue
        place = (*at, "resources", "gpu")
        message = f"{gpu:g} GPU{'' if gpu <= 1 else 's'} would be held, and {why}"
        yield Diagnostic("W528", message, graph.span(place), severity="warning", hint=hint)
