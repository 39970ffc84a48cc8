"""Where a run stood when it began, to the bit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from operator import setitem
from typing import TYPE_CHECKING, Any

from .. import random
from ..atomic import Change
from ..core.autodiff import GradManager
from ..core.parameter import Parameter, check_free
from ..core.tensor import Tensor
from ..optimizer.base import Optimizer
from ..optimizer.multiple import AnyOptimizer, MultipleOptimizer

if TYPE_CHECKING:
    from .trainer import Trainer

__all__ = ["Standing", "Start", "data_state"]


class Start:
    """What a Trainer needs to go back to: copies of all that training, or a hand, may change.

    Args:
        trainer: the Trainer as it is now.
        parameters: the parameters that it records, by name.
    """

    def __init__(self, trainer: Trainer, parameters: Mapping[str, Parameter]) -> None:
        self._data = data = data_state(trainer.dataloader)
        self.step_in_epoch: int = (data or {}).get("position", 0)
        self._own = dict(trainer.net.named_parameters())
        self._buffers = {name: x.shape for name, x in trainer.net.named_buffers()}
        tensors = {id(x): x for x in (*parameters.values(), *trainer.net.buffers())}
        self._standing = Standing(tensors.values(), trainer.optimizer)
        self._optimizers = [
            (opt, opt.param_groups, list(opt.param_groups)) for opt in optimizers(trainer.optimizer)
        ]
        self._optimizer, self._optimizer_state = trainer.optimizer, trainer.optimizer.state_dict()
        # a group's dict may get other keys (another optimizer) or parameters (a freeze panel)
        self._groups = [(g, dict(g), list(g["params"])) for g in trainer.optimizer.param_groups]
        gm = self._gm = trainer.gm
        self._attached = [(x, gm.callbacks(x)) for x in gm.attached_tensors()]
        schedule = self._schedule = trainer.schedule
        self._schedule_state = None if schedule is None else schedule.state_dict()
        self._schedule_vars = {} if schedule is None else dict(vars(schedule))
        self._schedule_every = trainer.schedule_every
        self._random = random.get_state()

    def check(self, trainer: Trainer) -> None:
        """Check that there is a way back.

        Raises:
            ValueError: for a network with other parameters or buffers than at the start.
            RuntimeError: while a GradManager that uses the parameters records.
        """
        params = dict(trainer.net.named_parameters())
        other = [name for name, p in self._own.items() if params.get(name) is not p]
        other += [name for name in params if name not in self._own]
        if {name: x.shape for name, x in trainer.net.named_buffers()} != self._buffers:
            other.append("its buffers")
        if other:
            raise ValueError(
                f"the network is not the one that the Trainer was made with: {', '.join(other)} "
                "were put in, taken out or replaced. Make a new optimizer and Trainer for it"
            )
        for p in params.values():
            check_free(p, "a reset")

    def restore(self, trainer: Trainer, *, grads: bool = False) -> list[Change]:
        """Return what takes the Trainer's network, optimizer, attachments and schedule back.

        Args:
            trainer: the Trainer.
            grads: whether gradients, too, are those of then; None otherwise.
        """
        changes = self._standing.back()
        if not grads:
            changes += [partial(setattr, p, "grad", None) for p in trainer.parameters.values()]
        for opt, groups, held in self._optimizers:  # the very same lists
            changes.append(partial(setitem, groups, slice(None), held))
            changes.append(partial(setattr, opt, "param_groups", groups))
        for group, values, params in self._groups:
            changes += [partial(group.clear), partial(group.update, values)]
            if isinstance(values["params"], list):  # the same list, with what it held then
                changes.append(partial(setitem, values["params"], slice(None), params))
        gm = GradManager()
        for x, callbacks in self._attached:
            gm.attach(x, callbacks)
        changes.append(partial(vars(self._gm).update, _attached=gm._attached))
        if self._schedule is not None:  # a swap may have led it elsewhere
            changes += _refill(vars(self._schedule), self._schedule_vars)
        back: dict[str, Any] = {
            "optimizer": self._optimizer,
            "gm": self._gm,
            "schedule": self._schedule,
        }
        back["_schedule_every"] = self._schedule_every
        return [*changes, partial(vars(trainer).update, back)]

    def finish(self, trainer: Trainer) -> None:
        """Take back what only its own methods can: again and again, if need be, to the same end."""
        if self._data is not None:  # first, as the one that may fail: the rest is our own
            trainer.dataloader.load_state_dict(self._data)  # type: ignore[attr-defined]
        trainer.optimizer.load_state_dict(self._optimizer_state)
        if self._schedule is not None and self._schedule_state is not None:
            self._schedule.follow(self._schedule_vars["optimizer"])  # and so do its parts
            self._schedule.load_state_dict(self._schedule_state)
        random.set_state(self._random)


def data_state(dataloader: object) -> dict[str, Any] | None:
    """Return where the next epoch of a dataloader begins; None where it can't tell."""
    state_dict = getattr(dataloader, "state_dict", None)
    data: dict[str, Any] | None = state_dict() if callable(state_dict) else None
    if data is not None and not getattr(dataloader, "resumes", False):
        # somebody took a look at a batch: the next epoch is a new one all the same
        data = {key: data[key] for key in data if key not in ("order", "position")}
    return data


class Standing:
    """What a step may change, as it stands: arrays by reference, for they are never written to.

    Args:
        tensors: those that it may give other values or gradients.
        optimizer: what moves them.
    """

    def __init__(self, tensors: Iterable[Tensor], optimizer: AnyOptimizer) -> None:
        self._tensors = [(x, x._data, x.grad) for x in tensors]
        self._states = [(opt, opt._state) for opt in optimizers(optimizer)]
        self._dicts: list[tuple[dict[str, Any], dict[str, Any]]] = []

    def add_dicts(self, *dicts: dict[str, Any]) -> None:
        """Take note of what some dicts hold, too, such as a schedule and the groups it writes."""
        self._dicts = [(live, dict(live)) for live in dicts]

    def back(self) -> list[Change]:
        """Return what takes all of it back."""
        changes: list[Change] = []
        for x, data, grad in self._tensors:
            changes += [partial(setattr, x, "_data", data), partial(setattr, x, "grad", grad)]
        changes += [partial(setattr, opt, "_state", state) for opt, state in self._states]
        return changes + [c for live, kept in self._dicts for c in _refill(live, kept)]


def _refill(live: dict[str, Any], kept: dict[str, Any]) -> list[Change]:
    return [partial(live.clear), partial(live.update, kept)]


def optimizers(optimizer: AnyOptimizer) -> list[Optimizer]:
    """Return the optimizers in one, or itself."""
    return list(optimizer.opts) if isinstance(optimizer, MultipleOptimizer) else [optimizer]
