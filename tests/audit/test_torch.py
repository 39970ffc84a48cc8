"""PyTorch's networks: what is said comes true to the bit, and nothing else changes."""

from __future__ import annotations

import copy
import inspect
import random
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fineopt.audit import audit
from tests.support.peers import import_torch

torch = import_torch()
nn = torch.nn

X = torch.tensor(np.random.RandomState(1).normal(size=(6, 8)).astype("float32"))
Y = torch.arange(6) % 3


def make(dtype: Any = torch.float32) -> Any:
    torch.manual_seed(3)
    layers = [nn.Linear(8, 16), nn.ReLU(), nn.BatchNorm1d(16), nn.Dropout(0.5), nn.Linear(16, 3)]
    return nn.Sequential(*layers).to(dtype)


def backward(net: Any) -> None:
    x = X.to(next(net.parameters()).dtype)
    nn.functional.cross_entropy(net(x).float(), Y).backward()


KINDS = "SGD Adam AdamW Adagrad Adadelta RMSprop NAdam RAdam Adamax ASGD Rprop Adafactor Muon"
EXTRAS: list[dict[str, Any]] = [
    {},
    {"foreach": True},
    {"fused": True},
    {"weight_decay": 0.1},
    {"momentum": 0.9, "nesterov": True},
    {"amsgrad": True},
    {"maximize": True},
    {"lr": 0.0},
]


CASES = [
    (kind, extra)
    for kind in KINDS.split()
    if hasattr(torch.optim, kind)  # the latest came with PyTorch 2.9
    for extra in EXTRAS
    if set(extra) <= set(inspect.signature(getattr(torch.optim, kind)).parameters)
]


@pytest.mark.parametrize(("kind", "extra"), CASES, ids=str)
def test_each_optimizer_does_what_is_said(kind: str, extra: dict[str, Any]) -> None:
    net = make()
    params = [p for p in net.parameters() if kind != "Muon" or p.ndim == 2]
    optimizer = getattr(torch.optim, kind)(params, **{"lr": 0.01, **extra})
    for _ in range(3):
        optimizer.zero_grad()
        backward(net)
        report = audit(net, optimizer)
        before = {name: p.detach().clone() for name, p in net.named_parameters()}
        optimizer.step()
        assert report.verify() == []
        for name, p in net.named_parameters():
            row = report[name]
            distance = float((p.detach().double() - before[name].double()).norm())
            assert row.moved == int((p != before[name]).sum())
            np.testing.assert_allclose(row.distance, distance, rtol=1e-6)


RULES = [
    ("SGD", {}),
    ("SGD", {"momentum": 0.9, "weight_decay": 0.1}),
    ("Adam", {"weight_decay": 0.01}),
    ("AdamW", {"foreach": True}),
    ("RMSprop", {"momentum": 0.5}),
    ("Adadelta", {}),
]
STATES = ["keep", "frozen", "frozen late", "zero", "none", "nan", "tiny"]


@st.composite
def runs(draw: Any) -> tuple[Any, list[Any]]:
    """A network some steps into a run, with whatever a hand may have done to it."""
    net = make(draw(st.sampled_from([torch.float32, torch.float64, torch.bfloat16])))
    params, optimizers = list(net.parameters()), []
    where = [draw(st.integers(-1, 1)) for _ in params]
    for i in range(2):
        mine = [p for p, place in zip(params, where, strict=True) if place == i]
        if mine:
            name, extra = draw(st.sampled_from(RULES))
            lr = draw(st.sampled_from([0.0, 1e-9, 0.01, 0.5]))
            optimizers.append(getattr(torch.optim, name)(mine, lr=lr, **extra))
    optimizers = optimizers or [torch.optim.SGD(params, lr=0.1)]
    for _ in range(draw(st.integers(0, 2))):
        net.zero_grad()
        backward(net)
        for optimizer in optimizers:
            optimizer.step()
    net.zero_grad()
    states = [draw(st.sampled_from(STATES)) for _ in params]
    for p, state in zip(params, states, strict=True):
        p.requires_grad_(state != "frozen")
    if any(p.requires_grad for p in params):
        backward(net)
    for p, state in zip(params, states, strict=True):
        if state == "none":
            p.grad = None
        elif state in ("zero", "nan", "tiny"):
            p.grad = torch.full_like(p, {"zero": 0.0, "nan": np.nan, "tiny": 1e-12}[state])
        p.requires_grad_(state not in ("frozen", "frozen late"))
    return net, optimizers


