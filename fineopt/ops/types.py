"""The one form of an operation: ndarrays in; out, a value and one VJP per input.

``value, *vjps = op(*arrays, **options)``. A VJP takes the gradient of the value and returns the
gradient of its input: the vector-Jacobian product. Its closure holds arrays only. Broadcasting is
not undone here but once, in the tape; an operation with no VJP is one without a gradient.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray

__all__ = ["VJP", "Array", "Op", "Pair", "Result"]

Array = NDArray[Any]
VJP = Callable[[Array], Array]
Result = tuple[Any, ...]  # (value, vjp of input 0, vjp of input 1, ...)
Op = Callable[..., Result]
Pair = tuple[int, int]  # of height and width
