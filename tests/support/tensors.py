"""Values of tensors, for comparison in tests."""

from __future__ import annotations

from typing import Any

from fineopt import Tensor


def grad(x: Tensor) -> Any:
    """Return the gradient of x as nested lists, or None."""
    return None if x.grad is None else x.grad.tolist()
