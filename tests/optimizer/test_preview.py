"""Previews, captured state and its restoration: exact to the bit, and without side effects."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fineopt import Parameter, Tensor
from fineopt.atomic import commit
from fineopt.autodiff import GradManager
from fineopt.optimizer import SGD, Adam, MultipleOptimizer
from fineopt.optimizer.swap import swap

from .cases import CASES, gradients, make, parameters, set_gradients, two_groups

every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def bits(params):
    return [p.numpy().tobytes() for p in params]


def everything(params, opt):
    """All that a preview must not change: values, gradients, state, groups."""
    grads = [None if p.grad is None else p.grad.numpy().tobytes() for p in params]
    return bits(params), grads, copy.deepcopy(opt.state_dict())


def run(params, opt, steps, first=1):
    for t in range(first, first + steps):
        set_gradients(params, t)
        opt.step()


def split(case, params):
    """The groups of a case, each in an optimizer of its own."""
    first, second = two_groups(params, case.second)
    return MultipleOptimizer(
        case.kind([first], **case.settings), case.kind([second], **case.settings)
    )


def check_preview(params, opt):
    """Assert that the previews are what the next step does, and change nothing."""
    before = everything(params, opt)
    previews = [opt.preview(p) for p in params]
    np.testing.assert_equal(everything(params, opt), before)
    opt.step()
    for p, preview, value in zip(params, previews, before[0], strict=True):
        assert (preview is None) == (p.grad is None)
        assert p.numpy().tobytes() == (value if preview is None else preview.tobytes())
        assert preview is None or (preview.dtype, preview.shape) == (p.dtype, p.shape)


@every_case
@given(
    dtype=st.sampled_from(["float16", "float32", "float64"]),
    grad_dtype=st.sampled_from([None, "float16", "float32", "float64"]),
    steps=st.integers(0, 3),
    missing=st.sets(st.integers(0, 3)),
    lr=st.sampled_from([None, 0.0, 0.3]),
    multiple=st.booleans(),
)
@settings(max_examples=25, deadline=None)
def test_a_preview_is_the_value_after_the_next_step(
    case, dtype, grad_dtype, steps, missing, lr, multiple
):
    params = parameters(dtype=dtype)
    opt = split(case, params) if multiple else make(case, params)
    run(params, opt, steps)
    for p, g in zip(params, gradients(steps + 1), strict=True):
        p.grad = Tensor(g, grad_dtype or dtype)
    for i in missing:
        params[i].grad = None
    if lr is not None:
        opt.param_groups[0]["lr"] = lr
    check_preview(params, opt)


@pytest.mark.parametrize("steps", [0, 2])
def test_previews_of_multipleoptimizers(steps):
    params = parameters()
    both = MultipleOptimizer(SGD(params[:2], lr=0.05, momentum=0.9), Adam(params[2:], lr=0.01))
    run(params, both, steps)
    set_gradients(params, steps + 1)
    params[1].grad = None
    check_preview(params, both)


def test_previews_after_a_swap():
    params = parameters()
    opt = make(CASES["momentum"], params)
    run(params, opt, 2)
    both = swap(opt, 1, Adam)
    set_gradients(params, 3)
    check_preview(params, both)


def test_a_preview_is_a_new_array():
    params = parameters()
    opt = make(CASES["adam"], params)
    set_gradients(params, 1)
    first = opt.preview(params[0])
    second = opt.preview(params[0])
    first[...] = 0
    assert opt.preview(params[0]).tobytes() == second.tobytes()


@pytest.mark.parametrize("multiple", [False, True])
def test_a_parameter_of_another_optimizer_has_no_preview(multiple):
    params = parameters()
    opt = SGD(params[:2], lr=0.1)
    with pytest.raises(KeyError, match=r"parameter 'fc.weight' of shape \(4, 2\) is not in this"):
        (MultipleOptimizer(opt) if multiple else opt).preview(params[3])


@pytest.mark.parametrize("multiple", [False, True])
def test_a_preview_raises_what_a_step_raises(multiple):
    params = parameters()
    sgd = SGD(params, lr=0.1)
    opt = MultipleOptimizer(sgd) if multiple else sgd
    set_gradients(params, 1)
    with GradManager().attach(params):
        _ = params[0] * 2
        with pytest.raises(RuntimeError, match="in use by a GradManager"):
            opt.preview(params[0])
    params[3].grad = Tensor([1.0])
    with pytest.raises(ValueError, match=r"the gradient of parameter 'fc.weight' .* has shape"):
        opt.preview(params[0])
    sgd.param_groups[0]["lr"] = -1
    with pytest.raises(ValueError, match="lr must be at least 0"):
        opt.preview(params[0])


# ---- the state of a parameter ----


@every_case
def test_the_state_of_a_parameter_is_that_of_the_state_dict(case):
    params = parameters()
    opt = make(case, params)
    assert all(opt.state_of(p) == {} for p in params)
    run(params, opt, 2)
    saved = opt.state_dict()["state"]
    kept = [opt.state_of(p) for p in params]
    run(params, opt, 2, 3)  # does not change what was returned
    for p, state in zip(params, kept, strict=True):
        np.testing.assert_equal(dict(state), saved[p.name])


def test_the_state_of_a_parameter_is_read_only():
    params = parameters()
    opt = make(CASES["adam"], params)
    run(params, opt, 1)
    state = opt.state_of(params[0])
    with pytest.raises(ValueError, match="read-only"):
        state["exp_avg"][...] = 0
    with pytest.raises(TypeError):
        state["step"] = 0


def test_the_state_of_a_parameter_of_multipleoptimizers():
    params = parameters()
    both = MultipleOptimizer(SGD(params[:2], lr=0.05, momentum=0.9), Adam(params[2:], lr=0.01))
    run(params, both, 1)
    assert sorted(both.state_of(params[0])) == ["momentum_buffer", "step"]
    assert sorted(both.state_of(params[3])) == ["exp_avg", "exp_avg_sq", "step"]
    assert both.state_of(Parameter([0.0])) == {}


# ---- captured in memory ----


@every_case
@pytest.mark.parametrize("make_optimizer", [make, split])
@pytest.mark.parametrize("steps", [0, 2])
def test_restoring_what_was_captured_repeats_a_run_bit_for_bit(case, make_optimizer, steps):
    params = parameters(dtype="float32")
    opt = make_optimizer(case, params)
    run(params, opt, steps)
    captured, before = opt.capture(), (bits(params), copy.deepcopy(opt.state_dict()))
    ends = []
    for _ in range(2):
        run(params, opt, 3, steps + 1)
        ends.append((bits(params), copy.deepcopy(opt.state_dict())))
        commit(opt.restoring(captured))
        np.testing.assert_equal((bits(params), opt.state_dict()), before)
    np.testing.assert_equal(*ends)


@pytest.mark.parametrize("make_optimizer", [make, split])
def test_groups_and_gradients_are_not_captured(make_optimizer):
    params = parameters()
    opt = make_optimizer(CASES["adam"], params)
    run(params, opt, 1)
    captured = opt.capture()
    opt.param_groups[1]["lr"] = 0.5
    opt.clear_grad()
    commit(opt.restoring(captured))
    assert opt.param_groups[1]["lr"] == 0.5
    assert all(p.grad is None for p in params)


@pytest.mark.parametrize("make_optimizer", [make, split])
def test_changes_are_made_only_when_committed(make_optimizer):
    params = parameters()
    opt = make_optimizer(CASES["adam"], params)
    captured = opt.capture()
    run(params, opt, 1)
    after = everything(params, opt)
    changes = opt.restoring(captured)
    np.testing.assert_equal(everything(params, opt), after)
    commit(changes)
    assert all(opt.state_of(p) == {} for p in params)
