"""Invalid param groups: rejected at construction and before each step, with nothing changed."""

from __future__ import annotations

import numpy as np
import pytest

from fineopt import Parameter, Tensor
from fineopt.autodiff import GradManager
from fineopt.optimizer import SGD, Adam

from .cases import parameters, set_gradients, values

NAN, INF = float("nan"), float("inf")
BAD_LR = [
    (-0.1, ValueError, "at least 0, not -0.1"),
    (NAN, ValueError, "finite, not nan"),
    (INF, ValueError, "finite, not inf"),
    (-INF, ValueError, "finite, not -inf"),
    (None, TypeError, "a number, not None (a NoneType)"),
    ("0.1", TypeError, "a number, not '0.1' (a str)"),
    (True, TypeError, "a number, not True (a bool)"),
    ([0.1], TypeError, "a number, not [0.1] (a list)"),
    (1j, TypeError, "a number, not 1j (a complex)"),
]


@pytest.fixture
def params():
    return parameters()


def groups_of(params, **second):
    return [{"params": params[:2]}, {"params": params[2:], **second}]


@pytest.mark.parametrize(("lr", "error", "message"), BAD_LR)
class TestInvalidLr:
    def test_of_a_group(self, params, lr, error, message):
        with pytest.raises(error) as caught:
            SGD(groups_of(params, lr=lr), lr=0.1)
        message = f"param group 1 (fc.bias, fc.weight): lr must be {message}"
        assert str(caught.value) == message

    def test_of_the_optimizer(self, params, lr, error, message):
        with pytest.raises(error) as caught:
            SGD(groups_of(params), lr=lr)
        assert str(caught.value) == f"param group 0 (conv.bias, conv.weight): lr must be {message}"

    def test_of_the_optimizer_even_if_no_group_uses_it(self, params, lr, error, message):
        with pytest.raises(error, match="SGD's defaults: lr must be"):
            SGD([{"params": params, "lr": 0.1}], lr=lr)

    def test_of_a_group_that_is_added(self, params, lr, error, message):
        opt = SGD(params[:2], lr=0.1)
        with pytest.raises(error, match=r"param group 1 \(fc.bias, fc.weight\): lr must be"):
            opt.add_param_group({"params": params[2:], "lr": lr})
        assert len(opt.param_groups) == 1

    def test_set_by_hand_before_a_step(self, params, lr, error, message):
        opt = SGD(groups_of(params), lr=0.1, momentum=0.9)
        set_gradients(params, 1)
        opt.step()
        before, state = values(params), opt.state_dict()["state"]
        opt.param_groups[1]["lr"] = lr
        with pytest.raises(error) as caught:
            opt.step()
        assert message in str(caught.value)
        assert "param group 1 (fc.bias, fc.weight)" in str(caught.value)
        for p, w in zip(params, before, strict=True):  # not even group 0 has moved
            np.testing.assert_array_equal(p.numpy(), w)
        opt.param_groups[1]["lr"] = 0.1
        for key, slots in opt.state_dict()["state"].items():
            np.testing.assert_array_equal(
                slots["momentum_buffer"], state[key]["momentum_buffer"], strict=True
            )
            assert slots["step"] == 1


