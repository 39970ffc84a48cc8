"""The states of PyTorch optimizers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch

from ...optimizer_copy import KNOWN, OptimizerCopy
from .values import COPIER

__all__ = ["TorchOptimizerCopy", "extra_attributes"]

USUAL = ("_optimizer_", "_warned", "_zero_grad", "_need", "_params")  # private ones of PyTorch


class TorchOptimizerCopy(OptimizerCopy):
    """A copy of a torch.optim optimizer's groups, states and plain attributes."""

    copier = COPIER

    @classmethod
    def is_tensor(cls, value: Any) -> bool:
        """Return whether a value is a tensor, and no parameter."""
        return isinstance(value, torch.Tensor) and not isinstance(value, torch.nn.Parameter)


def extra_attributes(optimizers: Sequence[Any], is_own: Callable[[type], bool]) -> Iterator[str]:
    """Yield what optimizers of other people's classes keep where it is not captured."""
    kinds = (torch.Tensor, torch.Generator, list, dict, set)
    for opt in optimizers:
        captured = KNOWN | set(dict(TorchOptimizerCopy.plain_attributes(opt)))
        for name, value in vars(opt).items():
            told = name in captured or name.startswith(USUAL) or is_own(type(opt))
            if isinstance(value, kinds) and not told:
                yield f"{type(opt).__name__}.{name}"
