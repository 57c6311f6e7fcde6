"""Networks of images, whose features are the pixels."""

from collections.abc import Iterator

from ...specs.diagnostic import Diagnostic
from ...specs.estimators import ESTIMATORS, check_params
from ...specs.networks import CONV_NET_NAME, ImageError, image_of
from ..graph import Graph, ModelNode

_INFO = ESTIMATORS[CONV_NET_NAME]


def check_images(graph: Graph) -> Iterator[Diagnostic]:
    """E527: the features of a ConvNet are not the image that it is to see."""
    for model in graph.models.values():
        chosen = model.section.estimator
        # Parameters of another type have been told already.
        if chosen.class_ == CONV_NET_NAME and not list(check_params(_INFO, chosen.params)):
            yield from _check(graph, model)


def _check(graph: Graph, model: ModelNode) -> Iterator[Diagnostic]:
    at = (*model.at, "estimator")
    words = [feature.reference for feature in model.features if feature.type == "string"]
    if words:
        yield Diagnostic(
            "E527",
            f"`{words[0]}` is a string, and a pixel of an image is a number",
            graph.span((*at, "class")),
            hint="leave it out, or use `onespec.torch.MLP`",
        )
        return
    try:
        image_of(model.section.estimator.params, len(model.features))
    except ImageError as error:
        path = (*at, "params", error.parameter) if error.parameter else (*at, "class")
        yield Diagnostic(
            "E527",
            str(error),
            graph.span(path),
            hint="`image` is [channels, height, width], and the features are its values, row by "
            "row, in the order in which the views declare them",
        )
