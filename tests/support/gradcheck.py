"""Gradients against central finite differences, in float64 and with random cotangents.

A cotangent of ones would hide a VJP that mixes up the elements of its output.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fineopt import Tensor
from fineopt.autodiff import GradManager

Array = np.ndarray
Function = Callable[..., Tensor]


def distinct(rng: np.random.RandomState, *shapes: tuple[int, ...]) -> list[Array]:
    """Values between -2 and 2, well separated from each other and from 0: no kinks or ties."""
    sizes = [int(np.prod(shape)) for shape in shapes]
    total = sum(sizes)
    numbers = (rng.permutation(total) + 0.37) * (4 / max(total, 1)) - 2
    numbers[np.abs(numbers) < 1e-3] = 2.1
    parts = np.split(numbers, np.cumsum(sizes)[:-1])
    return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]


def gradients(f: Function, arrays: list[Array], dy: Array) -> list[Array]:
    """Return the gradients of sum(f(*arrays) * dy), zeros for unused inputs."""
    xs = [Tensor(array, array.dtype) for array in arrays]
    with GradManager().attach(xs) as gm:
        gm.backward(f(*xs), Tensor(dy, dy.dtype))
    return [np.zeros(x.shape) if x.grad is None else x.grad.numpy() for x in xs]


def check_gradients(f: Function, arrays: list[Array], seed: int = 0, eps: float = 1e-6) -> None:
    """Compare each element of each gradient with a central difference."""
    value = f(*(Tensor(array, array.dtype) for array in arrays))
    dy = np.random.RandomState(seed).randn(*value.shape)
    for k, got in enumerate(gradients(f, arrays, np.asarray(dy))):
        wanted = np.zeros(arrays[k].shape)
        for i in np.ndindex(*arrays[k].shape):
            step = np.zeros(arrays[k].shape)
            step[i] = eps
            steps = [step if j == k else 0.0 for j in range(len(arrays))]
            wanted[i] = _difference(f, arrays, steps, dy) / (2 * eps)
        assert got.shape == wanted.shape
        np.testing.assert_allclose(got, wanted, rtol=1e-6, atol=1e-6, err_msg=f"input {k}")


def check_direction(f: Function, arrays: list[Array], seed: int = 0, eps: float = 1e-6) -> None:
    """Compare the slope along a random direction: all gradients for two evaluations of f."""
    rng = np.random.RandomState(seed)
    value = f(*(Tensor(array, array.dtype) for array in arrays))
    dy = np.asarray(rng.randn(*value.shape))
    steps = [np.asarray(rng.randn(*array.shape)) for array in arrays]
    found = gradients(f, arrays, dy)
    got = sum(float((g * step).sum()) for g, step in zip(found, steps, strict=True))
    wanted = _difference(f, arrays, [eps * step for step in steps], dy) / (2 * eps)
    np.testing.assert_allclose(got, wanted, rtol=1e-6, atol=1e-6)


def _difference(f: Function, arrays: list[Array], steps: list[Array | float], dy: Array) -> float:
    def at(sign: int) -> Array:
        moved = [a + sign * step for a, step in zip(arrays, steps, strict=True)]
        return f(*(Tensor(a, "float64") for a in moved)).numpy()

    return float(((at(1) - at(-1)) * dy).sum())
