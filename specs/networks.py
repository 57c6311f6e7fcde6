"""The parameters of our own neural networks, trained by torch."""

from collections.abc import Mapping, Sequence
from math import isqrt, prod
from typing import Any

from .parameters import Null, Numbers, ParamInfo, count, real

CONV_NET_NAME = "onespec.torch.ConvNet"

_TRAINING = (
    ParamInfo("epochs", 50, (count(1, 10_000),)),
    ParamInfo("patience", 10, (count(1), Null())),
    ParamInfo("batch_size", 128, (count(1, 1 << 20),)),
    ParamInfo("learning_rate", 0.001, (real(0, 10, ends="(]"),)),
    ParamInfo("weight_decay", 0.0, (real(0, 10),)),
    ParamInfo("dropout", 0.0, (real(0, 1, ends="[)"),)),
)
MLP = (
    ParamInfo("hidden", (64, 32), (Numbers(count(1, 1 << 16), 1, 16, "widths"),)),
    *_TRAINING,
)
CONV_NET = (
    ParamInfo("image", None, (Numbers(count(1, 1 << 16), 3, 3, "sizes"), Null())),
    ParamInfo("channels", (16, 32), (Numbers(count(1, 1 << 14), 1, 16, "widths"),)),
    ParamInfo("hidden", 64, (count(1, 1 << 16),)),
    *_TRAINING,
)


class ImageError(ValueError):
    """The features are not the pixels of the image that the parameters speak of. `parameter` is
    the one to blame, or empty."""

    def __init__(self, message: str, parameter: str) -> None:
        super().__init__(message)
        self.parameter = parameter


def image_of(params: Mapping[str, Any], features: int) -> tuple[int, int, int]:
    """Channels, height and width of a ConvNet's image, whose values are the features in order.

    Left out, it is a square in one channel. Raises ImageError.
    """
    given: Sequence[int] | None = params.get("image")
    side = isqrt(features)
    if given is None and side * side != features:
        raise ImageError(f"{features} features are no square image; say its `image`", "")
    channels, height, width = (1, side, side) if given is None else given
    if channels * height * width != features:
        shown = " by ".join(map(str, (channels, height, width)))
        count = prod((channels, height, width))
        raise ImageError(
            f"an image of {shown} is {count} features, and the model has {features}", "image"
        )
    blocks = len(params.get("channels", CONV_NET[1].default))
    if min(height, width) >> blocks == 0:
        raise ImageError(
            f"each of `channels` halves the image, and {height} by {width} cannot be halved "
            f"{blocks} times",
            "channels" if "channels" in params else "",
        )
    return channels, height, width
