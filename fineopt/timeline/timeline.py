"""The timeline of a run: rewind it, let it branch, and compare what followed."""

from __future__ import annotations

import os
import warnings

from ..checks import positive, positive_integer, validate
from ..language import say
from ..parallel import thread_count
from ..training import Run
from .archive import read_timeline, write_timeline
from .branch import Branch
from .finding import check_name, find_line, find_moment
from .moment import Moment, megabytes
from .places import Line, Place
from .table import Table, compare
from .tracker import Tracker, begin

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
        from_start: whether the trainer's start is its first snapshot, though the run has gone on.

    Raises:
        TypeError, ValueError: if a number is invalid.

    Warns:
        UserWarning: if something of the run cannot be restored.

    >>> import numpy as np
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

    def __init__(
        self,
        trainer: Run,
        every: int = 1,
        keep: int = 50,
        limit: float = 256.0,
        *,
        from_start: bool = False,
    ) -> None:
        validate(every, positive_integer, "every")
        validate(keep, positive_integer, "keep")
        validate(limit, positive, "limit")
        if found := trainer.limits():
            warnings.warn(
                say("replaying this run is not exact: {what}", what=say("; ").join(found)),
                UserWarning,
                stacklevel=2,
            )
        place = begin(trainer, from_start)
        self._run = Tracker(trainer, int(every), int(keep), limit, place)

    # ---- what there is ----

    @property
    def place(self) -> Place:
        """All branches as plain values, and where the run stands."""
        return self._run.place

    @property
    def trainer(self) -> Run:
        """Whose run it is."""
        return self._run.trainer

    @property
    def every(self) -> int:
        """Epochs from one snapshot to the next."""
        return self._run.every

    @property
    def keep(self) -> int:
        """How many snapshots are kept."""
        return self._run.keep

    @property
    def limit(self) -> float:
        """The most MB (10^6 bytes) that they take."""
        return self._run.limit

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
        moments = list(self.place.moments())
        then = [limit for moment in moments for limit in moment.limits]
        found = list(dict.fromkeys([*self.trainer.limits(), *then]))
        trained = {moment.threads for moment in moments if moment.steps}
        threads = sorted({*trained, thread_count() or 1}) if trained else []
        if len(threads) > 1:
            *few, most = map(str, threads)
            found.append(
                say(
                    "parts of the run, or a replay from here, use {few} and {most} BLAS threads, "
                    "as a panel uses one: the order of sums depends on their number, and so may "
                    "the last bits",
                    few=say(", ").join(few),
                    most=most,
                )
            )
        return found

    def table(self) -> Table:
        """Return where each branch came apart from its parent, and by how much."""
        return compare(self.place, self.trainer.record, self.limits())

    # ---- moments ----

    def snapshot(self) -> Moment:
        """Take a snapshot of the present moment, also in the middle of an epoch."""
        place = self.place
        moment = self._run.taken(place, "asked")
        if moment is place.position:
            moment.kind = "asked" if moment.kind == "left" else moment.kind
        else:
            self._run.commit(place.added(moment))
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
        place = self._run.left(self.place)
        line, moment = find_moment(place, epoch if at is None else at, self.trainer.start.owner)
        self._run.go(place.with_line(line)._replace(current=line.key, position=moment))
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
        check_name(place, name)
        if at is None:
            moment = self._run.taken(place, "left")
            if place.at_end and moment is not place.position:
                place = place.added(moment)
            before = place.line.up_to(place.position)
            # another one if something was changed by hand, where moments are ahead
            moments = before if moment is place.position else (*before, moment)
            parent = place.current
        else:
            place = self._run.left(place)
            line, moment = find_moment(place, at, self.trainer.start.owner)
            moments = line.up_to(moment)
            own = place.lines.get(moment.line, line)  # it comes from where the moment was taken
            line = own if moment in own.moments else line
            parent = line.key if line.key in place.lines else moment.line
        new = Line(max(place.lines) + 1, str(name), moments, parent)
        there = place.with_line(new)._replace(current=new.key, position=moment)
        if at is None:
            self._run.commit(there)  # the run stands there already
        else:
            self._run.go(there)
        return Branch(self, new.key)

    def switch(self, name: str) -> Branch:
        """Let the run stand on a branch, at its newest moment.

        Raises:
            KeyError: if there is no such branch.
            Exception: as :meth:`Trainer.restore`. Nothing has changed then.
        """
        place = self.place
        key = find_line(place, name).key
        place = self._run.left(place)
        line = place.lines[key]
        if key == place.current and place.at_end:
            self._run.commit(place)
        else:
            self._run.go(place._replace(current=key, position=line.moments[-1]))
        return Branch(self, key)

    # ---- branches ----

    def rename(self, old: str, new: str) -> None:
        """Give a branch another name.

        Raises:
            KeyError: if there is no such branch.
            TypeError, ValueError: if the new name is invalid or taken.
        """
        place = self.place
        line = find_line(place, old)
        if new != old:
            check_name(place, new)
            self._run.commit(place.with_line(line._replace(name=str(new))))

    def remove(self, name: str) -> None:
        """Remove a branch and the moments that no other branch has.

        Raises:
            KeyError: if there is no such branch.
            ValueError: if the run stands on it.
        """
        place = self.place
        line = find_line(place, name)
        if line.key == place.current:
            raise ValueError(f"the run stands on {name!r}: switch to another branch first")
        lines = {
            key: other._replace(parent=line.parent) if other.parent == line.key else other
            for key, other in place.lines.items()
            if key != line.key
        }
        self._run.commit(place._replace(lines=lines))

    # ---- files ----

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the timeline to a file without pickle; the former file stays whole until then.

        Raises:
            TypeError: if something cannot be saved, such as a schedule made of functions.
            OSError: if the file cannot be written.
        """
        place = self.place
        settings = {name: getattr(self._run, name) for name in ("every", "keep", "limit")}
        write_timeline(path, self.trainer, self._run.left(place), settings)

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
        trainer.restore(place.position.snapshot)
        timeline._run = Tracker(trainer, place=place, **settings)
        return timeline

    def __repr__(self) -> str:
        place = self.place
        names = ", ".join(line.name for line in place.lines.values())
        found = self.limits()
        what = say("; ").join(found)
        return say(
            "Timeline({names}; the run stands on {name!r} at epoch {epoch}, step {step}; "
            "{count} snapshots, {megabytes:.1f} MB; {exact})",
            names=names,
            name=place.line.name,
            epoch=self.trainer.epoch,
            step=self.trainer.step_in_epoch,
            count=len(self.moments),
            megabytes=self.megabytes,
            exact=say("not exact: {limit}", limit=what) if what else say("exact"),
        )
