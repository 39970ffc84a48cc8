"""The timeline of a run: rewind it, let it branch, and compare what followed."""

from __future__ import annotations

import os
import warnings
from functools import partial
from typing import Any

import numpy as np

from ..atomic import commit
from ..checks import nonempty_string, positive, positive_integer, validate
from ..errors import BadKeyError, suggestion
from ..training import Run
from .archive import read_timeline, write_timeline
from .branch import Branch
from .moment import Moment, megabytes
from .places import Line, Place, thinned
from .table import Table, compare

__all__ = ["Timeline"]


class Timeline:
    """Keeps snapshots of a run, goes back to them, and lets the run branch from them.

    There is a snapshot at the start and at the end of each epoch. What follows from one when
    nothing is changed is the same to the last bit, wherever the run has been meanwhile, as long as
    the number of threads is the same: with another, sums may be added in another order.
    :meth:`limits` says by name what of a run cannot be restored.

    Going back loses nothing: the moments ahead stay until the run is trained on from there, which
    replaces them, unless they are on another branch.

    Args:
        trainer: whose run it is, also a `fineopt.watching.Watch`. It begins with the present state
            as the branch ``"main"``.
        every: epochs from one snapshot to the next.
        keep: how many snapshots are kept. The start, the forks and the newest of each branch always
            are; of the others, some that are spread evenly.
        limit: the most MB (10^6 bytes) that they take, likewise.

    Raises:
        TypeError, ValueError: if a number is invalid.

    Warns:
        UserWarning: if something of the run cannot be restored.

    >>> from fineopt import data, models, optimizer
    >>> from fineopt.training import Trainer
    >>> digits = data.dataset.ArrayDataset(np.zeros((8, 1, 32, 32)), np.arange(8))
    >>> loader = data.DataLoader(digits, data.RandomSampler(digits, batch_size=4, seed=0))
    >>> net = models.LeNet()
    >>> trainer = Trainer(net, optimizer.SGD(net.parameters(), lr=0.1), loader)
    >>> timeline = Timeline(trainer)
    >>> losses = trainer.run(epochs=3).loss.copy()
    >>> timeline.branch("slower", at=2)
    Branch('slower': 3 snapshots, from 'main' at <epoch 2>)
    >>> trainer.optimizer.param_groups[0]["lr"] = 0.01
    >>> _ = trainer.run(epochs=1)
    >>> [(name, branch.record.epochs) for name, branch in timeline.branches.items()]
    [('main', 3), ('slower', 3)]
    >>> _ = timeline.rewind(epoch=0)
    >>> trainer.optimizer.param_groups[0]["lr"], bool((trainer.run(3).loss == losses).all())
    (0.1, True)
    """

    def __init__(self, trainer: Run, every: int = 1, keep: int = 50, limit: float = 256.0) -> None:
        validate(every, positive_integer, "every")
        validate(keep, positive_integer, "keep")
        validate(limit, positive, "limit")
        self.trainer, self.every, self.keep, self.limit = trainer, int(every), int(keep), limit
        if found := trainer.limits():
            warnings.warn(
                "replaying this run is not exact: " + "; ".join(found), UserWarning, stacklevel=2
            )
        start = Moment(trainer.snapshot(), "start", 0)
        line = Line(0, "main", (start,), None)
        self._place = Place({0: line}, 0, start, trainer.restored[0])
        trainer.follow(self._follow)

    # ---- what there is ----

    @property
    def place(self) -> Place:
        """All branches as plain values, and where the run stands."""
        self._follow()
        return self._place

    @property
    def branches(self) -> dict[str, Branch]:
        """The branches by name, in the order in which they were made."""
        return {line.name: Branch(self, key) for key, line in self.place.lines.items()}

    @property
    def current(self) -> Branch:
        """The branch on which the run stands."""
        return Branch(self, self.place.current)

    @property
    def position(self) -> Moment:
        """The last moment before where the run stands, or the one at which it stands."""
        return self.place.position

    @property
    def moments(self) -> list[Moment]:
        """Each moment of all branches, once."""
        return list(self.place.moments())

    @property
    def megabytes(self) -> float:
        """The memory of all snapshots, in MB (10^6 bytes); what they share counts once."""
        return megabytes(self.place.moments())

    def limits(self) -> list[str]:
        """Return by name what keeps a replay from being exact; empty if nothing does."""
        found = self.trainer.limits()
        threads = sorted({moment.threads for moment in self.place.moments()})
        if len(threads) > 1:
            counts = " and ".join(map(str, threads))
            found.append(
                f"parts of the run were trained with {counts} BLAS threads, as a panel uses one: "
                "the order of sums depends on their number, and so may the last bits"
            )
        return found

    def table(self) -> Table:
        """Return where each branch came apart from its parent, and by how much."""
        return compare(self.place, self.trainer.record, self.limits())

    # ---- moments ----

    def snapshot(self) -> Moment:
        """Take a snapshot of the present moment, also in the middle of an epoch."""
        place = self.place
        moment = self._taken(place, "asked")
        if moment is place.position:
            moment.kind = "asked" if moment.kind == "left" else moment.kind
        else:
            self._commit(place.added(moment))
        return moment

    def rewind(self, at: Moment | int | None = None, *, epoch: int | None = None) -> Moment:
        """Go back to a moment: the run stands where it stood then, its record included.

        Args:
            at: a moment of this timeline, which may be on another branch; or an epoch.
            epoch: the end of an epoch of the current branch; 0 is the start.

        Returns:
            The moment.

        Raises:
            KeyError: if there is no such snapshot.
            TypeError, ValueError: if the arguments are invalid, or the moment is another
                timeline's; and whatever :meth:`Trainer.restore` raises. Nothing has changed then.
        """
        if (at is None) == (epoch is None):
            raise TypeError("rewind needs a moment or an epoch: rewind(moment) or rewind(epoch=2)")
        place = self._left(self.place)
        line, moment = self._found(place, epoch if at is None else at)
        self._go(place.with_line(line)._replace(current=line.key, position=moment))
        return moment

    def branch(self, name: str, at: Moment | int | None = None) -> Branch:
        """Begin a branch, on which the run then stands; the former one is kept as it is.

        Args:
            name: of the branch.
            at: the moment, or the epoch of the current branch, from which it goes on; where the run
                stands now if None.

        Raises:
            KeyError: if there is no such snapshot.
            TypeError, ValueError: if the name is invalid or taken; and as :meth:`rewind`. Nothing
                has changed then.
        """
        place = self.place
        self._check_name(place, name)
        place = self._left(place)
        if at is None:
            line, moment = place.line, self._taken(place, "left")
            before = line.up_to(place.position)
            # another one if something was changed by hand, where moments are ahead
            moments = before if moment is place.position else (*before, moment)
        else:
            line, moment = self._found(place, at)
            moments = line.up_to(moment)
            own = place.lines.get(moment.line, line)  # it comes from where the moment was taken
            line = own if moment in own.moments else line
        new = Line(max(place.lines) + 1, str(name), moments, line.key)
        there = place.with_line(new)._replace(current=new.key, position=moment)
        if at is None:
            self._commit(there)  # the run stands there already
        else:
            self._go(there)
        return Branch(self, new.key)

    def switch(self, name: str) -> Branch:
        """Let the run stand on a branch, at its newest moment.

        Raises:
            KeyError: if there is no such branch.
            Exception: as :meth:`Trainer.restore`. Nothing has changed then.
        """
        place = self.place
        key = self._line(place, name).key
        place = self._left(place)
        line = place.lines[key]
        if key == place.current and place.at_end:
            self._commit(place)
        else:
            self._go(place._replace(current=key, position=line.moments[-1]))
        return Branch(self, key)

    # ---- branches ----

    def rename(self, old: str, new: str) -> None:
        """Give a branch another name.

        Raises:
            KeyError: if there is no such branch.
            TypeError, ValueError: if the new name is invalid or taken.
        """
        place = self.place
        line = self._line(place, old)
        if new != old:
            self._check_name(place, new)
            self._commit(place.with_line(line._replace(name=str(new))))

    def remove(self, name: str) -> None:
        """Remove a branch and the moments that no other branch has.

        Raises:
            KeyError: if there is no such branch.
            ValueError: if the run stands on it.
        """
        place = self.place
        line = self._line(place, name)
        if line.key == place.current:
            raise ValueError(f"the run stands on {name!r}: switch to another branch first")
        lines = {
            key: other._replace(parent=line.parent) if other.parent == line.key else other
            for key, other in place.lines.items()
            if key != line.key
        }
        self._commit(place._replace(lines=lines))

    # ---- files ----

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the timeline to a file without pickle; the former file stays whole until then.

        Raises:
            TypeError: if something cannot be saved, such as a schedule made of functions.
            OSError: if the file cannot be written.
        """
        place = self.place
        settings = {"every": self.every, "keep": self.keep, "limit": self.limit}
        moment = self._taken(place, "left")  # also where moments are ahead of a change by hand
        here = place if moment is place.position else place.added(moment)
        write_timeline(path, self.trainer, here, settings)

    @classmethod
    def load(cls, path: str | os.PathLike[str], trainer: Run) -> Timeline:
        """Read a timeline; the run then stands where it stood when it was saved.

        Args:
            path: of a file written by :meth:`save`.
            trainer: made as the one of the file was: the same network, optimizer and data. Also a
                `fineopt.watching.Watch`.

        Raises:
            ValueError: if the file is not a timeline, is damaged, or is of another network,
                optimizer or data. The run is then as it was.
            OSError: if it cannot be read.
        """
        settings, place = read_timeline(path, trainer)
        timeline = cls.__new__(cls)
        vars(timeline).update(settings, trainer=trainer, _place=place)
        moment = place.position
        trainer.restore(moment.snapshot)
        timeline._place = place._replace(restored=trainer.restored[0])
        trainer.follow(timeline._follow)
        return timeline

    # ---- how it follows the run ----

    def _follow(self) -> None:
        """Note where the run has gone since the last call, and take the snapshot that is due."""
        trainer, place = self.trainer, self._place
        count, snapshot = trainer.restored
        if count != place.restored:  # by the trainer's own reset or restore
            begins = 0 if snapshot is trainer.start else snapshot.steps
            place = self._relocated(place, snapshot, begins)._replace(restored=count)
        steps = trainer.record.steps
        if steps > place.position.steps:  # it went on, so what was ahead is no longer
            if not place.at_end:
                kept = place.line.up_to(place.position)
                for moment in place.line.moments[len(kept) :]:
                    moment.replaced = True
                place = place.with_moments(kept)
            due = not trainer.step_in_epoch and trainer.epoch and not trainer.epoch % self.every
            if due:
                place = place.added(self._moment(place, "epoch"))
        if place is not self._place:
            self._commit(place)

    def _relocated(self, place: Place, snapshot: Any, steps: int) -> Place:
        lines = [place.line, *place.lines.values()]
        for line in lines:
            for moment in line.moments:
                if moment.snapshot is snapshot:
                    return place._replace(current=line.key, position=moment)
        before = [moment for moment in place.line.moments if moment.steps <= steps]
        if before:
            return place._replace(position=before[-1])
        moment = Moment(self.trainer.snapshot(), "start", place.current)
        return place.with_moments((moment,))._replace(position=moment)

    def _moment(self, place: Place, kind: str) -> Moment:
        before = place.line.up_to(place.position)
        return Moment(self.trainer.snapshot(), kind, place.current, before)

    def _taken(self, place: Place, kind: str) -> Moment:
        """Return a new moment, or the position if nothing has changed since."""
        moment = self._moment(place, kind)
        same = moment.snapshot.is_same_as(place.position.snapshot)
        return place.position if same else moment

    def _left(self, place: Place) -> Place:
        """Return the place with a moment where the run stands, if no other is ahead."""
        if not place.at_end:
            return place
        moment = self._taken(place, "left")
        return place if moment is place.position else place.added(moment)

    def _commit(self, place: Place) -> None:
        kept = thinned(place, self.keep, self.limit)
        commit([partial(vars(self).update, _place=kept)])

    def _go(self, place: Place) -> None:
        """Restore the moment at which a place stands, and take the place, both at once."""
        former = self._place
        place = place._replace(restored=self.trainer.restored[0] + 1)
        kept = thinned(place, self.keep, self.limit)
        try:
            change = partial(vars(self).update, _place=kept)
            self.trainer.restore(place.position.snapshot, along=[change])
        except Exception:
            commit([partial(vars(self).update, _place=former)])
            raise

    def _found(self, place: Place, at: Any) -> tuple[Line, Moment]:
        """Return a moment, and the branch on which it is."""
        if isinstance(at, Moment):
            return self._line_of(place, at), at
        if isinstance(at, bool) or not isinstance(at, int | np.integer):
            raise TypeError(f"a moment is a snapshot or the number of an epoch, not {at!r}")
        line = place.line
        ends = {m.epoch: m for m in reversed(line.moments) if not m.step_in_epoch}
        if at not in ends:
            there = ", ".join(map(str, sorted(ends)))
            raise BadKeyError(
                f"there is no snapshot at the end of epoch {at} on {line.name!r}: there are those "
                f"of {there or 'none'}"
            )
        return line, ends[int(at)]

    def _line_of(self, place: Place, moment: Moment) -> Line:
        if moment.snapshot.owner is not self.trainer.start.owner:
            raise ValueError(f"{moment!r} is a snapshot of another run")
        own = place.lines.get(moment.line)
        lines = [place.line, *([own] if own else []), *place.lines.values()]
        for line in lines:
            if moment in line.moments:
                return line
        if own is None:
            raise ValueError(f"the branch of {moment!r} was removed")
        if moment.replaced:
            return own._replace(moments=(*moment.before, moment))
        moments = sorted((*own.moments, moment), key=lambda moment: moment.steps)  # it was thinned
        return own._replace(moments=tuple(moments))

    def _line(self, place: Place, name: str) -> Line:
        for line in place.lines.values():
            if line.name == name:
                return line
        known = [line.name for line in place.lines.values()]
        raise BadKeyError(f"there is no branch {name!r}: {suggestion(name, known)}")

    def _check_name(self, place: Place, name: str) -> None:
        validate(name, nonempty_string, "the name of a branch")
        if any(line.name == name for line in place.lines.values()):
            raise ValueError(f"there is a branch {name!r} already: choose another name")

    def __repr__(self) -> str:
        place = self.place
        names = ", ".join(line.name for line in place.lines.values())
        found = self.limits()
        exact = "exact" if not found else "not exact: " + "; ".join(found)
        return (
            f"Timeline({names}; the run stands on {place.line.name!r} at epoch "
            f"{self.trainer.epoch}, step {self.trainer.step_in_epoch}; "
            f"{len(self.moments)} snapshots, {self.megabytes:.1f} MB; {exact})"
        )
