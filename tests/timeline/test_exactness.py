"""Whatever a run depends on is restored: the same steps follow, to the last bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import fineopt
import fineopt.functional as F
import fineopt.module as M
from fineopt.data import DataLoader, RandomSampler
from fineopt.data.dataset import ArrayDataset
from fineopt.optimizer import (
    SGD,
    Adam,
    CosineAnnealingLR,
    ExponentialLR,
    LinearLR,
    MultipleOptimizer,
    RMSprop,
)
from fineopt.timeline import Timeline
from fineopt.training import Trainer

STEPS = 5  # an epoch


class Net(M.Module):
    """Two layers, and what is asked for between them."""

    def __init__(self, *between: M.Module) -> None:
        super().__init__()
        self.first, self.last = M.Linear(4, 6), M.Linear(6, 3)
        self.between = M.Sequential(*between) if between else None

    def forward(self, x: Any) -> Any:
        x = F.relu(self.first(x))
        return self.last(x if self.between is None else self.between(x))


def data() -> ArrayDataset:
    draw = np.random.RandomState(3)
    return ArrayDataset(draw.normal(size=(20, 4)).astype("float32"), draw.randint(3, size=20))


def shuffled(seed: int | None = 5) -> DataLoader:
    items = data()
    return DataLoader(items, RandomSampler(items, batch_size=4, seed=seed))


class Accumulating(SGD):
    """Moves the parameters at every other step, by the gradients of two mini-batches."""

    count = 0

    def clear_grad(self) -> Any:
        return self if self.count % 2 else super().clear_grad()

    def step(self) -> Any:
        self.count += 1
        return self if self.count % 2 else super().step()


class Noisy:
    """A loss of one's own, which counts its calls and draws random numbers."""

    def __init__(self) -> None:
        self.calls = 0

    def state_dict(self) -> dict[str, Any]:
        return {"calls": self.calls}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.calls = state["calls"]

    def __call__(self, x: Any, label: Any, net: Any, gm: Any) -> Any:
        net.train()
        self.calls += 1
        x = x + np.random.normal(size=x.shape) / self.calls
        with gm:
            pred = net(fineopt.Tensor(x))
            loss = F.loss.cross_entropy(pred, label)
            gm.backward(loss)
        return pred, loss


def run(
    *between: M.Module,
    optimizer: Callable[[Any], Any] = lambda net: SGD(net.parameters(), 0.1),
    loader: Any = None,
    schedule: Any = None,
    **options: Any,
) -> Trainer:
    net = Net(*between)
    opt = optimizer(net)
    made = None if schedule is None else schedule(opt)
    return Trainer(net, opt, loader or shuffled(), schedule=made, **options)


def two(net: Any) -> MultipleOptimizer:
    first = list(net.first.parameters())
    others = [p for p in net.parameters() if all(p is not q for q in first)]
    return MultipleOptimizer(SGD(first, 0.1, momentum=0.9), Adam(others, 0.01))


RUNS: dict[str, Callable[[], Trainer]] = {
    "plain": run,
    "dropout": lambda: run(M.Dropout(0.4)),
    "batch norm": lambda: run(M.BatchNorm1d(6)),
    "momentum": lambda: run(optimizer=lambda net: SGD(net.parameters(), 0.1, momentum=0.9)),
    "Adam": lambda: run(optimizer=lambda net: Adam(net.parameters(), 0.01)),
    "several optimizers": lambda: run(optimizer=two),
    "schedule": lambda: run(schedule=lambda opt: CosineAnnealingLR(opt, 4)),
    "schedule of steps": lambda: run(
        optimizer=two, schedule=lambda opt: ExponentialLR(opt, 0.9), schedule_every="step"
    ),
    "shuffled by the global stream": lambda: run(M.Dropout(0.2), loader=shuffled(None)),
    "a list of mini-batches": lambda: run(loader=list(shuffled())),
    "accumulated gradients": lambda: run(
        optimizer=lambda net: Accumulating(net.parameters(), 0.1, momentum=0.9)
    ),
    "a loss with a state, and NumPy's stream": lambda: run(train_func=Noisy()),
    "everything": lambda: run(
        M.BatchNorm1d(6), M.Dropout(0.4), optimizer=two, schedule=lambda opt: LinearLR(opt, 9)
    ),
}


def add_group(trainer: Trainer) -> None:
    opts = getattr(trainer.optimizer, "opts", [trainer.optimizer])
    group = opts[-1].param_groups[-1]
    p = group["params"].pop()
    new = {"params": [p], "lr": 0.03, "name": "later"}
    trainer.optimizer.add_param_group(new, *([len(opts) - 1] if len(opts) > 1 else []))


def change_schedule(trainer: Trainer) -> None:
    trainer.schedule = ExponentialLR(trainer.optimizer, 0.7)


def set_probability(trainer: Trainer) -> None:
    for module in trainer.net.modules():
        if isinstance(module, M.Dropout):
            module.drop_prob = 0.1
        if isinstance(module, M.BatchNorm1d):
            module.freeze = True


CHANGES: dict[str, Callable[[Trainer], object]] = {
    "nothing": lambda trainer: None,
    "frozen": lambda trainer: trainer.engine.detach("first.weight"),
    "another lr": lambda trainer: trainer.optimizer.param_groups[0].update(lr=0.02),
    "another rule": lambda trainer: trainer.swap_optimizer(0, RMSprop, lr=0.01),
    "a group added": add_group,
    "another schedule": change_schedule,
    "settings of layers": set_probability,
    "other values": lambda trainer: trainer.net.last.weight.__setitem__(..., 0.5),
    "another dataloader": lambda trainer: setattr(trainer, "dataloader", shuffled(11)),
    "a new seed": lambda trainer: fineopt.random.seed(99),
}


def all_of(trainer: Trainer) -> Any:
    """Everything that must come out the same, to the bit."""
    record = trainer.record
    return (
        {name: trainer.engine.value(name).tobytes() for name in trainer.parameters},
        {name: x.numpy().tobytes() for name, x in trainer.net.named_buffers()},
        [{k: v for k, v in g.items() if k != "params"} for g in trainer.optimizer.param_groups],
        repr(record.to_dict()),
        trainer.step_in_epoch,
        repr({**(state := fineopt.random.get_state()), "keys": state["keys"].tobytes()}),
    )


@pytest.fixture(autouse=True)
def _seeded() -> Iterator[None]:
    fineopt.random.seed(3)
    np.random.seed(3)
    yield


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("make", RUNS.values(), ids=RUNS)
def test_the_same_bits_follow(make: Any, change: Any) -> None:
    trainer = make()
    timeline = Timeline(trainer)
    assert timeline.limits() == []
    places, losses = [], []
    for step in range(3 * STEPS):  # a change in the middle of an epoch, and what follows from it
        if step == STEPS + 2:
            change(trainer)
        places.append((timeline.snapshot(), all_of(trainer)))
        losses.append(trainer.step())
    end = all_of(trainer)
    last = timeline.snapshot()
    for begin in (0, STEPS, STEPS + 1, STEPS + 2, 2 * STEPS + 3):
        moment, was = places[begin]
        timeline.branch(f"from {begin}", at=moment)
        assert all_of(trainer) == was
        if begin >= STEPS + 2:  # the change is in the snapshot
            assert [trainer.step() for _ in range(3 * STEPS - begin)] == losses[begin:]
            assert all_of(trainer) == end
        else:
            assert trainer.step() == losses[begin]
            change(trainer)
            trainer.run(1)
    timeline.switch("main")
    assert all_of(trainer) == end
    assert timeline.rewind(last) is last
