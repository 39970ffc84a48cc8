"""Floor 3: modules, with MegEngine's names."""

from typing import Any

from ..errors import unsupported_name
from . import init
from .layers import Conv2d, Linear
from .module import Module
from .normalization import BatchNorm1d, BatchNorm2d
from .stateless import (
    AvgPool2d,
    Dropout,
    Flatten,
    Identity,
    LeakyReLU,
    MaxPool2d,
    ReLU,
    Sequential,
    Sigmoid,
    Softmax,
    Tanh,
)

__all__ = [
    "AvgPool2d",
    "BatchNorm1d",
    "BatchNorm2d",
    "Conv2d",
    "Dropout",
    "Flatten",
    "Identity",
    "LeakyReLU",
    "Linear",
    "MaxPool2d",
    "Module",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "Tanh",
    "init",
]


def __getattr__(name: str) -> Any:
    raise unsupported_name(__name__, name, __all__)
