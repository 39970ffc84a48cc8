"""The strip of a timeline: pick a snapshot by pointer or keyboard, rewind to it, or branch."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import anywidget
import ipywidgets as widgets
import traitlets

from ...control.branches import BranchesController, Row
from ...control.playing.loop import Submit
from ...language import say
from ...scenes.style import style_table
from ...timeline import Moment
from ...wording import one_line
from ..page import SHORTCUTS
from .words import strip_words

__all__ = ["TimelineStrip"]

HERE = Path(__file__).parent


class TimelineStrip(anywidget.AnyWidget):
    """A row for each branch, with a dot for each of its snapshots.

    The page only displays `rows` and `now`, and sends what its user wants; a refusal is shown
    beside the row that it concerns.

    Args:
        branches: of the run.
        submit: runs an action between two steps, and shows its result.

    >>> from fineopt import models, optimizer
    >>> from fineopt.control.training import TrainingController
    >>> from fineopt.training import Trainer
    >>> net = models.LeNet()
    >>> trainer = Trainer(net, optimizer.SGD(net.parameters(), lr=0.05), iter([]))
    >>> controller = TrainingController(trainer)
    >>> strip = TimelineStrip(controller.branches, lambda action: action())
    >>> [(row["name"], row["current"], len(row["moments"])) for row in strip.rows]
    [('main', True, 1)]
    """

    # Texts, not paths: anywidget watches a path for changes, and then never frees the widget.
    _esm = SHORTCUTS + (HERE / "timeline_strip.js").read_text(encoding="utf-8")
    _css = (HERE / "timeline_strip.css").read_text(encoding="utf-8")
    rows: Any = traitlets.List().tag(sync=True)
    now = traitlets.Float(0.0).tag(sync=True)  # where the run is, in epochs
    note = traitlets.Unicode("").tag(sync=True)
    words = traitlets.Dict().tag(sync=True)

    def __init__(self, branches: BranchesController, submit: Submit) -> None:
        self._branches, self._submit = branches, submit
        self._numbers: WeakKeyDictionary[Moment, int] = WeakKeyDictionary()
        self._count = count(1)
        self._key: object = None
        super().__init__(words=strip_words(), layout=widgets.Layout(margin="4px 0 0", width="100%"))
        self.on_msg(self._on_message)
        self.show()

    # ---- showing ----

    def show(self) -> None:
        """Show the branches, and where the run is, by one message."""
        with self.hold_sync():
            self._show()

    def _show(self) -> None:
        timeline = self._branches.timeline
        if (key := self._branches.key()) != self._key:
            self._key = key
            limits = self._branches.limits()
            self.note = say("Not exact: {what}", what=say("; ").join(limits)) if limits else ""
            self.rows = [self._row(row) for row in self._branches.rows()]
        trainer = timeline.trainer
        self.now = _epochs(trainer.epoch, trainer.step_in_epoch, trainer.record.steps_per_epoch)

    def _row(self, row: Row) -> dict[str, Any]:
        timeline = self._branches.timeline
        per_epoch = timeline.trainer.record.steps_per_epoch
        return {
            "key": row.key,
            "name": row.name,
            "label": one_line(row.name),
            "current": row.current,
            "shown": row.shown,
            "dashes": style_table()["dashes"][row.dash],
            "forks": row.parent is not None,
            "moments": [
                {
                    "id": self._number(moment),
                    "x": _epochs(moment.epoch, moment.step_in_epoch, per_epoch),
                    "label": _label(moment),
                    "here": row.current and moment is timeline.position,
                    "whole": not moment.step_in_epoch,
                }
                for moment in row.moments
            ],
        }

    def _number(self, moment: Moment) -> int:
        return self._numbers.setdefault(moment, next(self._count))

    # ---- what the user wants ----

    def _on_message(self, _: object, content: Any, __: object) -> None:
        if isinstance(content, dict) and isinstance(content.get("page"), str):
            self._submit(lambda: self._act(content))

    def _act(self, wish: dict[str, Any]) -> None:
        """Do what a page wants; tell it, and no other, what was refused."""
        reply = {"page": wish["page"], "key": wish.get("key"), "do": wish.get("do")}
        try:
            made = self._do(wish)
        except (KeyError, TypeError, ValueError) as error:
            text = str(error.args[0]) if error.args else str(error)
            self.send({**reply, "refused": text})
        else:
            self.send({**reply, "made": made})

    def _do(self, wish: dict[str, Any]) -> int | None:
        branches, key = self._branches, wish.get("key")
        do, moment = wish.get("do"), self._moment(wish)
        if do == "branch":
            branches.branch(at=moment)
            return branches.timeline.current.key
        if not isinstance(key, int):
            return None
        if do == "rewind" and moment is not None:
            branches.rewind(key, moment)
        elif do == "switch":
            branches.switch(key)
        elif do == "rename":
            branches.rename(key, str(wish.get("name", "")))
        elif do == "show":
            branches.set_shown(key, bool(wish.get("shown")))
        elif do == "remove":
            branches.remove(key)
        return None

    def _moment(self, wish: dict[str, Any]) -> Moment | None:
        """Return the moment that a page has picked; None if it has picked none.

        Raises:
            KeyError: if it is no longer there.
        """
        if wish.get("moment") is None:
            return None
        for moment in self._branches.timeline.moments:
            if self._numbers.get(moment) == wish["moment"]:
                return moment
        raise KeyError(say("this snapshot is no longer there"))

    def __repr__(self) -> str:
        return f"TimelineStrip({len(self.rows)} branches)"


def _epochs(epoch: int, step: int, per_epoch: int | None) -> float:
    """Return a place in a run in epochs; half way in one of unknown length."""
    return epoch + (min(step / per_epoch, 1.0) if per_epoch else 0.5 * bool(step))


def _label(moment: Moment) -> str:
    if moment.step_in_epoch:
        return say("epoch {epoch}, step {step}", epoch=moment.epoch + 1, step=moment.step_in_epoch)
    if not moment.epoch:
        return say("start")
    return say("end of epoch {epoch}", epoch=moment.epoch)
