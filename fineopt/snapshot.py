"""Where a run stood when it began, to the bit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from . import random
from .tensor import Parameter

if TYPE_CHECKING:
    from .training import Trainer

__all__ = ["Start"]


class Start:
    """What a Trainer needs to go back to: copies of all that training, or a hand, may change.

    Args:
        trainer: the Trainer as it is now.
        parameters: the parameters that it records, by name.
    """

    def __init__(self, trainer: Trainer, parameters: Mapping[str, Parameter]) -> None:
        state_of_data = getattr(trainer.dataloader, "state_dict", None)
        data = state_of_data() if callable(state_of_data) else None
        if data is not None and not getattr(trainer.dataloader, "resumes", False):
            # somebody took a look at a batch: our first epoch is a new one all the same
            data = {key: data[key] for key in data if key not in ("order", "position")}
        self._data = data
        self.step_in_epoch: int = (data or {}).get("position", 0)
        self._net = trainer.net.state_dict()
        self._values = [(p, p.numpy()) for p in parameters.values()]
        self._optimizer, self._optimizer_state = trainer.optimizer, trainer.optimizer.state_dict()
        # a group's dict may get other keys (another optimizer) or parameters (a freeze panel)
        self._groups = [(g, dict(g), list(g["params"])) for g in trainer.optimizer.param_groups]
        gm = self._gm = trainer.gm
        self._attached = [(x, gm.callbacks(x)) for x in gm.attached_tensors()]
        schedule = self._schedule = trainer.schedule
        self._schedule_state = None if schedule is None else schedule.state_dict()
        self._scheduled = None if schedule is None else schedule.optimizer
        self._random = random.get_state()

    def restore(self, trainer: Trainer) -> None:
        """Take the Trainer's network, optimizer, attachments, schedule and data back."""
        trainer.net.load_state_dict(self._net)
        for p, value in self._values:
            p[...] = value
            p.grad = None
        trainer.optimizer = self._optimizer
        groups = trainer.optimizer.param_groups
        for i in reversed(range(len(groups))):  # groups that were added since
            if not any(groups[i] is group for group, _, _ in self._groups):
                del groups[i]
        for group, values, params in self._groups:
            group.clear()
            group.update(values)
            if isinstance(group["params"], list):  # the same list, with what it held then
                group["params"][:] = params
        trainer.optimizer.load_state_dict(self._optimizer_state)
        trainer.gm = self._gm
        trainer.gm.detach(trainer.gm.attached_tensors())
        for x, callbacks in self._attached:
            trainer.gm.attach(x, callbacks)
        trainer.schedule = self._schedule
        if self._schedule is not None and self._schedule_state is not None:
            assert self._scheduled is not None
            self._schedule.follow(self._scheduled)  # a swap may have led it elsewhere
            self._schedule.load_state_dict(self._schedule_state)
        random.set_state(self._random)
        if self._data is not None:
            trainer.dataloader.load_state_dict(self._data)  # type: ignore[attr-defined]
