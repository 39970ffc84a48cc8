"""MegEngine's ``functional.nn``: the functions that layers compute."""

from __future__ import annotations

from typing import Any

from ..errors import unsupported_name
from .activation import leaky_relu, logsoftmax, relu, sigmoid, softmax, tanh
from .convolution import conv2d
from .dropout import dropout
from .linear import linear
from .loss import cross_entropy, l1_loss, square_loss
from .normalization import batch_norm
from .pooling import avg_pool2d, max_pool2d
from .shape import one_hot

__all__ = [
    "avg_pool2d",
    "batch_norm",
    "conv2d",
    "cross_entropy",
    "dropout",
    "l1_loss",
    "leaky_relu",
    "linear",
    "logsoftmax",
    "max_pool2d",
    "one_hot",
    "relu",
    "sigmoid",
    "softmax",
    "square_loss",
    "tanh",
]


def __getattr__(name: str) -> Any:
    raise unsupported_name(__name__, name, __all__)
