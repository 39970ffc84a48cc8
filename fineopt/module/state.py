"""Loading the state of a Module: validation of arrays by name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from ..atomic import Change
from ..core.parameter import check_free
from ..core.tensor import Tensor
from ..errors import BadTypeError, suggestion
from ..ops import Array

__all__ = ["loading"]


def loading(own: Mapping[str, Tensor], state: Any, strict: bool) -> list[Change]:
    """Validate a state dict and return the changes that load it, for :func:`commit`.

    See :meth:`Module.load_state_dict`.
    """
    if not isinstance(state, Mapping):
        raise BadTypeError(
            "a module's state is a dict of arrays by name, as returned by state_dict(), not a "
            f"{type(state).__name__}"
        )
    problems: list[str] = []
    arrays = {name: _array(value) for name, value in state.items()}
    new = {
        name: _cast(name, x, arrays[name], problems) for name, x in own.items() if name in arrays
    }
    if strict:
        problems += [f"  missing: {name}" for name in own if name not in arrays]
        problems += [
            f"  unexpected: {name} ({suggestion(name, own)})" for name in arrays if name not in own
        ]
    if problems:
        raise ValueError("\n".join(["the state does not match, nothing was loaded:", *problems]))
    for x in own.values():
        check_free(x, "loading a state")
    return [partial(setattr, own[name], "_data", array) for name, array in new.items()]


def _cast(name: str, x: Tensor, array: Array, problems: list[str]) -> Array:
    """Copy an array in the dtype of x, and report if that is not possible."""
    if array.dtype.kind not in "bifu":
        problems.append(f"  not numeric: {name} has dtype {array.dtype}")
    elif array.shape != x.shape:
        problems.append(
            f"  wrong shape: {name} is {x.shape} in the module and {array.shape} in the state"
        )
    else:
        with np.errstate(all="ignore"):
            new = np.array(array, x.dtype, order="C")
        if not np.array_equal(np.isfinite(new), np.isfinite(array)):
            problems.append(f"  too large: {name} has values that {x.dtype} cannot represent")
        return new
    return array


def _array(value: Any) -> Array:
    try:
        return np.asarray(value)
    except ValueError:  # ragged nested lists
        return np.empty(0, object)
