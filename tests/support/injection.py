"""Raise KeyboardInterrupt at any line of fineopt, and check the trainer afterwards."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import numpy as np

import fineopt
from fineopt import figures
from fineopt.core.tape import recording
from fineopt.optimizer import LinearLR, MultipleOptimizer, Optimizer
from fineopt.training import Trainer
from tests.support.small import make_trainer

ROOT = os.path.dirname(fineopt.__file__)
Make = Callable[[Any, Any], Any]


def make(first: type[Optimizer], last: type[Optimizer], **settings: Any) -> Trainer:
    """Return a trainer with two optimizers, a schedule and a test after each epoch."""
    small = make_trainer()
    net, draw = small.net, np.random.RandomState(1)
    optimizer = MultipleOptimizer(
        first(list(net.first.parameters()), lr=0.1, **settings),
        last(list(net.last.parameters()), lr=0.01),
    )
    test = [(draw.normal(size=(6, 4)).astype("float32"), draw.randint(3, size=6))]
    schedule = LinearLR(optimizer, total_epochs=5)
    return Trainer(net, optimizer, small.dataloader, schedule=schedule, test_data=test)


class Interrupt:
    """Raise KeyboardInterrupt at the nth line executed in fineopt, and store where."""

    def __init__(self, line: int) -> None:
        self.left, self.where = line, ""

    def __call__(self, frame: FrameType, event: str, _: Any) -> Any:
        return self.trace if frame.f_code.co_filename.startswith(ROOT) else None

    def trace(self, frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            self.left -= 1
            if self.left == 0:
                path = os.path.relpath(frame.f_code.co_filename, ROOT)
                self.where = f"{path}:{frame.f_lineno} in {frame.f_code.co_name}"
                raise KeyboardInterrupt
        return self.trace


def interrupted(line: int, action: Callable[[], object]) -> str:
    """Interrupt an action at its nth line and return the location, empty if it ended before."""
    tracer, before = Interrupt(line), sys.gettrace()
    sys.settrace(tracer)
    try:
        action()
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(before)
    return tracer.where


def check_whole(trainer: Trainer) -> None:
    """Assert that each step is recorded completely or not at all."""
    record = trainer.record
    assert not recording.tapes
    assert record.loss.shape == (record.steps,)
    assert record.lr.shape == (record.steps, len(record.groups))
    ended = record.epochs
    assert record.epoch_loss.shape == (ended,)
    assert len(record.epoch_accuracy) == ended
    for sums in (record.grad_sum_epoch, record.grad_sum_last):
        assert {len(several) for several in sums.values()} == {ended}
    taken = {
        state["step"]
        for opt in trainer.optimizer.opts
        for state in opt.state_dict()["state"].values()
    }
    assert len(taken) <= 1


def check_goes_on(trainer: Trainer, losses: Any, epochs: int) -> None:
    """Assert that the run continues with the losses of an uninterrupted run."""
    trainer.run(epochs - trainer.epoch)
    assert (trainer.epoch, trainer.record.steps) == (epochs, len(losses))
    np.testing.assert_array_equal(trainer.record.loss, losses)


def check_resets(trainer: Trainer, losses: Any, epochs: int) -> None:
    """Assert that a reset restores the start of the run."""
    trainer.reset()
    assert (trainer.epoch, trainer.record.steps) == (0, 0)
    check_goes_on(trainer, losses, epochs)


def check_draws(trainer: Trainer) -> None:
    """Assert that the record can be drawn in its current state."""
    assert figures.overview(trainer.record).axes
