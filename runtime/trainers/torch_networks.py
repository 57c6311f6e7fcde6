"""The networks of the registry as torch modules: from prepared columns to raw outputs."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from torch import nn

from ...specs.networks import image_of

Params = Mapping[str, Any]


def mlp(params: Params, width: int, outputs: int) -> nn.Sequential:
    """Fully connected layers with ReLU between them."""
    return nn.Sequential(*_dense((width, *params["hidden"]), params["dropout"], outputs))


def conv_net(params: Params, width: int, outputs: int) -> nn.Sequential:
    """Blocks of convolution (3 by 3), batch normalisation, ReLU and halving, then two dense layers.

    Raises ImageError where `width` values are not the image.
    """
    channels, height, wide = image_of(params, width)
    layers: list[nn.Module] = [nn.Unflatten(1, (channels, height, wide))]
    for before, after in pairwise((channels, *params["channels"])):
        # The normalisation has a bias of its own.
        layers += [nn.Conv2d(before, after, 3, padding=1, bias=False), nn.BatchNorm2d(after)]
        layers += [nn.ReLU(), nn.MaxPool2d(2)]
        height, wide = height // 2, wide // 2
    widths = (params["channels"][-1] * height * wide, params["hidden"])
    return nn.Sequential(*layers, nn.Flatten(), *_dense(widths, params["dropout"], outputs))


def _dense(widths: Sequence[int], dropout: float, outputs: int) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), nn.ReLU()]
        if dropout:
            layers.append(nn.Dropout(dropout))
    return [*layers, nn.Linear(widths[-1], outputs)]
