"""The names of what is handed about on this floor."""

from __future__ import annotations

from typing import Any, TypeAlias

from numpy.typing import NDArray

__all__ = ["Array", "Group", "State"]

Array: TypeAlias = NDArray[Any]
Group: TypeAlias = dict[str, Any]  # hyperparameters by name, and 'params'
State: TypeAlias = dict[str, Any]  # what is kept of one parameter: 'step', and arrays by name
