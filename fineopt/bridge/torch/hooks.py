"""Hooks of a PyTorch optimizer, registered and removed without a trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

__all__ = ["Hooks", "unwrapped"]

Before = Callable[[Any, tuple[Any, ...], dict[str, Any]], Any]
After = Callable[[Any, tuple[Any, ...], dict[str, Any]], None]


def unwrapped(optimizer: Any) -> Any:
    """Return the optimizer inside a wrapper, such as Accelerate's or Lightning's, or itself."""
    inner = getattr(optimizer, "optimizer", None)
    while isinstance(inner, torch.optim.Optimizer) and inner is not optimizer:
        optimizer, inner = inner, getattr(inner, "optimizer", None)
    return optimizer


class Hooks:
    """Calls functions before and after each step of an optimizer.

    An optimizer that skipped ``super().__init__`` gets the dicts of hooks that it lacks, as one
    that is unpickled does; `remove` takes them away again.

    Args:
        optimizer: of torch.optim, or a subclass.
        before: called as a step pre-hook; may return other arguments for the step.
        after: called as a step post-hook.
    """

    def __init__(self, optimizer: Any, before: Before, after: After) -> None:
        known = set(vars(optimizer))
        if "_optimizer_step_pre_hooks" not in known:
            if "defaults" not in known:
                optimizer.defaults = {}
            torch.optim.Optimizer.__setstate__(optimizer, {})
        self._optimizer, self._made = optimizer, set(vars(optimizer)) - known
        disable: Any = torch.compiler.disable  # else a compiled step would trace them
        self._handles = [
            optimizer.register_step_pre_hook(disable(before)),
            optimizer.register_step_post_hook(disable(after)),
        ]

    def remove(self) -> None:
        """Remove the hooks, and what was made for them."""
        for handle in self._handles:
            handle.remove()
        for name in self._made:
            vars(self._optimizer).pop(name, None)
        self._handles, self._made = [], set()