BAD_GROUPS = {
    "a misspelled key": (
        lambda p: [{"params": p[:2]}, {"params": p[2:], "lrr": 3}],
        KeyError,
        "param group 1 (fc.bias, fc.weight): SGD has no setting 'lrr'; did you mean 'lr'?",
    ),
    "another misspelled key": (
        lambda p: [{"params": p, "wieght_decay": 0.1}],
        KeyError,
        "param group 0 (conv.bias, conv.weight, fc.bias and 1 more): SGD has no setting "
        "'wieght_decay'; did you mean 'weight_decay'?",
    ),
    "params misspelled": (
        lambda p: [{"param": p}],
        KeyError,
        "param group 0 has no 'params', only ['param']",
    ),
    "no params": (
        lambda p: [{"params": p[:2]}, {"name": "fc", "lr": 0.1}],
        KeyError,
        "param group 1 'fc' has no 'params', only ['lr', 'name']: add the list",
    ),
    "an empty list": (lambda p: [], ValueError, "the optimizer's params are empty: pass at least"),
    "an empty group": (
        lambda p: [{"params": p}, {"params": []}],
        ValueError,
        "param group 1: params are empty: pass at least one parameter",
    ),
    "an exhausted generator": (
        lambda p: exhausted(p),
        ValueError,
        "the optimizer's params are empty: the generator is exhausted",
    ),
    "an exhausted generator in a group": (
        lambda p: [{"params": p}, {"params": exhausted(p)}],
        ValueError,
        "param group 1: params are empty: the generator is exhausted",
    ),
    "a set": (lambda p: set(p), TypeError, "are a set, whose order changes from run to run"),
    "a set in a group": (
        lambda p: [{"params": set(p)}],
        TypeError,
        "param group 0: params are a set, whose order changes",
    ),
    "pairs of named_parameters": (
        lambda p: [(x.name, x) for x in p],
        TypeError,
        "param group 0: item 0 of params is a (name, parameter) pair of 'conv.bias': pass "
        "parameters(), not named_parameters()",
    ),
    "a mix of dicts and parameters": (
        lambda p: [{"params": p[:2]}, p[2]],
        TypeError,
        "mix dicts and parameters: item 0 is param group 0 (conv.bias, conv.weight), item 1 is "
        "parameter 'fc.bias' of shape (). Put the parameters into a dict",
    ),
    "a Tensor that is not a Parameter": (
        lambda p: [{"params": p}, {"params": [Tensor([1.0])]}],
        TypeError,
        "param group 1 (parameter 0 (unnamed, of shape (1,))): item 0 of params is a Tensor "
        "of shape (1,), and only a Parameter can be optimised: convert it with Parameter(",
    ),
    "an array": (lambda p: [np.zeros(3)], TypeError, "item 0 of params is a ndarray, not a"),
    "a number": (lambda p: 3, TypeError, "must be a list of parameters, not a int"),
    "a string": (lambda p: "params", TypeError, "must be a list of parameters, not a str"),
    "a parameter in two groups": (
        lambda p: [{"params": p[:3]}, {"params": p[2:], "name": "fc"}],
        ValueError,
        "parameter 'fc.bias' of shape () is in param group 0 (conv.bias, conv.weight, fc.bias) and "
        "in param group 1 'fc' (fc.bias, fc.weight): it would move twice per step",
    ),
    "a parameter twice in one": (
        lambda p: [p[0], p[1], p[0]],
        ValueError,
        "parameter 'conv.bias' of shape (3,) is twice in param group 0",
    ),
    "two groups of one name": (
        lambda p: [{"params": p[:2], "name": "a"}, {"params": p[2:], "name": "a"}],
        ValueError,
        "param group 1 'a' (fc.bias, fc.weight) has the same name as param group 0",
    ),
    "a name that is not a string": (
        lambda p: [{"params": p, "name": 3}],
        TypeError,
        "name must be a string, not 3",
    ),
    "Nesterov without momentum": (
        lambda p: [{"params": p[:2]}, {"params": p[2:], "nesterov": True}],
        ValueError,
        "param group 1 (fc.bias, fc.weight): nesterov needs a momentum above 0",
    ),
    "a momentum of 1": (
        lambda p: [{"params": p[:2]}, {"params": p[2:], "momentum": 1.0}],
        ValueError,
        "param group 1 (fc.bias, fc.weight): momentum must be at least 0 and below 1, not 1.0",
    ),
    "a number for a switch": (
        lambda p: [{"params": p, "nesterov": 1}],
        TypeError,
        "nesterov must be True or False, not 1",
    ),
}


def exhausted(params):
    generator = (p for p in params)
    list(generator)
    return generator


@pytest.mark.parametrize(("make", "error", "message"), BAD_GROUPS.values(), ids=BAD_GROUPS)
def test_invalid_groups_are_named_and_nothing_changes(params, make, error, message):
    before = values(params)
    bad = make(params)
    given = [dict(g) if isinstance(g, dict) else g for g in bad] if isinstance(bad, list) else None
    with pytest.raises(error) as caught:
        SGD(bad, lr=0.1)
    assert message in str(caught.value)
    if given is not None:  # the user's own dicts have not been filled in
        assert [dict(g) if isinstance(g, dict) else g for g in bad] == given
    for p, w in zip(params, before, strict=True):
        np.testing.assert_array_equal(p.numpy(), w)


@pytest.mark.parametrize(
    ("betas", "error", "message"),
    [
        ((0.9, 1.0), ValueError, "betas must be at least 0 and below 1, not 1.0"),
        ((0.9,), ValueError, "betas must be a pair of numbers, not (0.9,)"),
        (0.9, TypeError, "betas must be a pair of numbers, not 0.9 (a float)"),
        (("a", 0.9), TypeError, "betas must be a number, not 'a' (a str)"),
    ],
)
def test_invalid_betas(params, betas, error, message):
    with pytest.raises(error) as caught:
        Adam(groups_of(params, betas=betas), lr=0.1)
    assert f"param group 1 (fc.bias, fc.weight): {message}" == str(caught.value)