@settings(max_examples=100, deadline=None)
@given(runs())
def test_what_is_said_comes_true_whatever_was_done_before(run: Any) -> None:
    net, optimizers = run
    before = {name: p.detach().clone() for name, p in net.named_parameters()}
    report = audit(net, optimizers)
    assert all(
        torch.equal(p, before[name]) or p.isnan().any() for name, p in net.named_parameters()
    )
    for optimizer in optimizers:
        optimizer.step()
    assert report.verify() == []
    for name, p in net.named_parameters():
        row = report[name]
        if row.moves is not None:
            moved = int(((p != before[name]) & ~(p.isnan() & before[name].isnan())).sum())
            assert (row.moves, row.moved) == (moved > 0, moved)


def everything(net: Any, *optimizers: Any) -> Any:
    return copy.deepcopy(
        [
            {name: x.numpy() for name, x in net.state_dict().items()},
            [repr(opt.state_dict()) for opt in optimizers],
            [None if p.grad is None else p.grad.numpy() for p in net.parameters()],
            [module.training for module in net.modules()],
            torch.get_rng_state().numpy(),
            random.getstate(),
            np.random.get_state(),
        ]
    )


@pytest.mark.parametrize("with_gradients", [True, False])
def test_nothing_changes(with_gradients: bool) -> None:
    net, calls = make(), []
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 2)
    backward(net)
    optimizer.step()
    schedule.step()
    optimizer.zero_grad()
    if with_gradients:
        backward(net)
    net[2].eval()
    optimizer.register_step_pre_hook(lambda *_: calls.append("pre"))
    optimizer.register_step_post_hook(lambda *_: calls.append("post"))
    module = import_module("torch.optim.optimizer")
    handle = module.register_optimizer_step_post_hook(lambda *_: calls.append("all"))
    for p in net.parameters():
        p.register_post_accumulate_grad_hook(lambda _: calls.append("grad"))
    try:
        before, counted = everything(net, optimizer), optimizer._opt_called
        report = audit(net, optimizer, batch=(X, Y), schedules=[schedule])
        np.testing.assert_equal(everything(net, optimizer), before)
        assert (calls, optimizer._opt_called) == ([], counted)
        assert all(row.moves for row in report.rows)
    finally:
        handle.remove()


def found(net: Any, optimizer: Any, **options: Any) -> dict[str, Any]:
    return {one.code: one for one in audit(net, optimizer, **options).findings}


def test_small_updates_in_bfloat16_round_to_nothing() -> None:
    net = make(torch.bfloat16)
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-5)
    backward(net)
    report = audit(net, optimizer)
    row = report["0.weight"]
    assert (row.why, row.moves, row.dtype) == ("rounded", False, "bfloat16")
    assert row.rounded > 50
    optimizer.step()
    assert report.verify() == []


def test_what_a_list_hides_is_found() -> None:
    class Hidden(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.head = nn.Linear(8, 3)
            self.blocks = [nn.Linear(8, 8)]
            self.by_name = {"a": nn.Linear(8, 8)}

    net = Hidden()
    names = found(net, torch.optim.SGD(net.parameters(), lr=0.1))["hidden parameters"].names
    assert names == ("blocks[0]", "by_name['a']")


def test_a_key_that_nothing_reads_is_found() -> None:
    net = make()
    groups = [{"params": list(net.parameters()), "lr_scale": 0.1, "name": "all"}]
    optimizer = torch.optim.SGD(groups, lr=0.1)
    torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, 10)
    assert found(net, optimizer)["unread setting"].names == ("all: lr_scale",)


