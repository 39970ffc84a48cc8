"""Param groups: construction, live changes, and groups added later."""

from __future__ import annotations

import numpy as np
import pytest

from fineopt import Parameter, Tensor
from fineopt.optimizer import SGD, Optimizer

from .cases import CASES, parameters, set_gradients, values


@pytest.fixture
def params():
    return parameters()


def test_a_group_inherits_the_optimizer_s_defaults(params):
    opt = SGD([{"params": params[:2]}, {"params": params[2:], "lr": 0.01}], lr=0.05)
    assert [(len(g["params"]), g["lr"]) for g in opt.param_groups] == [(2, 0.05), (2, 0.01)]


@pytest.mark.parametrize("given", [tuple, iter, lambda p: {x.name: x for x in p}.values()])
def test_any_ordered_iterable_of_parameters(params, given):
    assert SGD(given(params), lr=0.1).param_groups[0]["params"] == params
    assert SGD([{"params": given(params)}], lr=0.1).param_groups[0]["params"] == params


def test_a_single_parameter_or_dict(params):
    for one in (params[0], {"params": params[0]}, [{"params": params[0]}]):
        assert SGD(one, lr=0.1).param_groups[0]["params"] == [params[0]]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_live_change_takes_effect_at_the_next_step(case, params):
    opt = case.kind([{"params": params[:2]}, {"params": params[2:]}], **case.settings)
    group = opt.param_groups[1]
    set_gradients(params, 1)
    opt.step()
    group["lr"] = 0.0
    before = values(params)
    set_gradients(params, 2)
    opt.step()
    moved = [p.numpy().tobytes() != w.tobytes() for p, w in zip(params, before, strict=True)]
    assert moved == [True, True, False, False]
    assert opt.param_groups[1] is group


# ---- groups that come later ----


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_group_added_later_starts_without_state(case, params):
    late = case.kind([{"params": params[:2]}], **case.settings)
    for t in (1, 2):
        set_gradients(params, t)
        late.step()
    late.add_param_group({"params": params[2:], **case.second})
    others = parameters()
    fresh = case.kind([{"params": others[2:]}], **case.settings | case.second)
    for t in (3, 4):
        for ps, opt in ((params, late), (others, fresh)):
            set_gradients(ps, t)
            opt.step()
    for p, q in zip(params[2:], others[2:], strict=True):
        assert p.numpy().tobytes() == q.numpy().tobytes()
    assert late.state_dict()["state"]["conv.bias"]["step"] == 4
    assert late.state_dict()["state"]["fc.bias"]["step"] == 2


def test_an_invalid_group_added_later_changes_nothing(params):
    opt = SGD(params[:2], lr=0.1)
    for bad, error in (
        ({"params": params[1:]}, ValueError),
        ({"params": params[2:], "lrr": 1}, KeyError),
        ({"lr": 1}, KeyError),
        ([params[2]], TypeError),
        (params[2], TypeError),
    ):
        with pytest.raises(error, match="param group 1"):
            opt.add_param_group(bad)
        assert len(opt.param_groups) == 1


def test_a_custom_optimizer():
    class Sign(Optimizer):
        """Moves by the sign alone."""

        def update(self, w, g, group, state):
            w -= group["lr"] * np.sign(g)

    p = Parameter([1.0])
    p.grad = Tensor([7.0])
    Sign([p], lr=0.25).step()
    assert p.item() == 0.75
    with pytest.raises(NotImplementedError, match="Optimizer does not implement update"):
        opt = Optimizer([p], lr=1.0)
        opt.step()
