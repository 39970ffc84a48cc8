"""A parameter moves exactly when its row says so, by what it says, and nothing else changes."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import fineopt
import fineopt.functional as F
import fineopt.module as M
import fineopt.optimizer as optim
from fineopt.audit import audit
from fineopt.autodiff import GradManager

RULES: list[tuple[type[optim.Optimizer], dict[str, Any]]] = [
    (optim.SGD, {}),
    (optim.SGD, {"momentum": 0.9}),
    (optim.SGD, {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    (optim.Adam, {"weight_decay": 0.01}),
    (optim.AdamW, {"weight_decay": 0.1}),
    (optim.Adagrad, {}),
    (optim.Adadelta, {}),
    (optim.RMSprop, {}),
    (optim.Lion, {"weight_decay": 0.1}),
]


class Net(M.Module):
    """With statistics that move and random numbers that are drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.first = M.Linear(3, 4)
        self.norm = M.BatchNorm1d(4)
        self.drop = M.Dropout(0.5)
        self.last = M.Linear(4, 2)

    def forward(self, x: Any) -> Any:
        return self.last(self.drop(F.relu(self.norm(self.first(x)))))


@st.composite
def runs(draw: Any) -> tuple[Net, Any, GradManager, Any]:
    """A network some steps into a run, with whatever a hand may have done to it."""
    fineopt.random.seed(draw(st.integers(0, 99)))
    net = Net()
    named = dict(net.named_parameters())
    where = {name: draw(st.integers(-1, 2)) for name in named}  # -1: in no optimizer
    opts = []
    for i in range(3):
        mine = [p for name, p in named.items() if where[name] == i]
        if mine:
            rule, extra = draw(st.sampled_from(RULES))
            lr = draw(st.sampled_from([0.0, 1e-9, 0.01, 0.5]))
            opts.append(rule(mine, lr=lr, **extra))
    if not opts:
        opts.append(optim.SGD(list(named.values()), lr=0.1))
    optimizer = opts[0] if len(opts) == 1 else optim.MultipleOptimizer(*opts)
    gm = GradManager().attach(net.parameters())
    batch = np.random.RandomState(1).normal(size=(6, 3)).astype("float32"), np.arange(6) % 2
    for _ in range(draw(st.integers(0, 2))):
        optimizer.clear_grad()
        with gm:
            gm.backward(F.loss.cross_entropy(net(fineopt.Tensor(batch[0])), batch[1]))
        optimizer.step()
    for p in named.values():
        what = draw(st.sampled_from(["keep", "detach", "zero", "none", "nan", "tiny"]))
        if what == "detach":
            gm.detach(p)
        elif what == "none":
            p.grad = None
        elif what != "keep":
            fill = {"zero": 0.0, "nan": np.nan, "tiny": 1e-12}[what]
            p.grad = fineopt.Tensor(np.full(p.shape, fill, "float32"))
    return net, optimizer, gm, batch


def everything(net: Net, optimizer: Any, gm: GradManager) -> Any:
    return copy.deepcopy(
        (
            net.state_dict(),
            optimizer.state_dict(),
            {n: None if p.grad is None else p.grad.numpy() for n, p in net.named_parameters()},
            [x.name for x in gm.attached_tensors()],
            [module.training for module in net.modules()],
            fineopt.random.get_state(),
        )
    )


@settings(max_examples=150, deadline=None)
@given(runs())
def test_what_is_said_comes_true_and_nothing_else_changes(run: Any) -> None:
    net, optimizer, gm, _ = run
    before = everything(net, optimizer, gm)
    report = audit(net, optimizer, gm)
    np.testing.assert_equal(everything(net, optimizer, gm), before)
    values = {name: p.numpy() for name, p in net.named_parameters()}
    optimizer.step()
    assert report.verify() == []
    known = any(row.gradient != "None" for row in report.rows)
    for name, p in net.named_parameters():
        row, now, old = report[name], p.numpy(), values[name]
        moved = int((now.view(np.uint32) != old.view(np.uint32)).sum())
        if row.moves is None:
            assert not known
            continue
        assert (row.moves, row.moved) == (moved > 0, moved), row
        with np.errstate(all="ignore"):
            distance = np.linalg.norm((now.astype("float64") - old).ravel())
        np.testing.assert_allclose(row.distance, distance, rtol=1e-6)


@settings(max_examples=40, deadline=None)
@given(runs())
def test_a_batch_on_the_side_changes_nothing_and_is_the_step_that_follows(run: Any) -> None:
    net, optimizer, gm, batch = run
    for p in net.parameters():
        p.grad = None
    net.drop.drop_prob = 0.0
    if not any(net.first.weight is x or net.last.weight is x for x in gm.attached_tensors()):
        gm.attach([net.last.weight])
    before = everything(net, optimizer, gm)
    report = audit(net, optimizer, gm, batch=batch)
    np.testing.assert_equal(everything(net, optimizer, gm), before)
    net.train()
    with gm:
        gm.backward(F.loss.cross_entropy(net(fineopt.Tensor(batch[0])), batch[1]))
    optimizer.step()
    assert report.verify() == []
    assert all(row.moves is not None for row in report.rows)
