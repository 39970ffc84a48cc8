"""Shared type aliases.

An operation takes ndarrays and returns a value and one VJP per input:
``value, *vjps = op(*arrays, **options)``. A VJP takes the gradient of the value and returns the
gradient of its input: the vector-Jacobian product. Its closure holds arrays only. Broadcasting is
not undone here but once, in the tape; an operation with no VJP is one without a gradient.
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
Pair: TypeAlias = tuple[int, int]  # of height and width
Group: TypeAlias = dict[str, Any]  # hyperparameters by name, and 'params'
State: TypeAlias = dict[str, Any]  # what is kept of one parameter: 'step', and arrays by name
