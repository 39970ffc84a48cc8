"""Saving and restoring by name: a run goes on bit for bit, and what does not match is refused."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fineopt
from fineopt import Parameter
from fineopt.optimizer import SGD, Adam, StepLR

from .cases import CASES, make, parameters, set_gradients, two_groups, values

every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def bits(params):
    return [p.numpy().tobytes() for p in params]


def run(params, opt, steps, first=1):
    for t in range(first, first + steps):
        set_gradients(params, t)
        opt.step()


def same(a, b):
    """Whether two states hold the same numbers, to the last bit."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    return type(a) is type(b) and a == b


@every_case
@given(before=st.integers(0, 6), after=st.integers(1, 4), dtype=st.sampled_from("fd"))
@settings(max_examples=10)
def test_a_restored_run_goes_on_bit_for_bit(case, before, after, dtype):
    params = parameters(dtype=dtype)
    opt = make(case, params)
    run(params, opt, before)
    weights, state = values(params), opt.state_dict()
    run(params, opt, after, before + 1)

    others = parameters(seed=1, dtype=dtype)
    restored = make(case, others)
    run(others, restored, 2)  # whatever it did before is gone
    for p, w in zip(others, weights, strict=True):
        p[...] = w
    restored.load_state_dict(state)
    assert same(restored.state_dict(), state)
    run(others, restored, after, before + 1)
    assert bits(others) == bits(params)
    assert same(restored.state_dict(), opt.state_dict())


@every_case
def test_a_state_survives_a_file(case, tmp_path):
    params = parameters()
    opt = make(case, params)
    run(params, opt, 3)
    fineopt.save(opt.state_dict(), tmp_path / "state")
    others = parameters()
    restored = make(case, others)
    restored.load_state_dict(fineopt.load(tmp_path / "state"))
    assert same(restored.state_dict(), opt.state_dict())


