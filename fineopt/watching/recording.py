"""Records what the hooks of a watched run read, and contains errors of its own."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..bridge.reading import MakeReader, check_loss
from ..language import list_names, say
from ..recorder import Record, kept_indices
from .keeper import RecordKeeper, norms_every, samples_every
from .loop import WatchedLoop

__all__ = ["RecordedLoop"]

PATIENCE = 2  # steps: if no loss is told after them, none is waited for
LOOK = 64  # steps between two looks for parameters that came to the model


class RecordedLoop(WatchedLoop):
    """A user's training loop, recorded by the hooks of its optimizers.

    Args:
        engine: with the model and the optimizers.
        make_reader: makes the reader of the optimizers' steps.
        steps_per_epoch: if known.
        every: steps between two samples of the parameters.
        keep: how many numbers of each parameter the record keeps.
    """

    def __init__(
        self,
        engine: Any,
        make_reader: MakeReader,
        steps_per_epoch: int | None,
        every: int,
        keep: int,
    ) -> None:
        super().__init__(engine, steps_per_epoch, every, keep)
        self._loss_before: bool | None = None  # whether losses are told before their steps
        stride = max(1 << (every - 1).bit_length(), samples_every(len(engine.parameters)))
        shapes = {name: engine.shape(name) for name in engine.parameters}
        numbers = sum(map(math.prod, shapes.values()))
        self.strides = stride, max(stride, norms_every(numbers))
        self._reader = make_reader(
            engine,
            self.steering,
            {name: kept_indices(shape, keep) for name, shape in shapes.items()},
            every=stride,
            norms_every=self.strides[1],
            contain=self._contain,
        )
        try:
            self._keeper = RecordKeeper(engine, self._reader, steps_per_epoch, keep, *self.strides)
        except BaseException:
            self._reader.remove()
            raise
        self._reader.after_step.append(self._after_step)
        self.notices += [  # not worth a warning
            say(
                "{names}: tied to {name}, and recorded under that name",
                names=say(", ").join(rest),
                name=name,
            )
            for name, rest in engine.tied().items()
        ]

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
    def frozen(self) -> set[str]:
        """The names of parameters that were frozen by name."""
        return self._reader.frozen

    @property
    def after_step(self) -> list[Callable[[], None]]:
        """Functions that are called, without arguments, after each step."""
        return self._reader.after_step

    def loss(self, value: Any) -> None:
        """Tell the loss of a step: a number, or a tensor, which is not waited for.

        If the first loss is told before the first step, each belongs to the step that follows it,
        otherwise to the step before it. A closure's value needs no telling.

        Raises:
            TypeError, ValueError: if it is neither a number nor a tensor, or a tensor without any.
        """
        check_loss(value)
        if not self.watching or self.error is not None:
            return
        if self._loss_before is None:
            self._loss_before = not self._reader.steps_read
        try:
            if self._loss_before:
                self._reader.expect_loss(value)
            else:
                self._reader.amend_loss(value)
                self._keeper.catch_up(wait=False)
        except Exception as error:
            self._contain(error)

    def end_full_epoch(self) -> None:
        """End the epoch if it has its known length, after a mini-batch is over."""
        if self._keeper.is_full and self.error is None:
            self.end_epoch()

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
            # so that a live figure never sees the step without its loss
            untold = self._loss_before is None and self._reader.steps_read <= PATIENCE
            self._keeper.catch_up(wait=False, hold=untold or self._loss_before is False)
            self._look_at_the_model()
        except Exception as error:
            self._contain(error)

    def _look_at_the_model(self) -> None:
        """Notice what has changed about the model that keeps it from being watched whole."""
        if names := self.engine.replaced():
            self._notice(
                say(
                    "{names} of the model were replaced (by another layer, load_state_dict with "
                    "assign=True or to_empty): the optimizer moves the former ones, which the "
                    "model no longer uses. Make a new optimizer and watch again",
                    names=list_names(names),
                )
            )
        if names := self._reader.recompiling():
            self._notice(
                say(
                    "the step of {names} is compiled, and its lr is a number: a new value may "
                    "compile it again. To steer it without that, give it tensors, such as "
                    "lr=torch.tensor(1e-3)",
                    names=list_names(names),
                )
            )
        if self._reader.steps_read % LOOK == 1 and (names := self.engine.added()):
            self._notice(
                say(
                    "{names} came to the model after watch(), so the record lacks them: call "
                    "detach() and watch again once the optimizer has them",
                    names=list_names(names),
                )
            )

    def _contain(self, error: Exception) -> None:
        self._reader.recording = False
        super()._contain(error)

    def reread(self) -> None:
        """Read on from the record's newest step, after it was restored."""
        self._reader.restart(self._keeper.record.steps)
