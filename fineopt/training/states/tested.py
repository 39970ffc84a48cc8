"""The data that a run is tested on, as a snapshot holds them."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, NamedTuple

from ...data.loader import DataLoader
from ..engine import Batches
from ..feed import has_state

__all__ = ["Tested"]


class Tested(NamedTuple):
    """What the accuracy after an epoch is measured on.

    Args:
        data: yields (images, labels); None if nothing is tested.
        state: of a loader that has a ``state_dict``, such as the order in which it shuffles.
    """

    data: Batches | None
    state: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, data: Batches | None) -> Tested:
        """Capture the test data of a run between two steps."""
        if not has_state(data):
            return cls(data)
        state = data.state_dict()  # type: ignore[union-attr]
        if isinstance(data, DataLoader):  # a test begins at the first mini-batch
            return cls(data, {"sampler": copy.deepcopy(state["sampler"])})
        return cls(data, copy.deepcopy(state))

    def finish(self) -> None:
        """Restore the state of the loader; calling it again does no harm."""
        if self.data is not None and self.state is not None:
            self.data.load_state_dict(copy.deepcopy(dict(self.state)))  # type: ignore[attr-defined]

    def state_dict(self, start: Tested) -> dict[str, Any]:
        """Return which data they are, and their state; not the data themselves.

        Args:
            start: what the run was tested on when it began.
        """
        known = "none" if self.data is None else "start" if self.data is start.data else "other"
        return {"data": known, "state": self.state}

    @classmethod
    def from_state(cls, saved: Mapping[str, Any], start: Tested, now: Batches | None) -> Tested:
        """Return what was saved, as the data of this run.

        Args:
            saved: by :meth:`state_dict`.
            start: what the run was tested on when it began.
            now: what it is tested on now, which stands for other data than those.

        Raises:
            ValueError: if the data are not known here.
        """
        known, state = saved["data"], saved["state"]
        if known not in ("none", "start", "other"):
            raise ValueError(f"its test data are {known!r}")
        data = None if known == "none" else start.data if known == "start" else now
        if known == "other" and data is None:
            raise ValueError(
                "it was tested on other data than it began with: set the trainer's test_data to "
                "them first"
            )
        fits = hasattr(data, "load_state_dict") and state is not None
        if fits and isinstance(data, DataLoader):
            data.check_state(state)
        return cls(data, state if fits else None)
