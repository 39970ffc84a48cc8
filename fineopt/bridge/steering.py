"""Learning rates set by hand, which hold under any schedule until they are released.

A PyTorch scheduler computes the next lr from the group's current lr, or from a base lr, and writes
it to the group. If a group may have a scheduler, an lr set by hand is therefore in the group only
during ``optimizer.step()``: a hook writes it before the step, and another restores the scheduled lr
afterwards. Every call of ``optimizer.step()`` uses the lr set by hand, and the scheduler is
unaffected. Without a scheduler, the lr set by hand stays in the group.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

__all__ = ["Key", "Steering"]

Key = tuple[int, int]  # index of the optimizer, index of its group: dicts may be replaced


class Steering:
    """The learning rates that were set by hand.

    Args:
        optimizers: with live ``param_groups``.
        scheduled: returns whether a schedule may govern a group of an optimizer.
    """

    def __init__(
        self, optimizers: Sequence[Any], scheduled: Callable[[Any, dict[str, Any]], bool]
    ) -> None:
        self._optimizers, self._scheduled = optimizers, scheduled
        self.held: dict[Key, float] = {}
        self._theirs: dict[Key, Any] = {}  # what the group had, while ours is in its place

    def group(self, key: Key) -> dict[str, Any]:
        """Return the live dict of a group."""
        group: dict[str, Any] = self._optimizers[key[0]].param_groups[key[1]]
        return group

    def scheduled(self, key: Key) -> bool:
        """Return whether a schedule may govern a group."""
        return self._scheduled(self._optimizers[key[0]], self.group(key))

    def lr(self, key: Key) -> Any:
        """Return the lr of the group's next step, as a number or as the group's tensor."""
        return self.held[key] if key in self.held else self.group(key)["lr"]

    def hold(self, key: Key, lr: float) -> None:
        """Set an lr by hand, from the next step on."""
        group = self.group(key)
        self._separate(group)
        self.held[key] = lr
        if key in self._theirs or not self.scheduled(key):
            write_lr(group, lr)

    def _separate(self, group: dict[str, Any]) -> None:
        """Give a group a tensor of its own, if its lr is one that it shares with another."""
        lr = group["lr"]
        others = (g for o in self._optimizers for g in o.param_groups if g is not group)
        if hasattr(lr, "fill_") and any(other.get("lr") is lr for other in others):
            group["lr"] = lr.detach().clone()

    def release(self, key: Key) -> None:
        """Return a group to its schedule."""
        self.held.pop(key, None)
        if key in self._theirs:
            write_lr(self.group(key), self._theirs.pop(key))

    def before(self, k: int) -> None:
        """Write the learning rates set by hand into the groups of an optimizer."""
        for key in [key for key in self.held if key[0] == k]:
            if key[1] >= len(self._optimizers[k].param_groups):
                del self.held[key]  # the group was removed
                continue
            group = self.group(key)
            if self.scheduled(key) and key not in self._theirs:
                lr = group["lr"]
                self._theirs[key] = lr.detach().clone() if hasattr(lr, "detach") else lr
            write_lr(group, self.held[key])

    def after(self, k: int) -> None:
        """Put the learning rates of the schedules back."""
        for key in [key for key in self._theirs if key[0] == k]:
            write_lr(self.group(key), self._theirs.pop(key))

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Have the groups as a step finds them, meanwhile."""
        every = range(len(self._optimizers))
        try:
            for k in every:
                self.before(k)
            yield
        finally:
            for k in every:
                self.after(k)


def write_lr(group: dict[str, Any], lr: Any) -> None:
    """Write an lr into a group; a tensor is filled in place: references to it stay valid."""
    old = group["lr"]
    if not hasattr(old, "fill_"):
        group["lr"] = lr
    elif hasattr(lr, "detach"):
        old.detach().copy_(lr)
    else:
        old.detach().fill_(lr)


def flat_keys(optimizers: Iterable[Any]) -> list[Key]:
    """Return the key of each group, in order."""
    return [(k, i) for k, opt in enumerate(optimizers) for i in range(len(opt.param_groups))]
