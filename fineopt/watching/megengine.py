"""Watches a MegEngine network and its optimizers during a user's own training loop."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from functools import partial
from typing import Any, cast

from ..bridge.megengine import MegEngine, StepHook
from ..errors import BadKeyError, suggestion
from ..language import list_names, say
from ..recorder import Record
from .loop import WatchedLoop, find_watch
from .megengine_keeper import MegEngineKeeper

__all__ = ["MegEngineSnapshot", "MegEngineWatch", "watch_megengine"]


def watch_megengine(
    model: Any,
    optimizer: Any,
    schedulers: Iterable[Any] = (),
    steps_per_epoch: int | None = None,
    every: int = 1,
    *,
    keep: int = 64,
) -> MegEngineWatch:
    """Watch a MegEngine network and its optimizers from now on; training is the same to the bit.

    Watching the same network and optimizers again returns the same object.

    Args:
        model: a megengine.module.Module.
        optimizer: of megengine.optimizer, or a list of several.
        schedulers: of the learning rates, for snapshots.
        steps_per_epoch: if known; an epoch that `end_epoch` does not end ends after so many.
        every: steps between two samples of the parameters, rounded up to a power of 2.
        keep: how many numbers of each parameter the record keeps.

    Raises:
        TypeError: if model or optimizer is a class, or of another kind.
        ValueError: if they share no parameter, or the optimizer is watched with another network.
    """
    engine = MegEngine(model, optimizer, schedulers)
    if (known := find_watch(engine.net, engine.optimizers)) is not None:
        return cast(MegEngineWatch, known)
    return MegEngineWatch(engine, steps_per_epoch, every, keep)


class MegEngineWatch(WatchedLoop):
    """A MegEngine network and its optimizers, watched and steered.

    It has the record, the groups, the panel, freezing and snapshots of `fineopt.watching.Watch`.
    ``notices`` are what was found on the way; ``error`` says why recording stopped, if it did.

    Args:
        engine: the network and its optimizers.
        steps_per_epoch, every, keep: as of `watch_megengine`.
    """

    def __init__(
        self, engine: MegEngine, steps_per_epoch: int | None, every: int, keep: int
    ) -> None:
        super().__init__(engine, steps_per_epoch, every, keep)
        self.player = None  # the loop is always the user's
        self.after_step: list[Callable[[], None]] = []
        self._frozen: set[str] = set()
        self._keeper = MegEngineKeeper(engine, self.steering, steps_per_epoch, every, keep)
        self._hooks = [
            StepHook(opt, partial(self._before, k), partial(self._after, k))
            for k, opt in enumerate(engine.optimizers)
        ]
        self.register()

    # ---- around a step ----

    def _before(self, k: int) -> None:
        with self._contained():
            self.steering.before(k)
            for name in self._frozen:
                self.engine.clear_grad(name)
            if self.error is None:
                self._keeper.begin(k)

    def _after(self, k: int) -> None:
        with self._contained():
            if self.error is None:
                self._keeper.finish()
        with self._contained():
            self.steering.after(k)
            if names := self.engine.replaced():
                self._notice(
                    say(
                        "{names} of the network were replaced: the optimizer moves the former "
                        "ones. Make a new optimizer and watch again",
                        names=list_names(names),
                    )
                )
        for call in list(self.after_step):
            call()

    @contextlib.contextmanager
    def _contained(self) -> Any:
        """Stop recording after an internal error and report it once; training continues."""
        try:
            yield
        except Exception as error:
            self._contain(error)

    # ---- the record ----

    @property
    def record(self) -> Record:
        """What was recorded since the start."""
        return self._keeper.record

    recorded = record

    def loss(self, value: Any) -> None:
        """Tell the loss of a step: a number, or a tensor of one.

        If the first loss is told before the first step, each belongs to the step that follows it,
        otherwise to the step before it.
        """
        if self.watching and self.error is None:
            with self._contained():
                self._keeper.tell_loss(float(value.item() if hasattr(value, "item") else value))

    # ---- freezing ----

    def freeze(self, pattern: str) -> list[str]:
        """Freeze the parameters whose names match a pattern, and return their names.

        Their gradients are set to None before each step, which then skips them. A GradManager has
        no method that detaches, so as long as they are attached the gradients are computed.

        Raises:
            KeyError: if no name matches.
        """
        names = self._matching(pattern)
        self._frozen.update(names)
        for name in names:
            self.engine.clear_grad(name)
        return names

    def unfreeze(self, pattern: str) -> list[str]:
        """Unfreeze the parameters whose names match a pattern, and return their names.

        Raises:
            KeyError: if no name matches.
        """
        names = self._matching(pattern)
        self._frozen.difference_update(names)
        return names

    def _matching(self, pattern: str) -> list[str]:
        every = self.engine.parameters
        names = [name for name in every if fnmatchcase(name, pattern)]
        if not names:
            hint = suggestion(pattern, every)
            raise BadKeyError(f"no parameter's name matches {pattern!r}: {hint}")
        return names

    # ---- states ----

    def snapshot(self) -> MegEngineSnapshot:
        """Capture everything that training changes, and the record."""
        return MegEngineSnapshot(self)

    def restore(self, snapshot: MegEngineSnapshot) -> None:
        """Restore a snapshot to the bit, the record included.

        Raises:
            ValueError: if the network has other parameters, buffers or groups; nothing has changed.
        """
        snapshot.restore()

    def frozen(self) -> set[str]:
        """Return the names of the parameters that are frozen by name."""
        return set(self._frozen)

    def _stop_reading(self) -> None:
        for hook in self._hooks:
            hook.remove()
        self.after_step.clear()


class MegEngineSnapshot:
    """The states of a watched network's parts, of what was steered, and of the record.

    Args:
        watch: as it is now.
    """

    def __init__(self, watch: MegEngineWatch) -> None:
        self._watch, self._state = watch, watch.engine.capture()
        self._record = watch.record.state_dict()
        self._held, self._frozen = dict(watch.steering.held), watch.frozen()

    def limits(self) -> list[str]:
        """Return what cannot be restored exactly."""
        return [
            say(
                "MegEngine gives no access to the state of its random number generator: dropout "
                "and megengine.random go on from where they are"
            ),
            say("the order of the data is not restored"),
        ]

    def restore(self) -> None:
        """Restore the states, and then the record.

        Raises:
            ValueError: if the network has other parameters, buffers or groups; nothing has changed.
        """
        watch = self._watch
        self._state.check()
        self._state.restore()
        watch.record.load_state_dict(self._record)
        watch.unfreeze("*")
        for name in self._frozen:
            watch.freeze(name)
        watch.steering.held.clear()
        for key, lr in self._held.items():
            watch.steering.hold(key, lr)
