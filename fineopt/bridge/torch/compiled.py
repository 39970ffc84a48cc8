"""Notices that an optimizer's step is compiled, by `torch.compile(optimizer.step)`."""

from __future__ import annotations

import sys

__all__ = ["CompiledSteps"]


class CompiledSteps:
    """The optimizers in whose steps a graph was compiled."""

    def __init__(self) -> None:
        self.seen: set[int] = set()  # indices of optimizers
        self._graphs = 0

    def before(self) -> None:
        """Note how many graphs there are before a step."""
        self._graphs = _count()

    def after(self, k: int) -> None:
        """Note whether the step of an optimizer has compiled one."""
        if _count() > self._graphs:
            self.seen.add(k)


def _count() -> int:
    """Return the number of graphs that TorchDynamo has compiled, if it is in use at all."""
    utils = sys.modules.get("torch._dynamo.utils")
    counters = getattr(utils, "counters", None)
    return 0 if counters is None else int(counters["stats"]["unique_graphs"])