def test_an_unnamed_parameter_is_identified_by_index_and_shape():
    a, b = Parameter([1.0]), Parameter([1.0, 2.0])
    with pytest.raises(ValueError) as caught:
        SGD([{"params": [a, b]}, {"params": [b]}], lr=0.1)
    assert str(caught.value) == (
        "parameter 0 (unnamed, of shape (2,)) is in param group 0 (parameter 0 (unnamed, of shape "
        "(1,)), parameter 1 (unnamed, of shape (2,))) and in param group 1 (parameter 0 (unnamed, "
        "of shape (2,))): it would move twice per step"
    )


# ---- live changes ----


BAD_CHANGES = {
    "a misspelled key": (
        lambda opt: opt.param_groups[1].update(wd=0.1),
        KeyError,
        "param group 1 (fc.bias, fc.weight): SGD has no setting 'wd'",
    ),
    "a key removed": (
        lambda opt: opt.param_groups[1].pop("lr"),
        KeyError,
        "param group 1 (fc.bias, fc.weight): 'lr' is missing",
    ),
    "params removed": (
        lambda opt: opt.param_groups[1].pop("params"),
        KeyError,
        "param group 1 has no 'params'",
    ),
    "params that became a set": (
        lambda opt: opt.param_groups[1].update(params=set(opt.param_groups[1]["params"])),
        TypeError,
        "param group 1: params are a set",
    ),
    "params that became a generator": (
        lambda opt: opt.param_groups[1].update(params=iter(opt.param_groups[1]["params"])),
        TypeError,
        "param group 1: params must be a list, not a list_iterator",
    ),
    "a parameter put into a second group": (
        lambda opt: opt.param_groups[1]["params"].append(opt.param_groups[0]["params"][0]),
        ValueError,
        "parameter 'conv.bias' of shape (3,) is in param group 0 (conv.bias, conv.weight) and in",
    ),
    "a Tensor": (
        lambda opt: opt.param_groups[1]["params"].append(Tensor([1.0])),
        TypeError,
        "and only a Parameter can be optimised",
    ),
    "a group that is not a dict": (
        lambda opt: opt.param_groups.append([1]),
        TypeError,
        "param group 2 must be a dict such as {'params': [...]}, not [1]",
    ),
    "a group past add_param_group": (
        lambda opt: opt.param_groups.append({"params": [Parameter([1.0])]}),
        KeyError,
        "param group 2 (parameter 0 (unnamed, of shape (1,))): 'lr' is missing",
    ),
    "a gradient of another shape": (
        lambda opt: setattr(opt.param_groups[1]["params"][1], "grad", Tensor([1.0])),
        ValueError,
        "param group 1 (fc.bias, fc.weight): the gradient of parameter 'fc.weight' of shape "
        "(4, 2) has shape (1,)",
    ),
    "a gradient that is an array": (
        lambda opt: setattr(opt.param_groups[1]["params"][1], "grad", np.zeros((4, 2))),
        ValueError,
        "the gradient of parameter 'fc.weight' of shape (4, 2) is a ndarray, not a Tensor",
    ),
}


@pytest.mark.parametrize(("change", "error", "message"), BAD_CHANGES.values(), ids=BAD_CHANGES)
def test_invalid_live_changes_raise_before_anything_moves(params, change, error, message):
    opt = SGD(groups_of(params), lr=0.1, momentum=0.9)
    set_gradients(params, 1)
    before = values(params)
    change(opt)
    with pytest.raises(error) as caught:
        opt.step()
    assert message in str(caught.value)
    for p, w in zip(params, before, strict=True):
        np.testing.assert_array_equal(p.numpy(), w)
    assert not any(opt.state_of(p) for p in params)


def test_a_step_during_a_recording_that_uses_a_parameter_raises(params):
    opt = SGD(groups_of(params), lr=0.1)
    set_gradients(params, 1)
    before = values(params)
    with GradManager().attach(params):
        _ = params[0] * 2
        with pytest.raises(RuntimeError, match=r"'conv.bias' .* in use by a GradManager"):
            opt.step()
    for p, w in zip(params, before, strict=True):
        np.testing.assert_array_equal(p.numpy(), w)
