"""Snapshots from saved states: the live objects they belong to are found, or made."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...core.tensor import Tensor
from ...optimizer.base import Optimizer
from ...optimizer.matching import match
from ...optimizer.multiple import AnyOptimizer, MultipleOptimizer
from ...optimizer.schedules.base import LRScheduler
from ...recorder import Record
from ...types import Array, Group
from ..description import description, differences
from ..engine import Batches
from ..recording import Recorded
from .kept import keeper
from .native import NativeState
from .optimizer import OptimizerState, attributes_in, is_own
from .schedule import ScheduleState
from .snapshot import Snapshot
from .streams import check_streams
from .tested import Tested

__all__ = ["Rebuilding"]


class Rebuilding:
    """Makes snapshots of a run from saved states.

    The objects of the run's start are used again: its optimizers, its groups, its schedule. Those
    that came later, by a swap or with a group, are made anew, once for all snapshots.

    Args:
        start: the first snapshot of the run.
        test_data: what the run is tested on now.
    """

    def __init__(self, start: Snapshot, test_data: Batches | None = None) -> None:
        engine = start.engine
        assert isinstance(engine, NativeState)
        self._start, self._engine, self._test_data = start, engine, test_data
        self._groups: dict[int, Group] = dict(enumerate(start.groups))
        numbers = {id(group): number for number, group in self._groups.items()}
        self._lists = {numbers[id(g)]: values["params"] for g, values, _ in engine.groups}
        self._optimizers: dict[Any, Optimizer] = {}
        for state in engine.optimizers:
            first = numbers[id(state.groups[0])] if state.groups else None
            self._optimizers[type(state.optimizer), first] = state.optimizer
        self._live = {id(state.optimizer): state.live for state in engine.optimizers}
        self._combined: dict[Any, MultipleOptimizer] = {}
        if isinstance(engine.optimizer, MultipleOptimizer):
            self._combined[tuple(map(id, engine.optimizer.opts))] = engine.optimizer
        self._schedules: dict[Any, LRScheduler] = {}

    def snapshot(self, saved: Mapping[str, Any]) -> Snapshot:
        """Return a snapshot with a saved state; nothing of the run is changed.

        Raises:
            Exception: of any kind if the state is damaged, or of another run.
        """
        start = self._start
        here = description(self._engine.state_dict(start.groups), start.schedule)
        if wrong := differences(saved["start"], here):
            raise ValueError("; ".join(wrong))
        start.check()
        engine = self._engine_state(saved)
        schedule = self._schedule_state(saved, engine.optimizer)
        check_streams(saved["random"])
        tested = Tested.from_state(saved["tested"], start.tested, self._test_data)
        step, data = operator.index(saved["step_in_epoch"]), saved["data"]
        start.feed.check(data, step)
        return Snapshot(
            engine,
            start.feed,
            data,
            step,
            start.recorder,
            self._recorded(saved["record"]),
            schedule,
            saved["random"],
            tested,
        )

    # ---- the network ----

    def _engine_state(self, saved: Mapping[str, Any]) -> NativeState:
        own = self._engine
        optimizers = [
            self._optimizer_state(form, state)
            for form, state in zip(saved["groups"], _inner(saved), strict=True)
        ]
        optimizer = self._optimizer([state.optimizer for state in optimizers], saved)
        values = {name: (x, a) for name, (x, a) in _same(own.values, saved["parameters"]).items()}
        buffers = _same(own.buffers, saved["buffers"])
        tensors = {name: x for name, (x, _) in {**own.values, **own.buffers}.items()}
        calls = {id(x): callbacks for x, callbacks in own.attached}
        attached = [tensors[name] for name in saved["gm"]["attached"]]
        detached = {
            name: calls[id(x)]
            for name, x in tensors.items()
            if calls.get(id(x)) and all(x is not other for other in attached)
        }
        if len(saved["modules"]) != len(own.modules):
            raise ValueError(f"it has {len(saved['modules'])} layers, not {len(own.modules)}")
        modules = []
        for (module, attributes), new in zip(own.modules, saved["modules"], strict=True):
            if attributes_in(new) != new or not {"training"} <= new.keys() <= vars(module).keys():
                raise ValueError(
                    f"the settings {new} do not fit {module!r}, which has {attributes}"
                )
            modules.append((module, dict(new)))
        func = saved["train_func"]
        fits = func["attributes"].keys() <= getattr(keeper(own.train_func), "__dict__", {}).keys()
        if (func["state"] is None) != (own.func_state is None) or not fits:
            raise ValueError("its train_func is another one")
        return NativeState(
            host=own.host,
            optimizer=optimizer,
            gm=own.gm,
            train_func=own.train_func,
            own=own.own,
            values=values,
            buffers=buffers,
            grads={
                name: (tensors[name], _gradient(tensors[name], grad))
                for name, grad in saved["grads"].items()
            },
            optimizers=optimizers,
            groups=[
                (group, {**values, "params": self._lists[self._number(group)]}, values["params"])
                for state in optimizers
                for group, values in zip(state.groups, state.values, strict=True)
            ],
            modules=modules,
            attached=[(x, list(calls.get(id(x), []))) for x in attached],
            detached=detached,
            func_state=func["state"],
            func_attributes=attributes_in(func["attributes"]),
        )

    # ---- optimizers ----

    def group(self, number: Any) -> Group:
        """Return the live group of a number."""
        number = operator.index(number)
        if not 0 <= number < 10_000:
            raise ValueError(f"a param group has the number {number}")
        self._lists.setdefault(number, [])
        return self._groups.setdefault(number, {})

    def _number(self, group: Group) -> int:
        return next(number for number, other in self._groups.items() if other is group)

    def _optimizer_state(self, form: Mapping[str, Any], saved: Mapping[str, Any]) -> OptimizerState:
        kind = _subclass(Optimizer, form["class"])
        parameters = self._engine.values
        numbers = [operator.index(group["number"]) for group in form["groups"]]
        lists = [[parameters[name][0] for name in group["params"]] for group in form["groups"]]
        probe = _made(kind, form)
        both = zip(saved["param_groups"], lists, strict=True)
        probe.param_groups = [{**group, "params": params} for group, params in both]
        values, states = match(probe, saved)
        optimizer = self._optimizers.setdefault(
            (kind, numbers[0] if numbers else None), _made(kind, form)
        )
        return OptimizerState(
            optimizer,
            self._live.setdefault(id(optimizer), optimizer.param_groups),
            [self.group(number) for number in numbers],
            values,
            states,
            attributes_in(form["attributes"]),
            saved if is_own(optimizer) else None,
        )

    def _optimizer(self, opts: Sequence[Optimizer], saved: Mapping[str, Any]) -> AnyOptimizer:
        if "optimizers" not in saved["optimizer"]:
            return opts[0]
        key = tuple(map(id, opts))
        if key not in self._combined:
            self._combined[key] = MultipleOptimizer.__new__(MultipleOptimizer)
            self._combined[key].opts = tuple(opts)
        return self._combined[key]

    # ---- the schedule and the record ----

    def _schedule_state(self, saved: Mapping[str, Any], optimizer: AnyOptimizer) -> ScheduleState:
        form, every = saved["schedule"], saved["schedule_every"]
        if every not in ("epoch", "step"):
            raise ValueError(f"its schedule is stepped every {every!r}")
        if form is None:
            return ScheduleState(None, every, None, {})
        start = self._start.schedule if form["known"] else None
        schedule = self._schedule(form, optimizer, start, (0,))
        probe = self._schedule(form, optimizer, start, None)
        probe._take(form["state"])
        attributes = {**vars(probe)}
        if "schedulers" in attributes:
            attributes["schedulers"] = vars(schedule)["schedulers"]
        return ScheduleState(schedule, every, form["state"], attributes)

    def _schedule(
        self,
        form: Mapping[str, Any],
        optimizer: AnyOptimizer,
        start: LRScheduler | None,
        path: tuple[int, ...] | None,
    ) -> LRScheduler:
        """Return a schedule; without a path one to try a state on."""
        kind = _subclass(LRScheduler, form["class"])
        if start is not None and type(start) is not kind:
            raise ValueError(f"its schedule is a {form['class']}, not a {type(start).__name__}")
        key = form["class"], form["known"], path
        if path is not None and (start is not None or key in self._schedules):
            return start or self._schedules[key]
        schedule: Any = object.__new__(kind)
        known = {} if start is None else vars(start)
        inner = known.get("schedulers") or [None] * len(form["parts"])
        parts = [
            self._schedule(part, optimizer, own, None if path is None else (*path, i))
            for i, (part, own) in enumerate(zip(form["parts"], inner, strict=True))
        ]
        only = form["only"]
        vars(schedule).update(known)
        vars(schedule).update(
            optimizer=optimizer,
            _only=None if only is None else [self.group(number) for number in only],
            _claimed=[self.group(number) for number in form["claimed"]],
            **({"schedulers": parts, "milestones": ()} if parts else {}),
        )
        if parts and path is None:
            schedule.milestones = tuple(range(len(parts) - 1))
        if path is not None:
            self._schedules[key] = schedule
        return schedule  # type: ignore[no-any-return]

    def _recorded(self, state: Mapping[str, Any]) -> Recorded:
        own = self._start.recorder.record
        header = state["header"]
        if list(header["parameters"]) != list(own.parameters):
            raise ValueError(f"its record is of {list(header['parameters'])}")
        Record(header["parameters"], header["groups"]).load_state_dict(state)  # which validates it
        groups = [self.group(number) for number in range(len(header["groups"]))]
        return Recorded(dict(state), groups, own)


def _inner(saved: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    state = saved["optimizer"]
    return list(state.get("optimizers", [state]))


def _made(kind: type[Optimizer], form: Mapping[str, Any]) -> Optimizer:
    """Return an optimizer without groups, whose attributes a restoration sets."""
    made: Optimizer = kind.__new__(kind)
    attributes = attributes_in(form["attributes"])
    defaults = attributes_in(form["defaults"])
    vars(made).update(attributes, _defaults=defaults, _state={}, _scratch={}, param_groups=[])
    return made


def _subclass(base: type[Any], name: str) -> type[Any]:
    """Return the class of a name among those that are defined here; of several the last."""
    found, ahead = None, [base]
    while ahead:
        kind = ahead.pop(0)
        found = kind if kind.__name__ == name else found
        ahead += kind.__subclasses__()
    if found is None:
        raise ValueError(f"it uses {name!r}, a class that is not defined here")
    return found


def _same(
    own: Mapping[str, tuple[Tensor, Array]], saved: Mapping[str, Array]
) -> dict[str, tuple[Tensor, Array]]:
    """Pair tensors with saved arrays, which must be of the same names, shapes and dtypes."""
    if list(own) != list(saved):
        raise ValueError(f"it has values of {list(saved)}, not of {list(own)}")
    for name, (x, _) in own.items():
        array = saved[name]
        if not isinstance(array, np.ndarray) or (array.shape, array.dtype) != (x.shape, x.dtype):
            raise ValueError(f"the values of {name} do not fit")
    return {name: (x, np.ascontiguousarray(saved[name])) for name, (x, _) in own.items()}


def _gradient(x: Tensor, grad: Array) -> Tensor:
    if grad.shape != x.shape or grad.dtype != x.dtype:
        raise ValueError("a gradient does not fit its parameter")
    return Tensor(grad, grad.dtype)
