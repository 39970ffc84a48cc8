"""The mini-batches of a run, epoch by epoch."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sized
from functools import partial
from itertools import islice
from typing import Any

from ..atomic import Change
from ..data.loader import DataLoader, Epoch
from ..types import Array
from .engine import Batches

__all__ = ["Feed", "has_state"]


class Feed:
    """Draws the mini-batches of a dataloader and knows where in its epoch the run is.

    Args:
        dataloader: yields (images, labels); one pass is an epoch.

    Raises:
        ValueError: if its length is 0.
    """

    def __init__(self, dataloader: Batches) -> None:
        self.dataloader = dataloader
        self.steps_per_epoch = len(dataloader) if isinstance(dataloader, Sized) else None
        if self.steps_per_epoch == 0:
            raise ValueError(_NO_BATCHES)
        self.step_in_epoch = 0
        self.running: Batches | None = None  # the dataloader of the present epoch, once begun
        self._batches: Iterator[tuple[Array, Array]] | None = None
        self._drawn: list[tuple[Array, Array]] = []  # but not trained on yet

    @property
    def source(self) -> Batches:
        """Where the next mini-batch comes from: until an epoch ends, what it began with."""
        return self.dataloader if self.running is None else self.running

    @property
    def is_fixed(self) -> bool:
        """Whether the dataloader is a list of mini-batches, the same in each epoch."""
        return isinstance(self.source, list | tuple)

    @property
    def current(self) -> tuple[Array, Array]:
        """The mini-batch that was drawn and not yet trained on."""
        return self._drawn[0]

    @property
    def is_last(self) -> bool:
        """Whether the current mini-batch is the last of its epoch."""
        if self.steps_per_epoch is None:
            return len(self._drawn) < 2
        return self.step_in_epoch + 1 >= self.steps_per_epoch

    def draw(self, begin: Callable[[], object], under_way: Callable[[], bool]) -> bool:
        """Draw the next mini-batch, unless one is drawn; return False at the end of the epoch.

        Two are drawn from a loader without a length, to know which is the last.

        Args:
            begin: called before an epoch begins.
            under_way: returns whether the epoch has steps already.

        Raises:
            ValueError: if the dataloader yields nothing.
        """
        wanted = 2 if self.steps_per_epoch is None else 1
        for _ in range(2):  # a loader whose state was loaded may be at the end of an epoch
            batches = self._batches
            if batches is None:
                begin()
                batches = self._begin()
            if isinstance(batches, Epoch):  # an interrupt may have lost one
                batches.position = self.step_in_epoch + len(self._drawn)
            self._drawn.extend(islice(batches, wanted - len(self._drawn)))
            if self._drawn:
                return True
            if under_way():
                return False
            vars(self).update(_batches=None, running=None, step_in_epoch=0)
        raise ValueError(_NO_BATCHES)

    def _begin(self) -> Iterator[tuple[Array, Array]]:
        """Begin an epoch; if this is interrupted, the next call draws the same order."""
        before = self.state()
        try:
            source = self.source
            batches = iter(source)
            if self.step_in_epoch and self.is_fixed:
                batches = islice(batches, self.step_in_epoch, None)
            at = batches.position if isinstance(batches, Epoch) else self.step_in_epoch
            vars(self).update(_batches=batches, running=source, step_in_epoch=at)
        except BaseException:
            if before is not None and self._batches is None:
                self.load(before)
            raise
        return batches

    # ---- changes ----

    def advancing(self, *, ends: bool) -> Change:
        """Return the change that leaves the current mini-batch behind, and its epoch if it ends."""
        if ends:
            return self.restarting()
        now = {"_drawn": self._drawn[1:], "step_in_epoch": self.step_in_epoch + 1}
        return partial(vars(self).update, now)

    def restarting(self, step: int = 0, **attributes: Any) -> Change:
        """Return the change after which the next draw begins an epoch, or goes on at a step.

        Args:
            step: of the epoch.
            attributes: to set as well, such as a former dataloader.
        """
        now: dict[str, Any] = {
            "_batches": None,
            "running": None,
            "_drawn": [],
            "step_in_epoch": step,
        }
        return partial(vars(self).update, now | attributes)

    # ---- the loader's state ----

    def state(self) -> dict[str, Any] | None:
        """Return the dataloader's state; None if it has no ``state_dict``.

        In the middle of an epoch the state is that of the next step, and otherwise that of the next
        epoch: a batch that somebody only looked at begins no epoch of the run.
        """
        if self.is_fixed:
            return {"position": self.step_in_epoch}
        if not has_state(self.source):
            return None
        state: dict[str, Any] = self.source.state_dict()  # type: ignore[attr-defined]
        if not isinstance(self.source, DataLoader):
            state = copy.deepcopy(state)  # one's own may be live
        if self._batches is not None and "position" in state:
            return {**state, "position": self.step_in_epoch}  # others may be drawn already
        if not getattr(self.source, "resumes", False):
            state = {key: state[key] for key in state if key not in ("order", "position")}
        return state

    def next_state(self) -> dict[str, Any] | None:
        """Return the state of a dataloader that replaces the present one at the epoch's end."""
        loader = self.dataloader
        if loader is self.source or not hasattr(loader, "state_dict"):
            return None
        state = copy.deepcopy(loader.state_dict())
        return {key: state[key] for key in state if key not in ("order", "position")}

    def check(self, state: Any, step: int) -> None:
        """Check a saved state of the dataloader, as far as that is possible without loading it.

        Raises:
            ValueError: if it is of other data, or damaged.
        """
        length = self.steps_per_epoch
        if step < 0 or (length is not None and step > length):
            raise ValueError(f"it is at step {step} of an epoch of {length} steps")
        if (state is None) != (self.state() is None):
            there, here = ("no", "a") if state is None else ("a", "no")
            raise ValueError(f"it has {there} state of the data, the dataloader here {here} state")
        if self.is_fixed and dict(state) != {"position": step}:
            raise ValueError(f"it has another state of the data: {state!r}")
        if isinstance(self.source, DataLoader):
            self.source.check_state(state)

    def load(self, state: dict[str, Any]) -> None:
        """Restore a state of the dataloader."""
        if not self.is_fixed:
            own = isinstance(self.source, DataLoader)
            self.source.load_state_dict(state if own else copy.deepcopy(state))  # type: ignore[attr-defined]


def has_state(loader: object) -> bool:
    """Return whether a loader can say where it is, and be taken there again."""
    state_dict = getattr(loader, "state_dict", None)
    return callable(state_dict) and hasattr(loader, "load_state_dict")


_NO_BATCHES = (
    "the dataloader yields no mini-batches: are there fewer items than batch_size, or is it an "
    "iterator that is exhausted?"
)
