"""A run of fineopt's own engine that can be captured, and restored to the bit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from ..atomic import Change, commit
from ..errors import suggestion
from ..files import as_value_error
from .engine import Batches
from .feed import Feed
from .native import NativeEngine
from .recording import RunRecorder
from .states.limits import engine_limits, evaluation_limits, feed_limits
from .states.rebuilding import Rebuilding
from .states.snapshot import Snapshot
from .states.tested import Tested
from .step import StepLoop

__all__ = ["RestorableLoop"]


class RestorableLoop(StepLoop):
    """Goes back to its start, or to any snapshot of the run."""

    engine: NativeEngine
    test_data: Batches | None

    def __init__(self, engine: NativeEngine, feed: Feed, recorder: RunRecorder) -> None:
        super().__init__(engine, feed, recorder)
        self._unfinished: Snapshot | None = None  # whose restoration was interrupted
        self._start = self.snapshot()
        self._restored = 0, self._start
        commit([feed.restarting(self._start.step_in_epoch)])

    @property
    def schedule_every(self) -> str:
        """After what the schedule is stepped, ``"epoch"`` or ``"step"``.

        Raises:
            ValueError: when set to anything else.
        """
        return self._schedule_every

    @schedule_every.setter
    def schedule_every(self, every: str) -> None:
        if every not in ("epoch", "step"):
            raise ValueError(
                f"schedule_every must be 'epoch' or 'step', not {every!r}: "
                f"{suggestion(every, ('epoch', 'step'))}"
            )
        self._schedule_every = every

    def snapshot(self) -> Snapshot:
        """Capture everything the run depends on, between two steps; see :meth:`restore`."""
        self._settle()
        engine = self.engine.capture()
        every, tested = self.schedule_every, Tested.of(self.test_data)
        return Snapshot.of(engine, self._feed, self._recorder, self.schedule, every, tested)

    def state_dict(self) -> dict[str, Any]:
        """Return everything the run depends on, by name, to save it and go on elsewhere.

        Its arrays are read-only, and later steps do not change them.

        Raises:
            TypeError: if something cannot be saved, such as a schedule made of functions.

        >>> import numpy as np
        >>> from fineopt import module, optimizer
        >>> from fineopt.training import Trainer
        >>> net = module.Linear(2, 3)
        >>> batches = [(np.ones((4, 2)), np.arange(4) % 3)]
        >>> trainer = Trainer(net, optimizer.SGD(net.parameters(), lr=0.1), batches)
        >>> state = trainer.state_dict()
        >>> first = trainer.step()
        >>> trainer.load_state_dict(state)
        >>> trainer.record.steps, trainer.step() == first
        (0, True)
        """
        return self.snapshot().state_dict(self._start)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore what :meth:`state_dict` returned, of this run or of one that was made likewise.

        Raises:
            ValueError: if the state is damaged, or of another network, optimizer or data; the run
                is then as it was.
        """
        with as_value_error("this state does not fit the run"):
            snapshot = self.rebuilding().snapshot(state)
        self.restore(snapshot)

    def rebuilding(self) -> Rebuilding:
        """Return what makes snapshots of this run from saved states."""
        self._settle()
        return Rebuilding(self._start, self.test_data)

    def limits(self) -> list[str]:
        """Return what a snapshot cannot hold, by name; empty if replaying is exact.

        Numbers are the same to the last bit with the same number of threads: see
        :class:`fineopt.timeline.Timeline`.
        """
        engine = self.engine
        return [
            *feed_limits(self._feed),
            *evaluation_limits(self.test_data),
            *engine_limits(engine.net, engine.optimizer, engine.train_func),
        ]

    @property
    def start(self) -> Snapshot:
        """The snapshot that :meth:`reset` restores."""
        return self._start

    @property
    def restored(self) -> tuple[int, Snapshot]:
        """How often a snapshot was restored, and the last that was; at first, the start."""
        return self._restored

    def restore(self, snapshot: Snapshot, *, along: Iterable[Change] = ()) -> None:
        """Restore a snapshot of this run to the bit, the record included.

        The same steps follow from it as followed the first time; :meth:`limits` says what may
        prevent this.

        Args:
            snapshot: of this trainer.
            along: changes that are committed together with it, for those who follow the run.

        Raises:
            Exception: what the network or the dataloader raise if they cannot be restored, such as
                ValueError for a network that has got other parameters since. Nothing has changed
                then, except by ``along``.
        """
        self._settle()
        snapshot.check()
        before, grads, place = self.snapshot(), self.engine.savepoint(), dict(vars(self._feed))
        restored = self._restored
        self.engine.release()
        changes = [*snapshot.restoring(), *along]
        try:
            commit([*changes, self._setting(snapshot, snapshot, (restored[0] + 1, snapshot))])
            self._finish_restoring()
        except Exception:
            undo: list[Change] = [*before.restoring(), *grads.restoring()]
            undo.append(partial(vars(self._feed).update, place))
            commit([*undo, self._setting(before, None, restored)])
            raise
        except BaseException:  # an interrupt is not a refusal
            self._finish_restoring()
            raise

    def reset(self) -> None:
        """Restore, to the bit, the state in which the Trainer was made, and clear the record.

        That is the network, the optimizer with its groups and their settings, what is attached,
        the schedule, the order of the data, the test data and the stream of random numbers. The
        optimizer is the same object as at the start, also after :meth:`swap_optimizer`.

        Raises:
            Exception: as :meth:`restore`.
        """
        self.restore(self._start)

    def _setting(
        self, snapshot: Snapshot, unfinished: Snapshot | None, restored: tuple[int, Snapshot]
    ) -> Change:
        now = {
            "schedule": snapshot.schedule,
            "_schedule_every": snapshot.schedule_every,
            "test_data": snapshot.tested.data,
            "_unfinished": unfinished,
            "_restored": restored,
        }
        return partial(vars(self).update, now)

    def _settle(self) -> None:
        super()._settle()
        self._finish_restoring()

    def _finish_restoring(self) -> None:
        snapshot = self._unfinished
        if snapshot is not None:
            last = snapshot.finish(restart=snapshot is self._start)
            commit([*last, partial(vars(self).update, _unfinished=None)])