Schedules = torch.optim.lr_scheduler
SCHEDULES: dict[str, tuple[Callable[[Any], Any], tuple[str, ...]]] = {
    # what loses an lr that was set by hand, and what goes on from it
    "LambdaLR": (lambda o: Schedules.LambdaLR(o, lambda epoch: 0.9**epoch), ("overwrites",)),
    "CosineAnnealingLR": (lambda o: Schedules.CosineAnnealingLR(o, 10), ()),
    "StepLR": (lambda o: Schedules.StepLR(o, 1), ()),
    "ExponentialLR": (lambda o: Schedules.ExponentialLR(o, 0.9), ()),
    "warm restarts": (
        lambda o: Schedules.CosineAnnealingWarmRestarts(o, 10),
        ("overwrites",),
    ),
    "OneCycleLR": (
        lambda o: Schedules.OneCycleLR(o, [0.1, 0.2], total_steps=10),
        ("overwrites",),
    ),
    "OneCycleLR, one peak": (
        lambda o: Schedules.OneCycleLR(o, 0.1, total_steps=10),
        ("flattens", "overwrites"),
    ),
    "sequential": (
        lambda o: Schedules.SequentialLR(
            o,
            [Schedules.LambdaLR(o, lambda epoch: 0.9**epoch), Schedules.ExponentialLR(o, 0.9)],
            [5],
        ),
        ("overwrites",),
    ),
    "chained": (
        lambda o: Schedules.ChainedScheduler(
            [Schedules.ExponentialLR(o, 0.9), Schedules.ConstantLR(o)]
        ),
        (),
    ),
    "plateau": (lambda o: Schedules.ReduceLROnPlateau(o), ()),
}


@pytest.mark.parametrize(("make_schedule", "said"), SCHEDULES.values(), ids=SCHEDULES)
def test_what_schedules_do_is_found(
    make_schedule: Callable[[Any], Any], said: tuple[str, ...]
) -> None:
    net = make()
    groups = [{"params": list(net[0].parameters())}, {"params": list(net[2].parameters()), "lr": 1}]
    optimizer = torch.optim.SGD(groups, lr=0.1)
    schedule = make_schedule(optimizer)
    optimizer.step()
    before = {k: v for k, v in schedule.state_dict().items() if "schedulers" not in k}
    quiet = found(net, optimizer, schedules=[schedule])
    assert [code for code in quiet if "overwrites" in code or "skips" in code] == []
    optimizer.param_groups[0]["lr"] = 0.003
    codes = [code for code in found(net, optimizer, schedules=[schedule]) if "schedule" in code]
    assert [code.split()[1] for code in codes] == list(said)
    assert {k: v for k, v in schedule.state_dict().items() if "schedulers" not in k} == before
    assert optimizer.param_groups[0]["lr"] == 0.003
    if hasattr(schedule, "base_lrs") and not isinstance(schedule, Schedules.ReduceLROnPlateau):
        schedule.step()
        lost = optimizer.param_groups[0]["lr"] > 0.0031  # no factor here is above 1
        assert lost == ("overwrites" in said)


@pytest.mark.parametrize(
    ("kind", "skips"),
    [
        (lambda o: Schedules.LambdaLR(o, lambda epoch: 1.0), True),
        (lambda o: Schedules.CosineAnnealingWarmRestarts(o, 10), True),
        (lambda o: Schedules.StepLR(o, 1), False),
    ],
)
def test_a_group_that_a_schedule_does_not_know(kind: Callable[[Any], Any], skips: bool) -> None:
    net = make()
    optimizer = torch.optim.SGD(net[0].parameters(), lr=0.1)
    schedule = kind(optimizer)
    optimizer.add_param_group({"params": list(net[4].parameters())})
    codes = found(net, optimizer, schedules=[schedule])
    assert ("schedule skips a group" in codes) == skips
    if skips:
        assert codes["schedule skips a group"].names == ("4",)


