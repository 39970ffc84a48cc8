"""Watches a network and its optimizers during a user's own training loop."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from typing import Any
from weakref import WeakValueDictionary

from ..audit import Report, audit
from ..bridge.steering import Steering
from ..checks import positive_integer, validate
from ..control.playing.player import Player
from ..errors import BadKeyError, ParameterWarning, suggestion
from ..recorder import Record, kept_indices
from ..wording import join_names
from .groups import Groups, WatchedGroups
from .playing import StepRun
from .snapshot import WatchSnapshot

__all__ = ["Watch", "watch"]

_watched: WeakValueDictionary[int, Watch] = WeakValueDictionary()  # by the id of the optimizer


def watch(
    model: Any,
    optimizer: Any,
    schedulers: Iterable[Any] = (),
    steps_per_epoch: int | None = None,
    every: int = 1,
    *,
    keep: int = 64,
    scaler: Any = None,
    loader: Any = None,
) -> Watch:
    """Watch a PyTorch model and its optimizers from now on; training is the same to the bit.

    Watching the same model and optimizers again returns the same Watch.

    Args:
        model: a torch.nn.Module; wrappers of torch.compile and DistributedDataParallel are looked
            into. Under DistributedDataParallel, watch on rank 0.
        optimizer: of torch.optim, or a list of several; each step of any of them is a step of the
            record.
        schedulers: of the learning rates, for the audit and for snapshots.
        steps_per_epoch: if known; an epoch that `Watch.end_epoch` does not end ends after so many.
        every: steps between two samples of the parameters, rounded up to a power of 2. Losses and
            learning rates are recorded at each step.
        keep: how many numbers of each parameter the record keeps.
        scaler: of mixed precision, for snapshots.
        loader: of the data, for snapshots; with ``state_dict`` its place is restored.

    Raises:
        TypeError: if model or optimizer is a class, or of another kind.
        ValueError: if they share no parameter, if a parameter is on the meta device or a shard of
            FSDP, or if the optimizer is watched with another model.
    """
    if any(kind.__module__.startswith("megengine.") for kind in type(model).__mro__):
        from .megengine import watch_megengine

        return watch_megengine(  # type: ignore[return-value]  # the same interface, without torch
            model, optimizer, schedulers, steps_per_epoch, every, keep=keep
        )
    from ..bridge.torch import TorchEngine

    schedulers = [schedulers] if hasattr(schedulers, "state_dict") else list(schedulers)
    engine = TorchEngine(model, optimizer, schedulers, scaler=scaler, loader=loader)
    for opt in engine.optimizers:
        known = _watched.get(id(opt))
        if known is None or not any(opt is other for other in known.engine.optimizers):
            continue
        same = known.engine.net is engine.net
        if same and [*map(id, known.engine.optimizers)] == [*map(id, engine.optimizers)]:
            known.engine.schedulers[:] = schedulers or known.engine.schedulers
            return known
        raise ValueError(
            f"this {type(opt).__name__} is watched already, with another model or other "
            "optimizers: call detach() on that Watch first"
        )
    return Watch(engine, steps_per_epoch, every, keep)


class Watch:
    """A model and its optimizers, watched and steered; see `watch`.

    ``groups`` are the param groups by label or index: ``w.groups["head"].lr = 3e-4`` holds under
    any schedule until ``w.groups["head"].release()``. ``notices`` are what was found on the way.
    ``error`` says why recording stopped, if it did; training goes on then.
    """

    def __init__(self, engine: Any, steps_per_epoch: int | None, every: int, keep: int) -> None:
        from ..bridge.torch_steps import StepReader
        from .keeper import RecordKeeper, norms_every

        for name, value in (("every", every), ("keep", keep)):
            validate(value, positive_integer, name)
        if steps_per_epoch is not None:
            validate(steps_per_epoch, positive_integer, "steps_per_epoch")
        self.engine = engine
        self.steering = Steering(engine.optimizers, engine.scheduled)
        self.controllers = WatchedGroups(engine, self.steering)
        self.groups = Groups(self.controllers)
        self.notices: list[str] = []
        self.error: str | None = None
        self.watching = True
        self.player: Player[StepRun] | None = None  # of `play`
        self._panel: Any = None
        self._loss_before: bool | None = None  # whether losses are told before their steps
        self._stride = 1 << (every - 1).bit_length()
        numbers = sum(p.numel() for p in engine.parameters.values())
        norms = max(self._stride, norms_every(numbers))
        shapes = {name: engine.shape(name) for name in engine.parameters}
        self._reader = StepReader(
            engine,
            self.steering,
            {name: kept_indices(shape, keep) for name, shape in shapes.items()},
            every=self._stride,
            norms_every=norms,
            contain=self._contain,
        )
        try:
            self._keeper = RecordKeeper(
                engine, self._reader, steps_per_epoch, keep, self._stride, norms
            )
        except BaseException:
            self._reader.remove()
            raise
        self._reader.after_step.append(self._after_step)
        for opt in engine.optimizers:
            _watched[id(opt)] = self

    # ---- the record ----

    @property
    def record(self) -> Record:
        """What was recorded since the start; reading it waits for numbers on their way."""
        try:
            self._keeper.catch_up(wait=True)
        except Exception as error:
            self._contain(error)
        return self._keeper.record

    @property
    def recorded(self) -> Record:
        """The record as far as its numbers have arrived; nothing is waited for."""
        return self._keeper.record

    @property
    def after_step(self) -> list[Callable[[], None]]:
        """Functions that are called, without arguments, after each step."""
        return self._reader.after_step

    def loss(self, value: Any) -> None:
        """Tell the loss of a step: a number, or a tensor, which is not waited for.

        If the first loss is told before the first step, each belongs to the step that follows it,
        otherwise to the step before it. A closure's value needs no telling.
        """
        if not self.watching or self.error is not None:
            return
        if self._loss_before is None:
            self._loss_before = not self._reader.steps_read
        try:
            (self._reader.expect_loss if self._loss_before else self._reader.amend_loss)(value)
        except Exception as error:
            self._contain(error)

    def end_epoch(self, accuracy: float | None = None) -> None:
        """End an epoch after the newest step.

        Args:
            accuracy: from 0 to 1, if it was measured.

        Raises:
            RuntimeError: if there was no step since the last epoch ended.
        """
        if accuracy is not None:
            accuracy = float(accuracy)
        if self.error is None:
            self._keeper.end_epoch(accuracy)

    def to_tensorboard(self, directory: str) -> None:
        """Write the record's losses, learning rates, norms and accuracies for TensorBoard.

        Raises:
            ImportError: if TensorBoard is not installed.
        """
        from ..bridge.tensorboard import write_scalars

        write_scalars(self.record, directory)

    def _after_step(self) -> None:
        if self.error is not None:
            return
        try:
            self._keeper.catch_up(wait=False)
            if names := self.engine.replaced():
                self._notice(
                    f"{join_names(names)} of the model were replaced (load_state_dict with "
                    "assign=True or to_empty does it): the optimizer moves the former ones, which "
                    "the model no longer uses. Make a new optimizer and watch again"
                )
        except Exception as error:
            self._contain(error)

    def _notice(self, text: str) -> None:
        if text not in self.notices:
            self.notices.append(text)
            with contextlib.suppress(Exception):  # where warnings are errors
                warnings.warn(text, ParameterWarning, stacklevel=2)

    def _contain(self, error: Exception) -> None:
        """Stop recording after an internal error and report it once; training continues."""
        if self.error is None:
            self.error = f"recording stopped: {type(error).__name__}: {error}"
            self._reader.recording = False
            with contextlib.suppress(Exception):
                warnings.warn(f"fineopt: {self.error}", RuntimeWarning, stacklevel=2)

    def reread(self) -> None:
        """Read on from the record's newest step, after it was restored."""
        self._reader.steps_read = self._keeper.record.steps

    # ---- the next step ----

    def audit(self, **options: Any) -> Report:
        """Report what the next step will do to each parameter; see `fineopt.audit.audit`.

        After ``backward()`` it is exact. Otherwise give ``batch=(data, label)``, and ``loss=`` if
        that is not the cross entropy.
        """
        options.setdefault("schedules", self.engine.schedulers)
        with self.steering.applied():
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
        decay moves them. Returns their names.

        Raises:
            KeyError: if no name matches.
        """
        names = self._matching(pattern)
        for name in names:
            self.engine.detach(name)
        self._reader.frozen.update(names)
        return names

    def unfreeze(self, pattern: str, lr: float | None = None) -> list[str]:
        """Unfreeze the parameters whose names match, and set the lr of their groups if it is given.

        If a group has other parameters too, those that match get a group of their own.

        Raises:
            KeyError: if no name matches.
            TypeError, ValueError: if lr is invalid, or a group cannot be split because a schedule
                governs it. Nothing has changed then.
        """
        names = self._matching(pattern)
        wanted = {id(self.engine.parameters[name]) for name in names}
        touched = [
            group
            for group in self.controllers.now()
            if any(id(p) in wanted for p in group.group["params"])
        ]
        whole = [g for g in touched if all(id(p) in wanted for p in g.group["params"])]
        split = [] if lr is None else [group for group in touched if group not in whole]
        if lr is not None:
            if not touched:
                raise ValueError(f"no optimizer has {join_names(names)}: there is no lr to set")
            for group in touched:
                group.check("lr", lr)
            for group in split:
                if group.scheduled:
                    raise ValueError(
                        f"{group.label} holds other parameters than {pattern!r} too, and a "
                        "schedule governs it, which could not follow a new group: give these "
                        "parameters a group of their own when the optimizer is made"
                    )
        for name in names:
            self.engine.attach(name)
        self._reader.frozen.difference_update(names)
        for group in whole:
            if lr is not None:
                group.lr = lr
            elif group.frozen:
                group.frozen = False
        for group in split:
            _split(group.owner, group.group, wanted, lr, pattern)
        return names

    def _matching(self, pattern: str) -> list[str]:
        every = self.engine.parameters
        names = [name for name in every if fnmatchcase(name, pattern)]
        if not names:
            hint = suggestion(pattern, every)
            raise BadKeyError(f"no parameter's name matches {pattern!r}: {hint}")
        return names

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
            ValueError: if steps is not an integer of at least 1.
        """
        import asyncio

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

    def panel(self) -> Any:
        """Return the panel that a notebook shows for ``w``: rows for the groups, live figures."""
        from ..widgets.panels.watch import WatchPanel

        if self._panel is None or self._panel.comm is None:
            self._panel = WatchPanel(self)
        return self._panel

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return self.panel()._repr_mimebundle_(**options)

    # ---- states ----

    def snapshot(self) -> WatchSnapshot:
        """Capture everything that training changes, and the record."""
        return WatchSnapshot(self)

    def restore(self, snapshot: WatchSnapshot) -> None:
        """Restore a snapshot to the bit, the record included.

        Raises:
            ValueError: if the model has other parameters, buffers or groups; nothing has changed.
        """
        snapshot.restore()

    # ---- the end ----

    def detach(self) -> None:
        """Stop watching and steering: hooks are removed, and schedules have their groups back.

        The record stays readable. An lr set by hand where there is no schedule, and what was
        frozen by name, stay as they are.
        """
        if not self.watching:
            return
        self.record  # noqa: B018 - numbers on their way arrive
        self.watching = False
        self._reader.remove()
        self._reader.after_step.clear()
        for key in list(self.steering.held):
            if self.steering.scheduled(key):
                self.steering.release(key)
        for opt in self.engine.optimizers:
            if _watched.get(id(opt)) is self:
                del _watched[id(opt)]

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        self.detach()

    def __repr__(self) -> str:
        groups = self.controllers.summary_texts(lambda group: f": {group.summary_text()}")
        state = "" if self.watching else "detached, "
        return f"Watch({state}{join_names(groups)})"


def _split(
    optimizer: Any, group: dict[str, Any], wanted: set[int], lr: float | None, name: str
) -> None:
    """Move parameters of a group into one of their own, with the same settings and state."""
    places = [j for j, p in enumerate(group["params"]) if id(p) in wanted]
    moved = [group["params"][j] for j in places]
    left = {k: v for k, v in group.items() if k not in ("params", "param_names", "lr", "name")}
    names = group.get("param_names")
    for j in reversed(places):
        del group["params"][j]
    taken = [names.pop(j) for j in reversed(places)][::-1] if names else None
    params: Any = list(zip(taken, moved, strict=True)) if taken else moved
    optimizer.add_param_group({"params": params, **left, "lr": lr, "name": name})
