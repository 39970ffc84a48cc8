"""The branches of a run, as a panel shows them: which are seen, and where the run is taken."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import nullcontext
from typing import NamedTuple
from weakref import WeakValueDictionary

from ..language import say
from ..parallel.limits import one_blas_thread
from ..scenes.charts.branches import Track
from ..scenes.style import DASHES
from ..timeline import Branch, Moment, Timeline
from ..training.trainer import Trainer

__all__ = ["BranchesController", "Row", "timeline_of"]

MOST = 12  # branches: more than a panel can show, and each keeps at least three snapshots

_timelines: WeakValueDictionary[int, Timeline] = WeakValueDictionary()


def timeline_of(trainer: Trainer, given: Timeline | None = None) -> Timeline:
    """Return the timeline that the panels of a trainer share: the one given, or a new one.

    >>> from fineopt import models, optimizer
    >>> net = models.LeNet()
    >>> trainer = Trainer(net, optimizer.SGD(net.parameters(), lr=0.05), iter([]))
    >>> timeline = timeline_of(trainer)
    >>> timeline_of(trainer) is timeline
    True

    Raises:
        TypeError, ValueError: if what is given is no timeline, or another trainer's.
    """
    if given is None:
        given = _timelines.get(id(trainer))
    if given is None:
        with warnings.catch_warnings():  # the panel shows what is not exact
            warnings.simplefilter("ignore", UserWarning)
            with one_blas_thread:  # as a panel trains
                given = Timeline(trainer, from_start=True)
    elif not isinstance(given, Timeline):
        raise TypeError(f"timeline must be a Timeline, not {given!r}")
    elif given.trainer is not trainer:
        raise ValueError("the timeline is of another trainer: make it with Timeline(trainer)")
    _timelines[id(trainer)] = given  # which keeps the trainer, so that the id is not reused
    return given


class Row(NamedTuple):
    """A branch as a row of a strip.

    Args:
        key: of the branch.
        name: of the branch.
        current: whether the run stands on it.
        shown: whether the charts show it.
        dash: the index of its dashes in the charts.
        moments: those that are its own, with the fork in front.
        parent: the key of the branch that it forks from, if it does.
    """

    key: int
    name: str
    current: bool
    shown: bool
    dash: int
    moments: list[Moment]
    parent: int | None


class BranchesController:
    """Rewinds a run, lets it branch, and names, shows and hides its branches.

    The current branch is always shown. Every call pauses the run first, as it is taken elsewhere.

    Args:
        timeline: of the run.
        pause: pauses the run; called before it is taken elsewhere.
        moved: called after it was taken elsewhere.

    >>> from fineopt import data, models, optimizer
    >>> import numpy as np
    >>> digits = data.dataset.ArrayDataset(np.zeros((8, 1, 32, 32)), np.arange(8))
    >>> loader = data.DataLoader(digits, data.SequentialSampler(digits, batch_size=4))
    >>> net = models.LeNet()
    >>> trainer = Trainer(net, optimizer.SGD(net.parameters(), 0.1), loader)
    >>> branches = BranchesController(Timeline(trainer), lambda: None, lambda: None)
    >>> _ = trainer.run(2)
    >>> branches.branch("slower", branches.timeline.moments[1])
    >>> [(row.name, row.current, len(row.moments)) for row in branches.rows()]
    [('main', False, 3), ('slower', True, 1)]
    """

    def __init__(
        self, timeline: Timeline, pause: Callable[[], object], moved: Callable[[], object]
    ) -> None:
        self.timeline = timeline
        self._pause, self._moved = pause, moved
        self._hidden: set[int] = set()

    # ---- what there is ----

    def rows(self) -> list[Row]:
        """Return the branches in the order in which they were made."""
        rows = []
        for order, branch in enumerate(self.timeline.branches.values()):
            fork, parent = branch.fork, branch.parent
            first = branch.moments.index(fork) if fork is not None else 0
            rows.append(
                Row(
                    branch.key,
                    branch.name,
                    branch.is_current,
                    self.is_shown(branch),
                    0 if branch.is_current else 1 + order % (len(DASHES) - 1),
                    branch.moments[first:],
                    parent.key if parent is not None and fork is not None else None,
                )
            )
        return rows

    def key(self) -> tuple[object, ...]:
        """Return what the rows depend on, as plain values to compare."""
        place = self.timeline.place
        hidden = frozenset(self._hidden)
        lines = tuple(
            (line.key, line.name, len(line.moments), id(line.moments[-1]))
            for line in place.lines.values()
        )
        return place.current, id(place.position), lines, hidden

    def tracks(self) -> list[Track]:
        """Return the branches that are drawn behind the current one, each from where they part."""
        tracks, drawn = [], [self.timeline.current]
        for row, branch in zip(self.rows(), self.timeline.branches.values(), strict=True):
            if row.shown and not row.current:
                common = [moment.steps for other in drawn if (moment := branch.shared_with(other))]
                tracks.append(Track(row.name, branch.record, max(common, default=0), row.dash))
                drawn.append(branch)
        return tracks

    def limits(self) -> list[str]:
        """Return by name what keeps a replay in the panel from being exact."""
        # As a panel trains: the timeline notes with how many threads a run is made. While one plays
        # they are limited already, and looking for BLAS again would cost a third of a step.
        with nullcontext() if one_blas_thread.limited else one_blas_thread:
            return self.timeline.limits()

    def _branch(self, key: int) -> Branch:
        if key not in self.timeline.place.lines:
            raise KeyError(say("this branch is no longer there"))
        return Branch(self.timeline, key)

    # ---- where the run is taken ----

    def rewind(self, key: int, moment: Moment) -> None:
        """Let the run stand at a moment of a branch."""
        branch = self._branch(key)
        self._pause()
        with one_blas_thread:
            if not branch.is_current and moment in self.timeline.current.moments:
                self.timeline.switch(branch.name)  # the moment is on both
            self.timeline.rewind(moment)
        self._moved()

    def switch(self, key: int) -> None:
        """Let the run stand at the newest moment of a branch."""
        branch = self._branch(key)
        self._pause()
        with one_blas_thread:
            self.timeline.switch(branch.name)
        self._moved()

    def branch(self, name: str | None = None, at: Moment | None = None) -> None:
        """Begin a branch, on which the run then stands.

        Args:
            name: of the branch; a new one if None.
            at: where it begins; where the run stands if None.

        Raises:
            ValueError: if there are too many, or the name is taken.
        """
        if len(self.timeline.branches) >= MOST:
            raise ValueError(
                say("there are {most} branches, the most: remove one first", most=MOST)
            )
        self._pause()
        with one_blas_thread:
            self.timeline.branch(self.new_name() if name is None else name.strip(), at)
        self._moved()

    def keep_run(self) -> bool:
        """Keep the present run as a branch, and stand on another, at the start if that is known.

        The oldest branch that still has the name that it got here makes room, if it must.

        Returns:
            Whether the run was kept. One without steps has nothing to keep.
        """
        timeline = self.timeline
        if not timeline.trainer.record.steps:
            return False
        if len(timeline.branches) >= MOST:
            given = [name for name in timeline.branches if name in map(_name, range(2, 1000))]
            spare = [name for name in given if not timeline.branches[name].is_current]
            if not spare:
                return False
            timeline.remove(spare[0])
        start = timeline.current.moments[0]
        # a timeline that begins later has no snapshot of the start
        with one_blas_thread:
            timeline.branch(self.new_name(), None if start.steps else start)
        return True

    def new_name(self) -> str:
        """Return a name that no branch has."""
        taken = self.timeline.branches
        numbers = range(len(taken) + 1, 2 * len(taken) + 2)
        return next(free for n in numbers if (free := _name(n)) not in taken)

    # ---- names, and what is shown ----

    def rename(self, key: int, name: str) -> None:
        """Give a branch another name.

        Raises:
            ValueError: if it is empty, or taken.
        """
        branch, name = self._branch(key), name.strip()
        if not name:
            raise ValueError(say("a branch needs a name"))
        others = [other for other in self.timeline.branches if other != branch.name]
        if name in others:
            raise ValueError(say("there is a branch of this name already"))
        self.timeline.rename(branch.name, name)

    def remove(self, key: int) -> None:
        """Remove a branch with the snapshots that no other has."""
        branch = self._branch(key)
        if branch.is_current:
            raise ValueError(say("the run stands on this branch: switch to another one first"))
        self.timeline.remove(branch.name)
        self._hidden.discard(key)

    def is_shown(self, branch: Branch) -> bool:
        """Return whether the charts show a branch."""
        return branch.is_current or branch.key not in self._hidden

    def set_shown(self, key: int, shown: bool) -> None:
        """Show a branch in the charts, or hide it."""
        branch = self._branch(key)
        if branch.is_current and not shown:
            raise ValueError(say("the run stands on this branch, which is always shown"))
        (self._hidden.discard if shown else self._hidden.add)(key)


def _name(number: int) -> str:
    return say("run {number}", number=number)