def test_layers_in_eval_mode_stay_there_and_all_may_be_frozen() -> None:
    net = nn.Sequential(nn.Linear(8, 16), nn.BatchNorm1d(16), nn.Linear(16, 3))
    net[1].eval()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    report = audit(net, optimizer, batch=(X, Y))
    nn.functional.cross_entropy(net(X), Y).backward()
    optimizer.step()
    assert report.verify() == []
    assert "moving statistics" not in {one.code for one in report.findings}
    optimizer.zero_grad()
    net.requires_grad_(False)
    report = audit(net, optimizer, batch=(X, Y))
    assert {row.why for row in report.rows} == {"detached"}


def test_parameters_of_a_replaced_head_are_not_unreached() -> None:
    net = make()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    net[4] = nn.Linear(16, 3)
    codes = found(net, optimizer, batch=(X, Y))
    assert "not in the network" in codes
    assert "not reached" not in codes


def test_frozen_layers_replaced_heads_and_two_optimizers() -> None:
    net = make()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    net[0].requires_grad_(False)
    net[2].requires_grad_(False)
    net[4] = nn.Linear(16, 3)
    second = torch.optim.SGD(net[2].parameters(), lr=0.1)
    codes = found(net, [optimizer, second])
    assert codes["in no optimizer"].names == ("4.weight", "4.bias")
    assert codes["not in the network"].names[0] == "optimizer 0 group 0[4] of shape (3, 16)"
    assert codes["in two optimizers"].names == ("2.weight", "2.bias")
    assert codes["moving statistics"].names == ("2",)


@pytest.mark.parametrize("odd", ["tied", "sparse", "complex", "scalar", "empty"])
def test_odd_parameters(odd: str) -> None:
    net, rule = nn.Module(), torch.optim.SGD
    net.w = nn.Parameter(torch.ones(3))
    other = {
        "tied": net.w,
        "sparse": nn.Parameter(torch.ones(4, 2)),
        "complex": nn.Parameter(torch.ones(2, dtype=torch.complex64)),
        "scalar": nn.Parameter(torch.tensor(2.0)),
        "empty": nn.Parameter(torch.ones(0, 3)),
    }[odd]
    net.v = other
    optimizer = rule(net.parameters(), lr=0.1)
    net.w.grad = torch.ones(3)
    if odd == "sparse":
        net.v.grad = torch.sparse_coo_tensor([[1]], [[1.0, 2.0]], (4, 2), check_invariants=True)
    elif odd != "tied":
        net.v.grad = torch.ones_like(net.v)
    report = audit(net, optimizer)
    optimizer.step()
    assert report.verify() == []
    expected = {"tied": 3, "sparse": 2, "complex": 2, "scalar": 1, "empty": 0}[odd]
    assert report["v"].moved == expected
    assert (report["v"].names == ("w", "v")) == (odd == "tied")


def test_what_couples_parameters_says_so() -> None:
    net = make()
    backward(net)
    row = audit(net, torch.optim.LBFGS(net.parameters()))["0.weight"]
    assert (row.moves, row.why) == (None, "unpredictable")
    assert "closure" in row.words


def test_bad_input_is_refused() -> None:
    net = make()
    with pytest.raises(TypeError, match="is the class Adam"):
        audit(net, torch.optim.Adam)
    with pytest.raises(ValueError, match="none of the network's parameters"):
        audit(net, torch.optim.SGD(make().parameters(), lr=0.1))


@pytest.mark.parametrize("kind", ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "NAdam", "RAdam"])
def test_large_parameters_are_stepped_in_pieces_to_the_same_bits(kind: str) -> None:
    torch.manual_seed(1)
    net = nn.Linear(500, 601)
    optimizer = getattr(torch.optim, kind)(net.parameters(), lr=0.01, weight_decay=0.1)
    for _ in range(2):
        net.weight.grad = torch.randn_like(net.weight)
        report = audit(net, optimizer)
        optimizer.step()
        assert report.verify() == []
        assert report["weight"].moved == net.weight.numel()
