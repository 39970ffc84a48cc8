"""Follows a run along the branches of its timeline, and takes the snapshots that are due."""

from __future__ import annotations

from functools import partial

from ..atomic import commit
from ..training import Run, RunSnapshot
from .moment import Moment
from .places import Line, Place
from .thinning import thinned

__all__ = ["Tracker", "begin"]


def begin(trainer: Run, from_start: bool) -> Place:
    """Return the one branch of a run, with its present state, and its start if asked for."""
    limits = trainer.limits()
    present = Moment(trainer.snapshot(), "start", 0, limits=limits)
    if from_start and not present.snapshot.is_same_as(trainer.start):
        start = Moment(trainer.start, "start", 0, limits=limits)
        kind = "left" if trainer.step_in_epoch or not trainer.epoch else "epoch"
        present = Moment(present.snapshot, kind, 0, [start], limits=limits)
        return Place({0: Line(0, "main", (start, present), None)}, 0, present, 0)
    return Place({0: Line(0, "main", (present,), None)}, 0, present, 0)


class Tracker:
    """Knows on which branch and after which moment a run stands.

    Args:
        trainer: whose run it is.
        every: epochs from one snapshot to the next.
        keep: how many snapshots are kept.
        limit: the most MB that they take.
        place: where the run stands.
    """

    def __init__(self, trainer: Run, every: int, keep: int, limit: float, place: Place) -> None:
        self.trainer, self.every, self.keep, self.limit = trainer, every, keep, limit
        self._place = place._replace(restored=trainer.restored[0])
        trainer.follow(self.catch_up)

    @property
    def place(self) -> Place:
        """All branches, and where the run stands now."""
        self.catch_up()
        return self._place

    def catch_up(self) -> None:
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
            self.commit(place)

    def _relocated(self, place: Place, snapshot: RunSnapshot, steps: int) -> Place:
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

    # ---- moments ----

    def _moment(self, place: Place, kind: str) -> Moment:
        before = place.line.up_to(place.position)
        trainer = self.trainer
        return Moment(trainer.snapshot(), kind, place.current, before, limits=trainer.limits())

    def taken(self, place: Place, kind: str) -> Moment:
        """Return a new moment, or the position if nothing has changed since."""
        moment = self._moment(place, kind)
        same = moment.snapshot.is_same_as(place.position.snapshot)
        return place.position if same else moment

    def left(self, place: Place) -> Place:
        """Return the place with a moment where the run stands, so that it can be left.

        Where moments are ahead, it has a moment only if something was changed by hand.
        """
        moment = self.taken(place, "left")
        return place if moment is place.position else place.added(moment)

    # ---- going there ----

    def commit(self, place: Place) -> None:
        """Take a place where the run stands already."""
        kept = thinned(place, self.keep, self.limit)
        commit([partial(vars(self).update, _place=kept)])

    def go(self, place: Place) -> None:
        """Restore the moment at which a place stands, and take the place, both at once.

        Raises:
            Exception: as :meth:`Trainer.restore`. Nothing has changed then.
        """
        former = self._place
        place = place._replace(restored=self.trainer.restored[0] + 1)
        kept = thinned(place, self.keep, self.limit)
        try:
            change = partial(vars(self).update, _place=kept)
            self.trainer.restore(place.position.snapshot, along=[change])
        except Exception:
            commit([partial(vars(self).update, _place=former)])
            raise
