"""Operations on ndarrays: each returns its value and one VJP per input."""

from ..types import VJP, Array, Op, Result
from .activation import leaky_relu, logsoftmax, relu, sigmoid, softmax, tanh
from .convolution import conv2d
from .elementwise import (
    abs,
    add,
    cast,
    clip,
    div,
    exp,
    floordiv,
    log,
    maximum,
    minimum,
    mod,
    mul,
    neg,
    pow,
    sqrt,
    sub,
    where,
)
from .linear import linear, matmul
from .loss import cross_entropy
from .normalization import batch_norm
from .pooling import avg_pool2d, max_pool2d
from .reduction import max, mean, min, prod, sum
from .shape import broadcast_to, concat, get_item, reshape, set_item, stack, transpose

__all__ = [
    "VJP",
    "Array",
    "Op",
    "Result",
    "abs",
    "add",
    "avg_pool2d",
    "batch_norm",
    "broadcast_to",
    "cast",
    "clip",
    "concat",
    "conv2d",
    "cross_entropy",
    "div",
    "exp",
    "floordiv",
    "get_item",
    "leaky_relu",
    "linear",
    "log",
    "logsoftmax",
    "matmul",
    "max",
    "max_pool2d",
    "maximum",
    "mean",
    "min",
    "minimum",
    "mod",
    "mul",
    "neg",
    "pow",
    "prod",
    "relu",
    "reshape",
    "set_item",
    "sigmoid",
    "softmax",
    "sqrt",
    "stack",
    "sub",
    "sum",
    "tanh",
    "transpose",
    "where",
]
