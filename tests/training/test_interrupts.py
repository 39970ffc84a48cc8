"""Ctrl-C at any line: an operation has completed or has no effect, and the run can continue.

`make fuzz` interrupts every line, with more optimizers; these tests, every 97th.
"""

from __future__ import annotations

import copy
import gc
import subprocess
import sys
import textwrap
import warnings
from dataclasses import replace
from threading import Thread
from typing import Any
from weakref import WeakSet

import numpy as np
import pytest

from fineopt.autodiff import GradManager
from fineopt.core.tape import recording
from fineopt.data import DataLoader, SequentialSampler
from fineopt.data.dataset import ArrayDataset
from fineopt.data.transform import Transform
from fineopt.landscape.run import Run
from fineopt.optimizer import SGD, Adam
from fineopt.tensor import Parameter, Tensor
from fineopt.training import Trainer
from tests.support.injection import (
    check_draws,
    check_goes_on,
    check_resets,
    check_whole,
    interrupted,
    make,
)
from tests.support.small import make_trainer

STRIDE = 97  # a prime, so that each iteration of a loop is interrupted at another line


def made() -> Trainer:
    return make(SGD, Adam, momentum=0.9)


@pytest.fixture(scope="module")
def losses() -> Any:
    return made().run(epochs=3).loss.copy()


@pytest.mark.parametrize("begin", [1, 33, 65])
def test_an_interrupted_run_continues_unaffected(losses: Any, begin: int) -> None:
    tried, trainer = 0, made()
    while interrupted(begin + tried * STRIDE, lambda: trainer.run(2)):  # noqa: B023
        check_whole(trainer)
        if tried < 2:
            check_draws(trainer)
        check_goes_on(trainer, losses, 3)
        tried, trainer = tried + 1, made()
    assert tried > 50


def test_an_interrupted_reset_is_complete_or_completed_by_the_next_call(losses: Any) -> None:
    tried, trainer = 0, made()
    trainer.run(1)
    while interrupted(1 + tried * 31, trainer.reset):
        check_whole(trainer)
        check_resets(trainer, losses, 3)
        trainer.reset()
        trainer.run(1)
        tried += 1
    assert tried > 5


def test_an_interrupted_evaluation_restores_the_modes() -> None:
    trainer, line = made(), 1
    modes = [module.training for module in trainer.net.modules()]
    while interrupted(line, trainer.evaluate):
        assert [module.training for module in trainer.net.modules()] == modes
        line += 7
    assert line > 70


def test_an_interrupted_step_updates_all_parameters_or_none() -> None:
    line = 1
    while True:
        p, q = Parameter([1.0]), Parameter([2.0])
        optimizer = Adam([p, q], lr=0.1)
        p.grad = q.grad = Tensor([1.0])
        optimizer.step()
        before = [p.numpy(), q.numpy()], copy.deepcopy(optimizer.state_dict())
        if not interrupted(line, optimizer.step):
            break
        steps = {optimizer.state_of(x)["step"] for x in (p, q)}
        moved = [
            not np.array_equal(x.numpy(), was) for x, was in zip((p, q), before[0], strict=True)
        ]
        assert (steps, moved) in [({1}, [False, False]), ({2}, [True, True])]
        if steps == {1}:
            np.testing.assert_equal(optimizer.state_dict(), before[1])
        line += 3
    assert line > 30


def test_an_interrupted_load_is_complete_or_has_no_effect() -> None:
    state = {name: p.numpy() + 1 for name, p in make_trainer().net.named_parameters()}
    line = 1
    while True:
        net = make_trainer().net
        before = {name: p.numpy() for name, p in net.named_parameters()}
        where = interrupted(line, lambda: net.load_state_dict(state))  # noqa: B023
        now = {name: p.numpy() for name, p in net.named_parameters()}
        loaded = [np.array_equal(now[name], state[name]) for name in state]
        kept = [np.array_equal(now[name], before[name]) for name in state]
        assert all(loaded) or all(kept), where
        if not where:
            break
        line += 1
    assert all(loaded)
    assert line > 30


def test_an_interrupted_path_continues_unaffected() -> None:
    def path() -> Run:
        run = Run("quadratic", (-4.0, 1.0), ("SGD", "Adam"), (0.05, 0.02), seed=3)
        run.landscape = replace(run.landscape, noise=0.1)
        return run.run(1)

    whole, line = path().run(2), 1
    while interrupted(line, (run := path()).step):
        assert run.path.shape == (run.steps + 1, 2)
        run.run(3 - run.steps)
        np.testing.assert_array_equal(run.path, whole.path)
        np.testing.assert_array_equal(run.lrs, whole.lrs)
        line += 5
    assert line > 100