def test_a_state_is_a_copy_in_plain_types():
    params = parameters()
    opt = Adam(two_groups(params, {"lr": np.float64(0.5), "name": "fc"}), lr=1)
    run(params, opt, 1)
    state = opt.state_dict()
    assert state["optimizer"] == "Adam"
    common = {"betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.0}
    assert state["param_groups"] == [
        {"params": ["conv.bias", "conv.weight"], "lr": 1} | common,
        {"params": ["fc.bias", "fc.weight"], "lr": 0.5, "name": "fc"} | common,
    ]
    assert type(state["param_groups"][1]["lr"]) is float
    assert {k: sorted(v) for k, v in state["state"].items()} == {
        p.name: ["exp_avg", "exp_avg_sq", "step"] for p in params
    }
    before = copy.deepcopy(state)
    run(params, opt, 1, 2)
    opt.param_groups[0]["lr"] = 9.0
    assert same(state, before)


def test_the_live_dicts_stay_the_same_objects():
    params = parameters()
    opt = make(CASES["momentum"], params)
    state = opt.state_dict()
    groups, dicts, lists = opt.param_groups, list(opt.param_groups), opt.param_groups[0]["params"]
    opt.param_groups[1]["lr"] = 7.0
    opt.load_state_dict(state)
    assert opt.param_groups is groups
    assert all(a is b for a, b in zip(groups, dicts, strict=True))
    assert groups[0]["params"] is lists
    assert dicts[1]["lr"] == 0.01


def test_parameters_and_groups_are_matched_by_name_not_by_order():
    params, others = parameters(), parameters()
    opt = make(CASES["momentum"], params)
    run(params, opt, 3)
    conv, fc = others[1::-1], others[:1:-1]
    turned = SGD([{"params": fc}, {"params": conv}], lr=1.0, momentum=0.5)
    turned.load_state_dict(opt.state_dict())
    assert [g["lr"] for g in turned.param_groups] == [0.01, 0.05]
    for p, q in zip(params, others, strict=True):
        q[...] = p.numpy()
    run(params, opt, 2, 4)
    run(others, turned, 2, 4)
    assert bits(params) == bits(others)


def test_parameters_without_a_name_of_their_own_go_by_place():
    params = [Parameter([1.0]), Parameter([2.0]), Parameter([3.0])]
    params[1].name = params[2].name = "w"
    opt = SGD(params, lr=0.1)
    assert opt.state_dict()["param_groups"][0]["params"] == ["#0", "w#1", "w#2"]


def test_copying_an_optimizer_copies_its_parameters_with_it():
    params = parameters()
    opt = make(CASES["adam"], params)
    run(params, opt, 2)
    twins, twin = copy.deepcopy((params, opt))
    run(twins, twin, 2, 3)
    assert bits(twins) != bits(params)
    run(params, opt, 2, 3)
    assert bits(twins) == bits(params)


# ---- what is refused ----


def rename(state, old, new):
    for group in state["param_groups"]:
        group["params"] = [new if key == old else key for key in group["params"]]
    if old in state["state"]:
        state["state"][new] = state["state"].pop(old)


def edit(path, value):
    def change(state):
        at = state
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = value

    return change


MISMATCHES = {
    "another name": (
        lambda s: rename(s, "fc.bias", "fc9.bias"),
        [
            "- fc.bias is in the optimizer, not in the state",
            "- fc9.bias is in the state, not in the optimizer",
        ],
    ),
    "other groups": (
        lambda s: s["param_groups"][0]["params"].append(s["param_groups"][1]["params"].pop()),
        [
            "- param group 0 (conv.bias, conv.weight) is grouped differently in the state: "
            "conv.bias in 0, conv.weight in 0",
            "- param group 1 (fc.bias, fc.weight) is grouped differently in the state: "
            "fc.bias in 1, fc.weight in 0",
        ],
    ),
    "another optimizer": (
        edit(["optimizer"], "Adam"),
        ["- the state is from Adam, the optimizer is SGD"],
    ),
    "another shape": (
        edit(["state", "fc.weight", "momentum_buffer"], np.zeros((2, 4))),
        ["- fc.weight has shape (4, 2), but its 'momentum_buffer' has (2, 4)"],
    ),
    "an array that it doesn't keep": (
        edit(["state", "fc.weight", "exp_avg"], np.zeros((4, 2))),
        ["- fc.weight has 'exp_avg', which SGD does not use"],
    ),
    "no numbers": (
        edit(["state", "fc.weight", "momentum_buffer"], "zeros"),
        ["- 'momentum_buffer' of fc.weight is not an array of numbers"],
    ),
    "no step": (lambda s: s["state"]["fc.weight"].pop("step"), ["- fc.weight has no 'step'"]),
    "a bad lr": (
        edit(["param_groups", 1, "lr"], -1.0),
        ["- param group 1 (fc.bias, fc.weight): lr must be at least 0, not -1.0"],
    ),
    "an unknown key": (
        edit(["param_groups", 1, "betas"], (0.9, 0.9)),
        ["- param group 1 (fc.bias, fc.weight): SGD has no setting 'betas'; expected one of: "],
    ),
    "a missing key": (
        lambda s: s["param_groups"][1].pop("momentum"),
        ["- param group 1 (fc.bias, fc.weight): 'momentum' is missing"],
    ),
    "several things": (
        lambda s: (
            rename(s, "fc.bias", "other"),
            edit(["optimizer"], "Lion")(s),
            edit(["state", "conv.bias", "momentum_buffer"], np.zeros(9))(s),
        ),
        ["- the state is from Lion", "- fc.bias is in", "- other is in", "- conv.bias has shape"],
    ),
}


@pytest.mark.parametrize(("change", "lines"), MISMATCHES.values(), ids=MISMATCHES)
def test_a_mismatch_is_refused_in_one_report_and_nothing_changes(change, lines):
    params = parameters()
    opt = make(CASES["momentum"], params)
    run(params, opt, 2)
    state = opt.state_dict()
    change(state)
    run(params, opt, 1, 3)
    before = opt.state_dict()
    with pytest.raises(ValueError) as caught:
        opt.load_state_dict(state)
    message = str(caught.value)
    assert message.startswith("SGD cannot load this state:\n")
    assert len(message.splitlines()) == 1 + len(lines)
    for line in lines:
        assert line in message
    assert same(opt.state_dict(), before)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (None, "not a NoneType"),
        ({}, "not an empty one"),
        ({"weight": 1}, r"not one with the keys \['weight'\]"),
        ({"param_groups": [], "state": 3}, "not one with the keys"),
        ({"param_groups": [{"lr": 1}], "state": {}}, "not one with the keys"),
    ],
)
def test_what_is_no_state_is_refused(state, words):
    opt = SGD(parameters(), lr=0.1)
    with pytest.raises(TypeError, match=f"SGD loads a dict as state_dict.. returns it, {words}"):
        opt.load_state_dict(state)


def test_a_label_stays_where_the_state_has_none_and_a_schedule_s_marks_go():
    params = parameters()
    plain = make(CASES["sgd"], params).state_dict()
    opt = SGD(two_groups(params, {"name": "fc"}), lr=0.5)
    StepLR(opt, 1).step()
    opt.load_state_dict(plain)
    assert opt.param_groups[1]["name"] == "fc"
    assert [g["lr"] for g in opt.param_groups] == [0.05, 0.01]
    assert all("scheduled_lr" not in g and "initial_lr" not in g for g in opt.param_groups)
