"""Any sequence of steps, changes and moves: the run is as one made from scratch, to the bit."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import fineopt
from fineopt.optimizer import SGD, Adam, RMSprop
from fineopt.timeline import Moment, Timeline
from fineopt.training import Trainer

from .test_exactness import RUNS, STEPS, add_group, all_of

Log = tuple[tuple[str, int], ...]
MAKE = RUNS["everything"]
RULES = (SGD, Adam, RMSprop)


def toggle(trainer: Trainer, number: int) -> None:
    """Freeze a parameter, or let it learn again; one always learns."""
    names = list(trainer.parameters)
    name, attached = names[number % len(names)], trainer.engine.attached()
    if name not in attached:
        trainer.engine.attach(name)
    elif len(attached) > 1:
        trainer.engine.detach(name)


def swap(trainer: Trainer, number: int) -> None:
    """Move a group by another rule."""
    groups = trainer.optimizer.param_groups
    trainer.swap_optimizer(number % len(groups), RULES[number % len(RULES)], lr=0.01)


def add(trainer: Trainer, number: int) -> None:
    """Put a parameter of the last group into a new one."""
    opts = getattr(trainer.optimizer, "opts", [trainer.optimizer])
    if len(opts[-1].param_groups[-1]["params"]) > 1:
        add_group(trainer)


def set_lr(trainer: Trainer, number: int) -> None:
    """Change a learning rate by hand."""
    groups = trainer.optimizer.param_groups
    groups[number % len(groups)]["lr"] = 0.01 * (1 + number)


CHANGES: dict[str, Callable[[Trainer, int], None]] = {
    "freeze": toggle, "swap": swap, "add group": add, "lr": set_lr,
}  # fmt: skip


def perform(trainer: Trainer, log: Log) -> None:
    for action, number in log:
        if action == "step":
            trainer.step()
        else:
            CHANGES[action](trainer, number)


def state_of(trainer: Trainer) -> Any:
    return all_of(trainer), frozenset(trainer.engine.attached())


def seeded() -> Trainer:
    fineopt.random.seed(3)
    np.random.seed(3)
    return MAKE()


@cache
def from_scratch(log: Log) -> Any:
    """Return everything of a new run on which the same was done, without a timeline."""
    streams = fineopt.random.get_state(), np.random.get_state()
    try:
        trainer = seeded()
        perform(trainer, log)
        return state_of(trainer)
    finally:
        fineopt.random.set_state(streams[0])
        np.random.set_state(streams[1])


class Sequences(RuleBasedStateMachine):
    """A timeline beside the list of what led to each moment and each branch's newest state."""

    @initialize(keep=st.sampled_from([1, 4, 50]), every=st.sampled_from([1, 2]))
    def begin(self, keep: int, every: int) -> None:
        self.timeline = Timeline(seeded(), every=every, keep=keep)
        self.log: Log = ()
        self.newest: dict[str, Log] = {"main": ()}
        self.led: dict[Moment, Log] = {}
        self.asked: list[Moment] = []
        self.note()

    @property
    def name(self) -> str:
        return self.timeline.current.name

    def note(self) -> None:
        """Note what led to moments that are new."""
        for moment in self.timeline.moments:
            if moment not in self.led:
                taken = self.log
                if moment.kind == "epoch":  # before what was changed since
                    ends = [i for i, (action, _) in enumerate(taken) if action == "step"]
                    taken = taken[: ends[moment.steps - 1] + 1]
                self.led[moment] = taken

    def went(self, log: Log) -> None:
        self.note()
        self.log = log
        newest = self.led[self.timeline.current.moments[-1]]
        assert newest in (self.newest.get(self.name), log)
        self.newest[self.name] = newest
        self.same()

    def same(self) -> None:
        assert state_of(self.timeline.trainer) == from_scratch(self.log)

    # ---- training ----

    @rule(steps=st.sampled_from([1, 2, STEPS, STEPS + 1]))
    def train(self, steps: int) -> None:
        for _ in range(steps):
            self.timeline.trainer.step()
            self.log += (("step", 0),)
        self.newest[self.name] = self.log
        self.note()

    @rule(change=st.sampled_from(sorted(CHANGES)), number=st.integers(0, 5))
    def change(self, change: str, number: int) -> None:
        ahead, trainer = self.newest[self.name] != self.log, self.timeline.trainer
        was = state_of(trainer)
        CHANGES[change](trainer, number)
        if state_of(trainer) == was:
            return
        self.log += ((change, number),)
        if not ahead:
            self.newest[self.name] = self.log

    # ---- moving ----

    @rule()
    def snapshot(self) -> None:
        moment = self.timeline.snapshot()
        self.note()
        assert self.led[moment] == self.log
        self.asked.append(moment)

    @precondition(lambda self: self.asked)
    @rule(number=st.integers(0, 9))
    def rewind(self, number: int) -> None:
        moment = self.asked[number % len(self.asked)]
        self.timeline.rewind(moment)
        self.went(self.led[moment])

    @rule(number=st.integers(0, 9))
    def rewind_to_an_epoch(self, number: int) -> None:
        epochs = self.timeline.current.epochs
        moment = self.timeline.rewind(epoch=epochs[number % len(epochs)])
        self.went(self.led[moment])

    @precondition(lambda self: len(self.newest) < 4)
    @rule()
    def branch(self) -> None:
        log, name = self.log, str(len(self.newest))
        assert self.timeline.branch(name).name == name
        self.went(log)
        assert self.newest[name] == log

    @precondition(lambda self: self.asked and len(self.newest) < 4)
    @rule(number=st.integers(0, 9))
    def branch_at(self, number: int) -> None:
        moment, name = self.asked[number % len(self.asked)], str(len(self.newest))
        self.timeline.branch(name, at=moment)
        self.went(self.led[moment])

    @rule(number=st.integers(0, 3))
    def switch(self, number: int) -> None:
        name = list(self.newest)[number % len(self.newest)]
        expected = self.newest[name]
        self.timeline.switch(name)
        self.went(expected)

    # ---- a file ----

    @rule()
    def save_and_load(self) -> None:
        was = all_of(self.timeline.trainer)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "timeline")
            self.timeline.save(path)
            assert all_of(self.timeline.trainer) == was
            streams = np.random.get_state()
            trainer = seeded()
            trainer.step()
            loaded = Timeline.load(path, trainer)
            np.random.set_state(streams)
        assert list(loaded.branches) == list(self.timeline.branches)
        assert loaded.current.name == self.name
        led: dict[Moment, Log] = {}
        for name, branch in self.timeline.branches.items():
            before: list[Any] = branch.moments
            now = loaded.branches[name].moments
            if len(now) > len(before):  # what was changed by hand since is a moment of the file
                before.insert(now.index(loaded.position), None)
            for former, moment in zip(before, now, strict=True):
                led[moment] = self.log if moment is loaded.position else self.led[former]
        self.led = led
        self.timeline, self.asked = loaded, []
        self.same()

    # ---- always ----

    @invariant()
    def is_as_a_run_from_scratch(self) -> None:
        if hasattr(self, "log"):
            assert list(self.timeline.branches) == list(self.newest)
            for name, branch in self.timeline.branches.items():
                steps = [action for action, _ in self.newest[name]].count("step")
                assert branch.is_current or branch.record.steps == steps
            self.same()

    def teardown(self) -> None:
        if hasattr(self, "log"):
            for name, log in self.newest.items():
                self.timeline.switch(name)
                self.log = log
                self.same()
                self.train(STEPS)
                self.same()


Sequences.TestCase.settings = settings(
    max_examples=6,
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestSequences = Sequences.TestCase


def test_what_was_changed_where_moments_are_ahead_is_saved_before_them() -> None:
    state = Sequences()
    state.begin(keep=1, every=1)
    state.branch()
    state.snapshot()
    state.change("add group", 0)
    state.rewind(0)
    state.change("add group", 0)
    state.save_and_load()
    assert [m.kind for m in state.timeline.current.moments] == ["start", "left", "left"]
    assert state.timeline.position is state.timeline.current.moments[1]
    state.teardown()
