"""Watching changes nothing: losses, weights, state and random streams are the same to the bit."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from typing import Any

import pytest

import fineopt
from tests.watching.small import loss_of, make_groups, make_model, nn, seed, streams, torch, train

KINDS = [
    name
    for name, kind in sorted(vars(torch.optim).items())
    if isinstance(kind, type)
    and issubclass(kind, torch.optim.Optimizer)
    and name not in ("Optimizer", "LBFGS", "SparseAdam")
]
WAYS: list[dict[str, Any]] = [
    {},
    {"foreach": True},
    *([{"fused": True}] if hasattr(torch.amp, "GradScaler") else []),  # on the CPU from 2.3 on
    {"nesterov": True, "momentum": 0.9},
]
sched = torch.optim.lr_scheduler
SCHEDULES: dict[str, Callable[[Any], Any]] = {
    "none": lambda o: None,
    "LambdaLR": lambda o: sched.LambdaLR(o, lambda e: 0.9**e),
    "StepLR": lambda o: sched.StepLR(o, 2, 0.5),
    "OneCycleLR": lambda o: sched.OneCycleLR(o, 0.01, total_steps=40, cycle_momentum=False),
    "WarmRestarts": lambda o: sched.CosineAnnealingWarmRestarts(o, 4),
    "Cosine": lambda o: sched.CosineAnnealingLR(o, 10),
    "Plateau": lambda o: sched.ReduceLROnPlateau(o, patience=1),
}


def run(kind: str, way: dict[str, Any], schedule: str, watched: bool) -> list[Any]:
    model = make_model()
    groups = make_groups(model)
    if kind == "Muon":
        groups = [{"params": [p for p in model.parameters() if p.ndim == 2], "name": "all"}]
    optimizer = getattr(torch.optim, kind)(groups, lr=0.01, **way)
    scheduler = SCHEDULES[schedule](optimizer)
    step_lr = (lambda: None) if scheduler is None else scheduler.step
    if schedule == "Plateau":
        step_lr = lambda: scheduler.step(1.0)  # noqa: E731
    w = fineopt.watch(model, optimizer, every=1) if watched else None
    seed()
    losses = train(model, optimizer, each=lambda i: step_lr())
    if w is not None:
        assert w.error is None
        assert w.record.steps == 12
    state = optimizer.state_dict()
    tensors = [x for s in state["state"].values() for x in s.values() if torch.is_tensor(x)]
    return [losses, *model.state_dict().values(), *tensors, streams(), state["param_groups"]]


def same(a: Any, b: Any) -> bool:
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    return bool(a == b)


CASES = [
    (kind, way)
    for kind in KINDS
    for way in WAYS
    if set(way) <= set(inspect.signature(getattr(torch.optim, kind)).parameters)
]


@pytest.mark.parametrize(("kind", "way"), CASES, ids=str)
def test_every_optimizer(kind: str, way: dict[str, Any]) -> None:
    plain = run(kind, way, "none", watched=False)
    watched = run(kind, way, "none", watched=True)
    assert len(plain) == len(watched)
    assert all(map(same, plain, watched))


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("kind", ["SGD", "AdamW"])
def test_every_schedule(kind: str, schedule: str) -> None:
    plain, watched = (run(kind, {}, schedule, watched=on) for on in (False, True))
    assert all(map(same, plain, watched))


def test_lbfgs_counts_a_step_once_with_its_closure_s_last_loss() -> None:
    def run(watched: bool) -> tuple[Any, Any]:
        model = make_model().eval()
        optimizer = torch.optim.LBFGS(model.parameters(), lr=0.1, max_iter=4)
        w = fineopt.watch(model, optimizer) if watched else None
        values = []

        def closure() -> Any:
            optimizer.zero_grad()
            loss = loss_of(model)
            loss.backward()
            values.append(float(loss.detach()))
            return loss

        lasts = []
        for _ in range(3):
            optimizer.step(closure)
            lasts.append(values[-1])
        if w is not None:
            assert w.record.loss.tolist() == pytest.approx(lasts)
            sums = w.record.grad_sums  # of an epoch that is not closed yet
            w.end_epoch()
            expected = float(model[0].weight.grad.double().sum())
            assert sums("last")[0][0][0] == pytest.approx(expected, rel=1e-4, abs=1e-7)
        return torch.cat([p.detach().reshape(-1) for p in model.parameters()]), values

    plain, watched = run(False), run(True)
    assert torch.equal(plain[0], watched[0])
    assert plain[1] == watched[1]


def test_sparse_gradients() -> None:
    def run(watched: bool) -> Any:
        torch.manual_seed(0)
        table = nn.Embedding(10, 4, sparse=True)
        optimizer = torch.optim.SparseAdam(table.parameters(), lr=0.1)
        w = fineopt.watch(table, optimizer) if watched else None
        for _ in range(4):
            optimizer.zero_grad()
            table(torch.tensor([1, 1, 3])).sum().backward()
            optimizer.step()
        if w is not None:
            w.end_epoch()
            assert w.error is None
            assert w.record.grad_sum_epoch["weight"] == [4 * 12.0]
        return table.weight.detach()

    assert torch.equal(run(False), run(True))


def test_detach_leaves_no_trace() -> None:
    model = make_model()
    optimizer = torch.optim.Adam(make_groups(model), lr=0.01)
    scheduler = sched.LambdaLR(optimizer, lambda e: 0.9**e)
    before = {k: copy.copy(v) for k, v in vars(optimizer).items()}
    modules = [set(vars(module)) for module in model.modules()]
    with fineopt.watch(model, optimizer, [scheduler]) as w:
        w.groups["head"].lr = 0.5
        train(model, optimizer, 2)
    assert not w.watching
    after = vars(optimizer)
    assert set(after) - {"_opt_called"} == set(before)  # which the scheduler counts with
    for name in before:
        if name.endswith("_hooks"):
            assert not after[name], name
    assert optimizer.param_groups[1]["lr"] == 0.01
    assert [set(vars(module)) for module in model.modules()] == modules
    assert w.record.steps == 2
    train(model, optimizer, 2)
    assert w.record.steps == 2
    w.detach()  # again
