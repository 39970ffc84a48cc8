"""Param groups: live, checked at construction and before each step, and what they are called."""

from __future__ import annotations

import numpy as np
import pytest

from fineopt import Parameter, Tensor, optimizer
from fineopt.autodiff import GradManager
from fineopt.models import LeNet
from fineopt.optimizer import SGD, Adam, Optimizer, group_label, group_labels

from .cases import CASES, parameters, set_gradients, values

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


# ---- a group that can't be ----


@pytest.mark.parametrize(("lr", "error", "words"), BAD_LR)
class TestAnLrThatCannotBe:
    def test_of_a_group(self, params, lr, error, words):
        with pytest.raises(error) as caught:
            SGD(groups_of(params, lr=lr), lr=0.1)
        message = f"param group 1 (fc.bias, fc.weight): lr must be {words}"
        assert str(caught.value) == message

    def test_of_the_optimizer(self, params, lr, error, words):
        with pytest.raises(error) as caught:
            SGD(groups_of(params), lr=lr)
        assert str(caught.value) == f"param group 0 (conv.bias, conv.weight): lr must be {words}"

    def test_of_the_optimizer_though_no_group_takes_it(self, params, lr, error, words):
        with pytest.raises(error, match="SGD's defaults: lr must be"):
            SGD([{"params": params, "lr": 0.1}], lr=lr)

    def test_of_a_group_that_is_added(self, params, lr, error, words):
        opt = SGD(params[:2], lr=0.1)
        with pytest.raises(error, match=r"param group 1 \(fc.bias, fc.weight\): lr must be"):
            opt.add_param_group({"params": params[2:], "lr": lr})
        assert len(opt.param_groups) == 1

    def test_set_by_hand_before_a_step(self, params, lr, error, words):
        opt = SGD(groups_of(params), lr=0.1, momentum=0.9)
        set_gradients(params, 1)
        opt.step()
        before, state = values(params), opt.state_dict()["state"]
        opt.param_groups[1]["lr"] = lr
        with pytest.raises(error) as caught:
            opt.step()
        assert words in str(caught.value)
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
    "a misspelt key": (
        lambda p: [{"params": p[:2]}, {"params": p[2:], "lrr": 3}],
        KeyError,
        "param group 1 (fc.bias, fc.weight): SGD has no setting 'lrr'; did you mean 'lr'?",
    ),
    "another misspelt key": (
        lambda p: [{"params": p, "wieght_decay": 0.1}],
        KeyError,
        "param group 0 (conv.bias, conv.weight, fc.bias and 1 more): SGD has no setting "
        "'wieght_decay'; did you mean 'weight_decay'?",
    ),
    "params misspelt": (
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
        "item 0 of params is a (name, parameter) pair of 'conv.bias': pass parameters()",
    ),
    "a mix of dicts and parameters": (
        lambda p: [{"params": p[:2]}, p[2]],
        TypeError,
        "mix dicts and parameters: item 0 is param group 0 (conv.bias, conv.weight), item 1 is "
        "parameter 'fc.bias' of shape (). Put the parameters into a dict",
    ),
    "a Tensor that is no Parameter": (
        lambda p: [{"params": p}, {"params": [Tensor([1.0])]}],
        TypeError,
        "param group 1 (parameter 0 (unnamed, of shape (1,))): item 0 of params is a Tensor "
        "of shape (1,), and only a Parameter can be optimised: convert it",
    ),
    "an array": (lambda p: [np.zeros(3)], TypeError, "item 0 of params is a ndarray, not a"),
    "a number": (lambda p: 3, TypeError, "must be a list of parameters, not a int"),
    "a text": (lambda p: "params", TypeError, "must be a list of parameters, not a str"),
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
    "a name that is no text": (
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


@pytest.mark.parametrize(("make", "error", "words"), BAD_GROUPS.values(), ids=BAD_GROUPS)
def test_bad_groups_are_refused_by_name_and_nothing_changes(params, make, error, words):
    before = values(params)
    bad = make(params)
    given = [dict(g) if isinstance(g, dict) else g for g in bad] if isinstance(bad, list) else None
    with pytest.raises(error) as caught:
        SGD(bad, lr=0.1)
    assert words in str(caught.value)
    if given is not None:  # the user's own dicts have not been filled in
        assert [dict(g) if isinstance(g, dict) else g for g in bad] == given
    for p, w in zip(params, before, strict=True):
        np.testing.assert_array_equal(p.numpy(), w)


@pytest.mark.parametrize(
    ("betas", "error", "words"),
    [
        ((0.9, 1.0), ValueError, "betas must be at least 0 and below 1, not 1.0"),
        ((0.9,), ValueError, "betas must be a pair of numbers, not (0.9,)"),
        (0.9, TypeError, "betas must be a pair of numbers, not 0.9 (a float)"),
        (("a", 0.9), TypeError, "betas must be a number, not 'a' (a str)"),
    ],
)
def test_betas_that_cannot_be(params, betas, error, words):
    with pytest.raises(error) as caught:
        Adam(groups_of(params, betas=betas), lr=0.1)
    assert f"param group 1 (fc.bias, fc.weight): {words}" == str(caught.value)


def test_a_parameter_without_a_name_is_told_by_its_place_and_shape():
    a, b = Parameter([1.0]), Parameter([1.0, 2.0])
    with pytest.raises(ValueError) as caught:
        SGD([{"params": [a, b]}, {"params": [b]}], lr=0.1)
    assert str(caught.value) == (
        "parameter 0 (unnamed, of shape (2,)) is in param group 0 (parameter 0 (unnamed, of shape "
        "(1,)), parameter 1 (unnamed, of shape (2,))) and in param group 1 (parameter 0 (unnamed, "
        "of shape (2,))): it would move twice per step"
    )


# ---- live changes ----


def test_a_group_takes_what_it_does_not_set_from_the_optimizer(params):
    opt = SGD([{"params": params[:2]}, {"params": params[2:], "lr": 0.01}], lr=0.05)
    assert [(len(g["params"]), g["lr"]) for g in opt.param_groups] == [(2, 0.05), (2, 0.01)]


@pytest.mark.parametrize("given", [tuple, iter, lambda p: {x.name: x for x in p}.values()])
def test_any_ordered_collection_of_parameters_will_do(params, given):
    assert SGD(given(params), lr=0.1).param_groups[0]["params"] == params
    assert SGD([{"params": given(params)}], lr=0.1).param_groups[0]["params"] == params


def test_one_parameter_or_one_dict_alone_will_do(params):
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


BAD_CHANGES = {
    "a misspelt key": (
        lambda opt: opt.param_groups[1].update(wd=0.1),
        KeyError,
        "param group 1 (fc.bias, fc.weight): SGD has no setting 'wd'",
    ),
    "a key that is gone": (
        lambda opt: opt.param_groups[1].pop("lr"),
        KeyError,
        "param group 1 (fc.bias, fc.weight): 'lr' is missing",
    ),
    "params that are gone": (
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
    "a group that is no dict": (
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


@pytest.mark.parametrize(("change", "error", "words"), BAD_CHANGES.values(), ids=BAD_CHANGES)
def test_bad_live_changes_are_refused_before_anything_moves(params, change, error, words):
    opt = SGD(groups_of(params), lr=0.1, momentum=0.9)
    set_gradients(params, 1)
    before = values(params)
    change(opt)
    with pytest.raises(error) as caught:
        opt.step()
    assert words in str(caught.value)
    for p, w in zip(params, before, strict=True):
        np.testing.assert_array_equal(p.numpy(), w)
    assert not opt._state


def test_stepping_while_a_recording_uses_a_parameter_is_refused(params):
    opt = SGD(groups_of(params), lr=0.1)
    set_gradients(params, 1)
    before = values(params)
    with GradManager().attach(params):
        _ = params[0] * 2
        with pytest.raises(RuntimeError, match=r"'conv.bias' .* in use by a GradManager"):
            opt.step()
    for p, w in zip(params, before, strict=True):
        np.testing.assert_array_equal(p.numpy(), w)


# ---- groups that come later ----


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_group_added_later_starts_afresh(case, params):
    late = case.kind([{"params": params[:2]}], **case.settings)
    for t in (1, 2):
        set_gradients(params, t)
        late.step()
    late.add_param_group({"params": params[2:], **case.second})
    others = parameters()
    fresh = case.kind([{"params": others[2:]}], **case.settings | case.second)
    for t in (3, 4):
        for several, opt in ((params, late), (others, fresh)):
            set_gradients(several, t)
            opt.step()
    for p, q in zip(params[2:], others[2:], strict=True):
        assert p.numpy().tobytes() == q.numpy().tobytes()
    assert late.state_dict()["state"]["conv.bias"]["step"] == 4
    assert late.state_dict()["state"]["fc.bias"]["step"] == 2


def test_a_bad_group_added_later_changes_nothing(params):
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


def test_an_optimizer_of_one_s_own():
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


# ---- what groups are called ----


def test_the_document_s_groups_have_labels():
    net = LeNet()
    conv = [p for name, p in net.named_parameters() if "conv" in name]
    fc = [p for name, p in net.named_parameters() if "conv" not in name]
    opt = SGD([{"params": conv}, {"params": fc}], lr=0.1)
    assert group_labels(opt) == group_labels(opt.param_groups) == ["conv", "group 1"]
    opt.param_groups[1]["name"] = "fc"
    assert group_label(opt, 1) == "fc"
    assert repr(opt) == "SGD(conv: 4 parameters, lr 0.1; fc: 6 parameters, lr 0.1)"


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (["conv1.bias conv1.weight", "conv2.bias conv2.weight"], ["conv1", "conv2"]),
        (["conv1.bias", "conv1.weight"], ["conv1.bias", "conv1.weight"]),
        (["fc1.bias fc1.weight", "conv1.bias"], ["fc1", "conv"]),
        (["ab ac", "conv"], ["group 0", "conv"]),
        (["conv1.a conv2.a", "conv3.a fc.a"], ["group 0", "group 1"]),
        (["? ?", "body.a"], ["group 0", "body"]),
    ],
)
def test_labels_come_from_names(names, labels):
    groups = []
    for several in names:
        params = [Parameter([0.0]) for _ in several.split()]
        for p, name in zip(params, several.split(), strict=True):
            p.name = None if name == "?" else name
        groups.append({"params": params})
    assert group_labels(groups) == labels


def test_labels_are_unique():
    groups = [{"params": [Parameter([0.0])], "name": "group 1"}, {"params": [Parameter([0.0])]}]
    assert group_labels(groups) == ["group 1", "group 1 [1]"]
    with pytest.raises(IndexError):
        group_label(groups, 2)


def test_an_optimizer_says_that_it_holds_its_groups(params):
    opt = optimizer.Adam(groups_of(params), lr=0.1)
    assert opt.optimizer_of(1) is opt.optimizer_of("conv") is opt
    with pytest.raises(IndexError, match="there is no param group 2: the optimizer has 2"):
        opt.optimizer_of(2)
    with pytest.raises(KeyError, match="named 'cnv'; did you mean 'conv'"):
        opt.optimizer_of("cnv")
