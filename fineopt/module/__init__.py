"""Modules, with MegEngine's names."""

from typing import Any

from ..errors import unsupported_name
from . import init
from .activation import LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from .container import Identity, Sequential
from .convolution import Conv2d
from .dropout import Dropout
from .linear import Linear
from .module import Module
from .normalization import BatchNorm1d, BatchNorm2d
from .pooling import AvgPool2d, MaxPool2d
from .shape import Flatten

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