def test_an_interrupt_leaves_no_recording_open() -> None:
    x, gm = Parameter([2.0]), GradManager()
    gm.attach(x)

    def square() -> None:
        with gm:
            gm.backward(x * x)

    line = 1
    while interrupted(line, square):
        assert not recording.tapes
        x.grad = None
        square()
        np.testing.assert_array_equal(x.grad.numpy(), [4.0])
        x[...] = 2.0  # allowed, since nothing is recording it
        line += 1
    assert line > 50


def test_ctrl_c_in_a_training_process_loses_no_epoch() -> None:
    code = textwrap.dedent("""
        import os, random, signal, threading, time
        from fineopt.optimizer import SGD, Adam
        from tests.support.injection import check_whole, make
        trainer, seen, inside = make(SGD, Adam, momentum=0.9), 0, False
        draw = random.Random(0)
        def send():
            for _ in range(60):
                time.sleep(draw.uniform(0.002, 0.02))
                os.kill(os.getpid(), signal.SIGINT)
        def hear(number, frame):
            global inside
            if inside:  # once, and never in this script's own lines about it
                inside = False
                raise KeyboardInterrupt
        signal.signal(signal.SIGINT, hear)
        thread = threading.Thread(target=send)
        thread.start()
        while thread.is_alive():
            try:
                inside = True
                trainer.run(1)
                inside = False
            except KeyboardInterrupt:
                seen += 1
                check_whole(trainer)
        trainer.run(1)  # the last interrupt may have come in the middle of an epoch
        epochs, losses = trainer.epoch, trainer.record.loss
        assert trainer.record.steps == 3 * epochs
        again = make(SGD, Adam, momentum=0.9)
        assert (again.run(epochs).loss == losses).all()
        print(seen)
    """)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 10


# ---- loaders that end early ----


class Short(list[Any]):
    """A loader of three mini-batches whose length is five."""

    def __len__(self) -> int:
        return 5


def test_a_loader_with_fewer_batches_than_its_length_warns_at_the_end_of_an_epoch() -> None:
    small = make_trainer()
    batches = Short([(np.ones((2, 4), "float32"), np.array([0, 1]))] * 3)
    trainer = Trainer(small.net, small.optimizer, batches)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        record = trainer.run(epochs=2)
    assert (record.epochs, record.steps) == (2, 6)
    assert [str(warning.message) for warning in caught] == [
        "the dataloader yielded 3 mini-batches, but its length is 5: "
        f"epoch {epoch} ended after them"
        for epoch in (1, 2)
    ]


def test_an_empty_loader_raises() -> None:
    small = make_trainer()
    with pytest.raises(ValueError, match="the dataloader yields no mini-batches"):
        Trainer(small.net, small.optimizer, [])


class Ends(ArrayDataset):
    """A dataset whose internal iterator is exhausted after four items."""

    def __getitem__(self, index: Any) -> Any:
        if index >= 4:
            raise StopIteration
        return super().__getitem__(index)


class Stops(Transform):
    """A transform whose internal iterator is exhausted from the start."""

    def apply(self, input: Any) -> Any:
        raise StopIteration


@pytest.mark.parametrize(("kind", "transform"), [(Ends, None), (ArrayDataset, Stops())])
def test_stop_iteration_within_the_data_is_an_error(kind: Any, transform: Any) -> None:
    data = kind(np.ones((8, 4), "float32"), np.arange(8) % 3)
    small = make_trainer()
    loader = DataLoader(data, SequentialSampler(data, batch_size=2), transform=transform)
    trainer = Trainer(small.net, small.optimizer, loader)
    with pytest.raises(RuntimeError, match="StopIteration"):
        trainer.run(epochs=1)
    assert trainer.epoch == 0


# ---- deleted tensors, and tensors of another thread ----


def test_deleted_and_detached_tensors_release_their_callbacks() -> None:
    gm, kept = GradManager(), Parameter([1.0])
    alive: WeakSet[Any] = WeakSet()

    def callback() -> Any:
        def keep(x: Tensor, grad: Tensor) -> Tensor:
            return grad

        alive.add(keep)
        return keep

    for _ in range(200):
        gm.attach(Parameter([1.0]), callback())
    gm.attach(kept, callback()).detach(kept)
    gc.collect()
    assert not alive
    assert gm.attached_tensors() == []
    with pytest.raises(ValueError, match="not attached"):
        gm.callbacks(kept)


def test_an_assignment_by_another_thread_before_backward_does_not_change_the_gradient() -> None:
    x, gm = Parameter([3.0]), GradManager()
    gm.attach(x)
    with gm:
        y = x * x
        other = Thread(target=x.__setitem__, args=(..., 100.0))
        other.start()
        other.join()
        gm.backward(y)
    np.testing.assert_array_equal(x.grad.numpy(), [6.0])
