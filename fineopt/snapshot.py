"""Where a run stood when it began, to the bit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from . import random
from .optimizer.multiple import AnyOptimizer, MultipleOptimizer
from .optimizer.optimizer import Optimizer
from .optimizer.types import State
from .tensor import Parameter, check_free

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
        self._own = dict(trainer.net.named_parameters())
        self._values = [(p, p.numpy(), p.grad) for p in parameters.values()]
        self._buffers = {name: x.numpy() for name, x in trainer.net.named_buffers()}
        self._optimizer = trainer.optimizer
        self._optimizers = [
            (opt, opt.param_groups, list(opt.param_groups), _copy(opt._state))
            for opt in _optimizers(trainer.optimizer)
        ]
        # a group's dict may get other keys (another optimizer) or parameters (a freeze panel)
        self._groups = [(g, dict(g), list(g["params"])) for g in trainer.optimizer.param_groups]
        gm = self._gm = trainer.gm
        self._attached = [(x, gm.callbacks(x)) for x in gm.attached_tensors()]
        schedule = self._schedule = trainer.schedule
        self._schedule_state = None if schedule is None else schedule.state_dict()
        self._scheduled = None if schedule is None else schedule.optimizer
        self._schedule_every = trainer.schedule_every
        self._random = random.get_state()

    def restore(self, trainer: Trainer) -> None:
        """Take the Trainer's network, optimizer, attachments, schedule and data back, or nothing.

        Raises:
            ValueError: for a network with other parameters or buffers than at the start.
            Exception: what the dataloader raises.
        """
        self._check(trainer)
        now = Start(trainer, trainer.parameters)
        try:
            self._restore(trainer)
        except BaseException:
            now._restore(trainer)
            for p, _, grad in now._values:
                p.grad = grad
            raise

    def _check(self, trainer: Trainer) -> None:
        params, buffers = dict(trainer.net.named_parameters()), dict(trainer.net.named_buffers())
        other = [name for name, p in self._own.items() if params.get(name) is not p]
        other += [name for name in params if name not in self._own]
        shapes = {name: x.shape for name, x in buffers.items()}
        if shapes != {name: value.shape for name, value in self._buffers.items()}:
            other.append("its buffers")
        if other:
            raise ValueError(
                f"the network is not the one that the Trainer was made with: {', '.join(other)} "
                "were put in, taken out or replaced. Make a new optimizer and Trainer for it"
            )
        for p in params.values():
            check_free(p, "a reset")

    def _restore(self, trainer: Trainer) -> None:
        for p, value, _ in self._values:
            p[...] = value
            p.grad = None
        for name, x in trainer.net.named_buffers():
            x[...] = self._buffers[name]
        for opt, groups, held, state in self._optimizers:  # the very same lists and dicts
            opt.param_groups, groups[:] = groups, held
            opt._state = _copy(state)
        for group, values, params in self._groups:
            group.clear()
            group.update(values)
            if isinstance(group["params"], list):  # the same list, with what it held then
                group["params"][:] = params
        trainer.optimizer, trainer.gm = self._optimizer, self._gm
        trainer.gm.detach(trainer.gm.attached_tensors())
        for x, callbacks in self._attached:
            trainer.gm.attach(x, callbacks)
        trainer.schedule, trainer.schedule_every = self._schedule, self._schedule_every
        if self._schedule is not None and self._schedule_state is not None:
            assert self._scheduled is not None
            self._schedule.follow(self._scheduled)  # a swap may have led it elsewhere
            self._schedule.load_state_dict(self._schedule_state)
        random.set_state(self._random)
        if self._data is not None:
            trainer.dataloader.load_state_dict(self._data)  # type: ignore[attr-defined]


def _optimizers(optimizer: AnyOptimizer) -> list[Optimizer]:
    """Return the optimizers in one, or itself."""
    return list(optimizer.opts) if isinstance(optimizer, MultipleOptimizer) else [optimizer]


def _copy(states: dict[Parameter, State]) -> dict[Parameter, State]:
    return {
        p: {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in state.items()}
        for p, state in states.items()
    }
