"""Functions on Tensors, with MegEngine's names."""

from typing import Any

from ..errors import unsupported_name
from . import loss, nn
from .activation import leaky_relu, logsoftmax, relu, sigmoid, softmax, tanh
from .convolution import conv2d
from .dropout import dropout
from .elementwise import abs, clip, exp, log, maximum, minimum, sqrt, where
from .linear import linear, matmul
from .normalization import batch_norm
from .pooling import avg_pool2d, max_pool2d
from .reduction import argmax, argmin, max, mean, min, prod, sum
from .shape import broadcast_to, concat, flatten, one_hot, reshape, stack, transpose

__all__ = [
    "abs",
    "argmax",
    "argmin",
    "avg_pool2d",
    "batch_norm",
    "broadcast_to",
    "clip",
    "concat",
    "conv2d",
    "dropout",
    "exp",
    "flatten",
    "leaky_relu",
    "linear",
    "log",
    "logsoftmax",
    "loss",
    "matmul",
    "max",
    "max_pool2d",
    "maximum",
    "mean",
    "min",
    "minimum",
    "nn",
    "one_hot",
    "prod",
    "relu",
    "reshape",
    "sigmoid",
    "softmax",
    "sqrt",
    "stack",
    "sum",
    "tanh",
    "transpose",
    "where",
]


def __getattr__(name: str) -> Any:
    raise unsupported_name(__name__, name, __all__)
