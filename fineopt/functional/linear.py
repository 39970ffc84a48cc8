"""Linear transformations and matrix products."""

from __future__ import annotations

from .. import ops
from ..core.tensor import Tensor, TensorLike, apply, as_floating, as_tensor, operands
from ..errors import ShapeError

__all__ = ["linear", "matmul"]


def linear(x: TensorLike, weight: TensorLike, bias: TensorLike | None = None) -> Tensor:
    """Return x W^T + b.

    Args:
        x: (..., in).
        weight: (out, in).
        bias: (out,).

    Raises:
        ShapeError: (a ValueError) if the shapes do not match.

    >>> linear(Tensor([[1.0, 2.0]]), Tensor([[3.0, 4.0]]), Tensor([5.0]))
    Tensor([[16.]], device=cpu:0)
    """
    x, weight = as_floating(x), as_tensor(weight)
    if weight.ndim != 2 or x.ndim < 1 or x.shape[-1] != weight.shape[1]:
        raise ShapeError(
            f"linear: input of shape {x.shape} does not match weight of shape {weight.shape}: "
            f"the last axis of the input must be {weight.shape[-1]}"
        )
    if bias is None:
        return apply(ops.linear, x, weight)
    bias = as_tensor(bias)
    if bias.shape != weight.shape[:1]:
        raise ShapeError(f"linear: bias {bias.shape} does not match weight {weight.shape}")
    return apply(ops.linear, x, weight, bias)


def matmul(a: TensorLike, b: TensorLike) -> Tensor:
    """Return the matrix product ``a @ b``, in int64 for integers.

    >>> matmul(Tensor([[1.0, 2.0]]), Tensor([[3.0], [4.0]]))
    Tensor([[11.]], device=cpu:0)
    """
    return apply(ops.matmul, *operands(a, b))
