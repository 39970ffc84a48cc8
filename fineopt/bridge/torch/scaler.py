"""Gradients as mixed precision will use them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

__all__ = ["unscaled"]


@contextmanager
def unscaled(optimizers: Sequence[Any], scaler: Any) -> Iterator[None]:
    """Have the gradients without the scale of mixed precision, meanwhile.

    Args:
        optimizers: whose parameters' gradients may be scaled.
        scaler: a GradScaler, or None. Where its ``unscale_`` was called, nothing is left to do.
    """
    scale = getattr(scaler, "_scale", None)
    scaled = [] if scale is None else [opt for opt in optimizers if _is_scaled(scaler, opt)]
    grads = [
        (opt, p, p.grad)
        for opt in scaled
        for group in opt.param_groups
        for p in group["params"]
        if p.grad is not None
    ]
    try:
        for opt, p, grad in grads:
            p.grad = _divided(grad, scale, getattr(opt, "_step_supports_amp_scaling", False))
        yield
    finally:
        for _, p, grad in grads:
            p.grad = grad


def _is_scaled(scaler: Any, optimizer: Any) -> bool:
    state = getattr(scaler, "_per_optimizer_states", {}).get(id(optimizer))
    return state is None or getattr(state.get("stage"), "name", "") == "READY"


def _divided(grad: torch.Tensor, scale: Any, is_fused: bool) -> torch.Tensor:
    """Divide as the fused step does, or as ``unscale_`` does."""
    with torch.no_grad():
        if is_fused:
            return grad / scale.to(grad.device, grad.dtype)
        return grad * float(scale.double().reciprocal().float())
