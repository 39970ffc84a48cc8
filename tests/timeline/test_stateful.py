"""Random sequences of what one can do to a run, against runs that were made from scratch.

The model of a branch is the list of what was done on it since the start. Whenever a branch is
checked, a run made anew does the same, without a timeline, and must have come to the same bits.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import fineopt
import fineopt.module as M
from fineopt.optimizer import SGD, Adam, ExponentialLR, Optimizer, RMSprop
from fineopt.timeline import Timeline
from fineopt.training import Trainer

from .test_exactness import add_group, all_of, run, two

Done = tuple[Any, ...]
RULES: list[type[Optimizer]] = [SGD, Adam, RMSprop]
NAMES = ["first.weight", "first.bias", "last.weight", "between.0.bias"]


def begun() -> Trainer:
    fineopt.random.seed(3)
    return run(
        M.BatchNorm1d(6), M.Dropout(0.3), optimizer=two, schedule=lambda o: ExponentialLR(o, 0.9)
    )


def do(trainer: Trainer, done: Done) -> None:
    what, *values = done
    if what == "step":
        trainer.step()
    elif what == "freeze":
        known = trainer.engine.attached()
        (trainer.engine.detach if values[0] in known else trainer.engine.attach)(values[0])
    elif what == "lr":
        groups = trainer.optimizer.param_groups
        groups[values[0] % len(groups)]["lr"] = values[1]
    elif what == "swap":
        groups = trainer.optimizer.param_groups
        index = values[0] % len(groups)
        if groups[index]["params"]:
            trainer.swap_optimizer(index, RULES[values[1]], lr=0.01)
    elif what == "group":
        last = trainer.optimizer.param_groups[-1]
        if len(last["params"]) > 1 and not any("name" in g for g in trainer.optimizer.param_groups):
            add_group(trainer)


class Timelines(RuleBasedStateMachine):
    """Each branch is a list of what was done; each epoch's snapshot is a prefix of it."""

    @initialize()
    def begin(self) -> None:
        self.timeline = Timeline(begun())
        self.done: dict[str, list[Done]] = {"main": []}
        self.name = "main"
        self.kept: list[tuple[Any, str, list[Done]]] = []
        self.ahead: dict[str, list[Done]] = {}  # where a branch was before it was rewound
        self.folder = tempfile.TemporaryDirectory()
        self.saved: tuple[str, dict[str, list[Done]], dict[str, list[Done]]] | None = None

    def _do(self, done: Done) -> None:
        do(self.timeline.trainer, done)
        self.done[self.name] = [*self.done[self.name], done]

    def _leave(self) -> None:
        """What is ahead of a rewound run is kept, unless it went on from there."""
        if self.name in self.ahead:
            rewound = self.ahead.pop(self.name)
            went_on = any(done[0] == "step" for done in self.done[self.name][self.place :])
            self.done[self.name] = self.done[self.name] if went_on else rewound

    @rule(count=st.integers(1, 7))
    def step(self, count: int) -> None:
        for _ in range(count):
            self._do(("step",))

    @rule(name=st.sampled_from(NAMES))
    def freeze(self, name: str) -> None:
        self._do(("freeze", name))

    @rule(group=st.integers(0, 3), lr=st.sampled_from([0.0, 0.02, 0.3]))
    def set_lr(self, group: int, lr: float) -> None:
        self._do(("lr", group, lr))

    @rule(group=st.integers(0, 3), to=st.integers(0, 2))
    def swap(self, group: int, to: int) -> None:
        self._do(("swap", group, to))

    @rule()
    def add_group(self) -> None:
        self._do(("group",))

    @rule()
    def keep(self) -> None:
        self.kept.append((self.timeline.snapshot(), self.name, list(self.done[self.name])))

    @rule(at=st.integers(0, 99))
    @precondition(lambda self: self.kept)
    def branch(self, at: int) -> None:
        moment, _, done = self.kept[at % len(self.kept)]
        self._leave()
        self.name = f"branch {len(self.done)}"
        self.timeline.branch(self.name, at=moment)
        self.done[self.name] = list(done)

    @rule()
    def branch_here(self) -> None:
        done = list(self.done[self.name])
        name = f"branch {len(self.done)}"
        self.timeline.branch(name)
        self._leave()
        self.name, self.done[name] = name, done

    @rule(at=st.integers(0, 99))
    @precondition(lambda self: any(name == self.name for _, name, _ in self.kept))
    def rewind(self, at: int) -> None:
        own = [kept for kept in self.kept if kept[1] == self.name]
        moment, _, done = own[at % len(own)]
        in_line = moment in self.timeline.current.moments
        self._leave()
        self.timeline.rewind(moment)
        if in_line and len(done) < len(self.done[self.name]):
            self.ahead[self.name], self.place = list(self.done[self.name]), len(done)
        self.done[self.name] = list(done)

    @rule(at=st.integers(0, 99))
    def switch(self, at: int) -> None:
        names = list(self.done)
        name = names[at % len(names)]
        self._leave()
        self.timeline.switch(name)
        self.name = name

    @rule()
    def save(self) -> None:
        self.timeline.save(Path(self.folder.name) / "timeline")
        self.saved = self.name, dict(self.done), dict(self.ahead)

    @rule()
    @precondition(lambda self: self.saved is not None)
    def load(self) -> None:
        assert self.saved is not None
        self.timeline = Timeline.load(Path(self.folder.name) / "timeline", begun())
        self.name, self.done, self.ahead = self.saved[0], dict(self.saved[1]), dict(self.saved[2])
        self.kept = []

    @invariant()
    def the_run_is_that_from_scratch(self) -> None:
        timeline = self.timeline
        assert timeline.current.name == self.name
        assert list(timeline.branches) == list(self.done)
        stream = fineopt.random.get_state()
        here, scratch = all_of(timeline.trainer), begun()
        for done in self.done[self.name]:
            do(scratch, done)
        assert all_of(scratch) == here
        fineopt.random.set_state(stream)

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.folder.cleanup()


TestTimelines = Timelines.TestCase
TestTimelines.settings = settings(
    max_examples=12,
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
