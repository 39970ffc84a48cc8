"""Watches a network and its optimizers during a user's own training loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..audit import Report, audit
from ..bridge.reading import MakeReader
from ..checks import positive_integer, validate
from ..control.playing.player import Player
from .freezing import Freezing
from .playing import StepRun
from .rewinding import RewindableLoop

__all__ = ["Watch"]


class Watch(RewindableLoop):
    """A model and its optimizers, watched and steered; see `fineopt.watch`.

    ``groups`` are the param groups by label or index: ``w.groups["head"].lr = 3e-4`` holds under
    any schedule until ``w.groups["head"].release()``. ``notices`` are what was found on the way.
    ``error`` says why recording stopped, if it did; training goes on then.
    """

    def __init__(
        self,
        engine: Any,
        make_reader: MakeReader,
        steps_per_epoch: int | None,
        every: int,
        keep: int,
    ) -> None:
        super().__init__(engine, make_reader, steps_per_epoch, every, keep)
        self._freezing = Freezing(engine, self.controllers, self.frozen)
        self.player: Player[StepRun] | None = None  # of `play`
        self.register()

    # ---- the next step ----

    def audit(self, **options: Any) -> Report:
        """Report what the next step will do to each parameter; see `fineopt.audit.audit`.

        After ``backward()`` it is exact. Otherwise give ``batch=(data, label)``, and ``loss=`` if
        that is not the cross entropy. Gradients that the ``scaler=`` of `fineopt.watch` has scaled
        are read unscaled.
        """
        options = self.engine.audit_options(options, self.frozen)
        with self.steering.applied(), self.engine.as_used():
            report = audit(self.engine.net, self.engine.optimizers, **options)
        held = {group.label for group in self.groups.values() if group.overridden}
        report.findings = [
            one
            for one in report.findings
            if one.code != "schedule overwrites the lr" or not held.issuperset(one.names)
        ]
        return report

    # ---- freezing ----

    def freeze(self, pattern: str) -> list[str]:
        """Freeze the parameters whose names match a pattern, such as ``"encoder.*"``.

        They get no gradient any more, and lose the one they have, so that no momentum or weight
        decay moves them. Of tied parameters each name counts. Returns their names.

        Raises:
            KeyError: if no name matches.
            TypeError: if the pattern is no text.
        """
        return self._freezing.freeze(pattern)

    def unfreeze(self, pattern: str, lr: float | None = None) -> list[str]:
        """Unfreeze the parameters whose names match, and set the lr of their groups if it is given.

        If a group has other parameters too, those that match get a group of their own.

        Raises:
            KeyError: if no name matches.
            TypeError, ValueError: if pattern or lr is invalid, or a group cannot be split because
                a schedule governs it. Nothing has changed then.
        """
        return self._freezing.unfreeze(pattern, lr)

    # ---- playing ----

    def play(self, step_fn: Callable[[], Any], *, steps: int | None = None) -> Player[StepRun]:
        """Run a training loop: each call of ``step_fn()`` trains on one mini-batch.

        If it returns the loss, that is recorded. It ends where step_fn raises StopIteration. In
        Jupyter it runs as a task, so that cells and panel stay usable; elsewhere give ``steps``.

        Args:
            step_fn: zeroes gradients, computes the loss and its gradients, and steps.
            steps: how many; if None, until it is paused.

        Raises:
            RuntimeError: if no event loop is running and steps is None.
            TypeError: if step_fn cannot be called.
            ValueError: if steps is not an integer of at least 1.
        """
        import asyncio

        if not callable(step_fn):
            raise TypeError(f"step_fn must be a function, not a {type(step_fn).__name__}")
        if steps is not None:
            validate(steps, positive_integer, "steps")
        if self.player is not None:
            self.player.pause()
        player = self.player = Player(StepRun(self, step_fn, steps))
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            if steps is None:
                raise RuntimeError(
                    "play() without steps needs a running event loop, as in Jupyter: give steps=, "
                    "or call step_fn in a loop of your own"
                ) from None
            player.step(lambda: player.run.more)
        else:
            player.play()
        return player

    def _stop_reading(self) -> None:
        self.record  # noqa: B018 - numbers on their way arrive
        self._reader.remove()
        self._reader.after_step.clear()
