"""Shared type aliases.

An operation takes ndarrays and returns its value and one VJP per input:
``value, *vjps = op(*arrays, **options)``. A VJP (vector-Jacobian product) maps the gradient of the
value to the gradient of its input. Its closure contains arrays only. The tape undoes broadcasting,
not the VJP. An operation without VJPs has no gradient.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from numpy.typing import NDArray

__all__ = ["VJP", "Array", "Group", "Op", "Pair", "Result", "State"]

Array: TypeAlias = NDArray[Any]
VJP: TypeAlias = Callable[[Array], Array]
Result: TypeAlias = tuple[Any, ...]  # (value, vjp of input 0, vjp of input 1, ...)
Op: TypeAlias = Callable[..., Result]
Pair: TypeAlias = tuple[int, int]  # height, width
Group: TypeAlias = dict[str, Any]  # hyperparameters by name, and 'params'
State: TypeAlias = dict[
    str, Any
]  # the optimizer state of one parameter: 'step', and arrays by name
