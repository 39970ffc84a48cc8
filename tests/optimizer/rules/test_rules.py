"""Each update rule against plain NumPy, PyTorch and MegEngine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fineopt import Parameter, Tensor, optimizer
from tests.support.peers import import_torch

from ..cases import CASES, gradients, make, parameters, set_gradients, two_groups, values

STEPS = 40
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


@every_case
def test_it_agrees_with_plain_numpy(case):
    params = parameters()
    opt = make(case, params)
    expected = values(params)
    states: list[dict[str, Any]] = [{} for _ in params]
    for t in range(1, STEPS + 1):
        set_gradients(params, t)
        assert opt.step() is opt
        for i, g in enumerate(gradients(t)):
            settings = case.groups[i // 2]
            expected[i] = case.rule(expected[i], g, t, states[i], **settings)
        for p, w in zip(params, expected, strict=True):
            np.testing.assert_allclose(p.numpy(), w, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("case", [c for c in CASES.values() if c.in_torch], ids=lambda c: c[0])
def test_it_agrees_with_pytorch(case):
    torch = import_torch()
    params = parameters()
    theirs = [torch.nn.Parameter(torch.tensor(p.numpy())) for p in params]
    opt = make(case, params)
    peer = getattr(torch.optim, case.optimizer)(two_groups(theirs, case.second), **case.settings)
    for t in range(1, STEPS + 1):
        set_gradients(params, t)
        for p, g in zip(theirs, gradients(t), strict=True):
            p.grad = torch.tensor(g)
        opt.step()
        peer.step()
    for p, other in zip(params, theirs, strict=True):
        np.testing.assert_allclose(p.numpy(), other.detach().numpy(), rtol=1e-9, atol=1e-11)


MEGENGINE = np.load(Path(__file__).with_name("megengine_rules.npz"))
ABOUT = json.loads(str(MEGENGINE["about"]))


@pytest.mark.parametrize("name", ABOUT["cases"])
def test_it_agrees_with_megengine(name):
    kind, settings, own = ABOUT["cases"][name]
    indices = range(sum(map(len, ABOUT["groups"])))
    params = [Parameter(MEGENGINE[f"start_{i}"]) for i in indices]
    grads = [MEGENGINE[f"grads_{i}"] for i in indices]
    groups = [
        {"params": [params[i] for i in held]} | more
        for held, more in zip(ABOUT["groups"], own, strict=True)
    ]
    opt = getattr(optimizer, kind)(groups, **settings)
    for t in range(1, STEPS + 1):
        for p, g in zip(params, grads, strict=True):
            p.grad = Tensor(g[t - 1])
        opt.step()
        if t in ABOUT["kept"]:
            for i, p in enumerate(params):
                assert p.dtype == np.float32
                there = MEGENGINE[f"{name}_{t}_{i}"]
                np.testing.assert_allclose(p.numpy(), there, rtol=1e-4, atol=1e-6)


def test_megengine_s_defaults_are_ours():
    assert ABOUT["megengine"] == "1.13.0"
    group = {
        kind: getattr(optimizer, kind)(parameters(), **({"lr": 1.0} if lr else {})).param_groups[0]
        for kind, lr in [("SGD", 1), ("Adam", 1), ("AdamW", 1), ("Adagrad", 0), ("Adadelta", 0)]
    }
    defaults = {k: {n: v for n, v in g.items() if n != "params"} for k, g in group.items()}
    assert defaults == {
        "SGD": {"lr": 1.0, "momentum": 0.0, "nesterov": False, "weight_decay": 0.0},
        "Adam": {"lr": 1.0, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.0},
        "AdamW": {"lr": 1.0, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 1e-2},
        "Adagrad": {"lr": 1e-2, "lr_decay": 0.0, "eps": 1e-10, "weight_decay": 0.0},
        "Adadelta": {"lr": 1.0, "rho": 0.9, "eps": 1e-6, "weight_decay": 0.0},
    }


# ---- which parameters move ----


@every_case
def test_at_lr_0_a_group_keeps_its_exact_bits_while_its_state_is_updated(case):
    params = parameters()
    params[2][...] = -0.0  # which subtracting 0 would turn into 0
    opt = make(case, params)
    twin_params = parameters()
    twin = make(case, twin_params)
    for t in range(1, 6):
        if t == 3:
            opt.param_groups[1]["lr"] = 0.0
            frozen = [p.numpy().tobytes() for p in params[2:]]
            moving = [p.numpy().tobytes() for p in params[:2]]
        for ps, which in ((params, opt), (twin_params, twin)):
            set_gradients(ps, t)
            which.step()
    assert [p.numpy().tobytes() for p in params[2:]] == frozen
    assert [p.numpy().tobytes() for p in params[:2]] != moving
    state = opt.state_dict()["state"]["fc.weight"]
    assert state["step"] == 5
    if case.settings | case.second == case.settings | {"lr": 0.01}:  # else decay sees another w
        for name, array in twin.state_dict()["state"]["fc.weight"].items():
            np.testing.assert_array_equal(state[name], array)


def test_momentum_accumulates_at_lr_0_and_the_parameter_jumps():
    p = Parameter([1.0], np.float64)
    opt = optimizer.SGD([p], lr=0.0, momentum=0.5)
    for _ in range(3):
        p.grad = Tensor([1.0])
        opt.step()
    assert p.item() == 1.0
    opt.param_groups[0]["lr"] = 1.0
    p.grad = Tensor([1.0])
    opt.step()
    assert p.item() == 1.0 - 1.875  # v = 1 + 0.5 + 0.25 + 0.125


@every_case
def test_at_lr_0_not_even_an_infinite_gradient_moves_it(case):
    p = Parameter([1.0, 2.0])
    opt = case.kind([p], **case.settings | {"lr": 0.0})
    p.grad = Tensor([np.inf, np.nan])
    with np.errstate(all="ignore"):
        opt.step()
    assert p.tolist() == [1.0, 2.0]


@every_case
def test_a_parameter_without_gradient_is_skipped(case):
    params = parameters()
    opt = make(case, params)
    set_gradients(params, 1)
    opt.step()
    before, state = values(params), opt.state_dict()["state"]
    opt.clear_grad()
    assert all(p.grad is None for p in params)
    opt.step()
    for p, w in zip(params, before, strict=True):
        np.testing.assert_array_equal(p.numpy(), w)
    assert opt.state_dict()["state"].keys() == state.keys()
    assert opt.state_dict()["state"]["fc.bias"]["step"] == 1


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("SGD", {"lr": 0.1, "momentum": 0.9}),
        ("SGD", {"lr": 0.1, "weight_decay": 0.5}),
        ("Adam", {"lr": 0.1}),
        ("AdamW", {"lr": 0.1}),
        ("RMSprop", {"momentum": 0.9}),
        ("Lion", {}),
    ],
)
def test_a_gradient_of_0_still_moves_a_parameter(kind, settings):
    p = Parameter([1.0])
    opt = getattr(optimizer, kind)([p], **settings)
    p.grad = Tensor([1.0])
    opt.step()
    before = p.item()
    p.grad = Tensor([0.0])
    opt.step()
    assert p.item() != before


@every_case
def test_gradients_are_not_modified(case):
    params = parameters()
    opt = make(case, params)
    for t in (1, 2):
        set_gradients(params, t)
        opt.step()
        for p, g in zip(params, gradients(t), strict=True):
            np.testing.assert_array_equal(p.grad.numpy(), g)


@every_case
def test_one_gradient_may_be_shared_by_two_parameters(case):
    a, b = Parameter([1.0, 2.0], np.float64), Parameter([1.0, 2.0], np.float64)
    opt = case.kind([{"params": a}, {"params": b}], **case.settings)
    a.grad = b.grad = Tensor([0.5, -0.25], np.float64)
    opt.step()
    assert a.tolist() == b.tolist() != [1.0, 2.0]


@every_case
def test_numpy_s_numbers_do_not_change_the_dtype_or_the_result(case):
    ours, theirs = parameters(dtype=np.float32), parameters(dtype=np.float32)
    plain = make(case, ours)
    odd = make(case, theirs)
    for group in odd.param_groups:
        for key in ("lr", "weight_decay", "momentum", "eps"):
            if key in group:
                group[key] = np.float64(group[key])
    for t in (1, 2, 3):
        for params, opt in ((ours, plain), (theirs, odd)):
            set_gradients(params, t)
            opt.step()
    for p, q in zip(ours, theirs, strict=True):
        assert q.dtype == np.float32
        assert p.numpy().tobytes() == q.numpy().tobytes()


@every_case
def test_the_memory_order_of_an_array_does_not_matter(case):
    params = parameters()
    others = [Parameter(np.array(p.numpy(), order="F"), p.dtype) for p in params]
    for ps in (params, others):
        opt = make(case, ps)
        for t in (1, 2):
            set_gradients(ps, t)
            opt.step()
    for p, q in zip(params, others, strict=True):
        np.testing.assert_allclose(p.numpy(), q.numpy(), rtol=1e-15)


def test_momentum_may_be_enabled_during_a_run():
    p = Parameter([1.0], np.float64)
    opt = optimizer.SGD([p], lr=1.0)
    for momentum in (0.0, 0.5, 0.5):
        opt.param_groups[0]["momentum"] = momentum
        p.grad = Tensor([1.0])
        opt.step()
    assert p.item() == 1 - 1 - 1 - 1.5


# ---- dtypes ----


@every_case
@pytest.mark.parametrize("size", [0.0, 1e-7, 1.0, 300.0, 6e4])
def test_float16_parameters_are_optimised_in_float32(case, size):
    halves = parameters(dtype="float16")
    singles = [Parameter(p.numpy(), "float32") for p in halves]
    both = [(ps, make(case, ps)) for ps in (halves, singles)]
    for t in range(1, 4):
        for ps, opt in both:
            for p, g in zip(ps, gradients(t), strict=True):
                p.grad = Tensor(np.clip(g, -1, 1) * size, "float16")
            opt.step()
        for p, q in zip(halves, singles, strict=True):
            assert np.isfinite(q.numpy()).all()
            np.testing.assert_array_equal(p.numpy(), q.numpy().astype("float16"))
            q[...] = p  # only the parameter is rounded
    states = [opt.state_dict()["state"].values() for _, opt in both]
    for a, b in zip(*states, strict=True):
        assert a.keys() == b.keys()
        for name in a.keys() - {"step"}:
            assert a[name].dtype == np.float32
            np.testing.assert_array_equal(a[name], b[name])
    again = make(case, halves)
    again.load_state_dict(both[0][1].state_dict())
    for a, b in zip(again.state_dict()["state"].values(), states[1], strict=True):
        for name in a:
            np.testing.assert_array_equal(a[name], b[name])


@every_case
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [0.0, 1e-45, 1e-38, 1e-20, 1e20, 1e30])
def test_no_finite_gradient_makes_nan(case, dtype, size):
    p = Parameter([1.0, -1.0], dtype)
    opt = case.kind([p], **case.settings)
    with np.errstate(over="ignore", under="ignore"):
        for _ in range(3):
            p.grad = Tensor(np.array([size, -size]), dtype)
            opt.step()
    assert np.isfinite(p.numpy()).all()


@every_case
@pytest.mark.parametrize("dtype", ["float16", "float64", "uint8"])
def test_a_gradient_is_converted_to_the_parameter_s_dtype(case, dtype):
    p, q = Parameter([1.0, 2.0]), Parameter([1.0, 2.0])
    for x, as_dtype in ((p, dtype), (q, "float32")):
        opt = case.kind([x], **case.settings)
        for _ in range(3):
            x.grad = Tensor(np.array([200.0, 3.0]), as_dtype)
            opt.step()
    assert p.tolist() == q.tolist()


@pytest.mark.parametrize("case", [c for c in CASES.values() if "eps" in c.kind.checks])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_without_eps_a_zero_gradient_moves_nothing(case, dtype):
    p = Parameter([1.0], dtype)
    opt = case.kind([p], **case.settings | {"eps": 0.0, "weight_decay": 0.0})
    p.grad = Tensor([0.0], dtype)
    assert opt.step() and p.item() == 1.0
