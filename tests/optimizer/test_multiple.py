"""MultipleOptimizer."""

from __future__ import annotations

import numpy as np
import pytest

from fineopt import Parameter, Tensor, optimizer
from fineopt.autodiff import GradManager
from fineopt.optimizer import SGD, Adam, MultipleOptimizer, group_labels

from .cases import parameters, set_gradients, values


@pytest.fixture
def params():
    return parameters()


def make(params):
    return MultipleOptimizer(SGD(params[:2], lr=0.05, momentum=0.9), Adam(params[2:], lr=0.01))


def bits(params):
    return [p.numpy().tobytes() for p in params]


def test_it_equals_its_separate_optimizers(params):
    others = parameters()
    both = make(params)
    sgd, adam = SGD(others[:2], lr=0.05, momentum=0.9), Adam(others[2:], lr=0.01)
    for t in range(1, 4):
        for ps in (params, others):
            set_gradients(ps, t)
        assert both.step() is both
        sgd.step()
        adam.step()
        assert bits(params) == bits(others)
    assert both.clear_grad() is both
    assert all(p.grad is None for p in params)
    assert list(both.parameters()) == params


def test_its_optimizers_can_be_stepped_at_different_times(params):
    both = make(params)
    set_gradients(params, 1)
    before = bits(params)
    both.opts[1].step()
    moved = [a != b for a, b in zip(bits(params), before, strict=True)]
    assert moved == [False, False, True, True]


class TestParamGroups:
    def test_they_are_the_live_dicts(self, params):
        both = make(params)
        sgd, adam = both.opts
        groups = both.param_groups
        assert len(groups) == 2
        assert groups[0] is sgd.param_groups[0]
        assert groups[-1] is adam.param_groups[0]
        assert [g["lr"] for g in groups] == [0.05, 0.01]
        assert [g["lr"] for g in groups[::-1]] == [0.01, 0.05]
        groups[1]["lr"] = 0.0
        set_gradients(params, 1)
        before = bits(params)
        both.step()
        moved = [a != b for a, b in zip(bits(params), before, strict=True)]
        assert moved == [True, True, False, False]

    def test_they_show_a_group_that_is_added_later_to_one_of_the_optimizers(self, params):
        both = MultipleOptimizer(SGD(params[:1], lr=0.05), Adam(params[2:], lr=0.01))
        groups = both.param_groups
        both.opts[0].add_param_group({"params": params[1], "lr": 0.3})
        assert [g["lr"] for g in groups] == [0.05, 0.3, 0.01]
        assert repr(groups) == repr([*both.opts[0].param_groups, *both.opts[1].param_groups])
        both.add_param_group({"params": Parameter([1.0]), "lr": 0.7}, 1)
        assert [g["lr"] for g in groups] == [0.05, 0.3, 0.01, 0.7]

    def test_they_can_be_removed_but_not_assigned(self, params):
        both = make(params)
        extra = Parameter([1.0])
        both.add_param_group({"params": extra}, 0)
        del both.param_groups[1]
        assert [len(opt.param_groups) for opt in both.opts] == [1, 1]
        del both.param_groups[1:]
        assert [len(opt.param_groups) for opt in both.opts] == [1, 0]
        with pytest.raises((AttributeError, TypeError)):
            both.param_groups[0] = {}
        with pytest.raises(AttributeError):
            both.param_groups.append({})

    def test_optimizer_of_a_group(self, params):
        both = make(params)
        both.add_param_group({"params": Parameter([1.0]), "name": "extra"}, 0)
        sgd, adam = both.opts
        assert [both.optimizer_of(i) for i in (0, 1, 2, -1)] == [sgd, sgd, adam, adam]
        assert both.optimizer_of("extra") is sgd
        assert group_labels(both) == ["conv", "extra", "group 2"]
        with pytest.raises(IndexError, match="there is no param group 3: the optimizer has 3"):
            both.optimizer_of(3)

    def test_labels_are_unique_across_optimizers(self, params):
        both = MultipleOptimizer(
            SGD([{"params": params[:2], "name": "a"}], lr=1),
            SGD([{"params": params[2:], "name": "a"}], lr=1),
        )
        assert group_labels(both) == ["a", "a [1]"]


@pytest.mark.parametrize(
    ("make_it", "error", "message"),
    [
        (lambda p: MultipleOptimizer(), ValueError, "needs at least one optimizer"),
        (lambda p: MultipleOptimizer(p), TypeError, "item 0 is a list, not an optimizer: pass its"),
        (lambda p: MultipleOptimizer(SGD(p, lr=1), 3), TypeError, "item 1 is a int, not an opt"),
        (
            lambda p: MultipleOptimizer(MultipleOptimizer(SGD(p, lr=1))),
            TypeError,
            "item 0 is a MultipleOptimizer, not an optimizer: pass its optimizers as separate",
        ),
        (
            lambda p: MultipleOptimizer(*[SGD(p, lr=1)] * 2),
            ValueError,
            "item 1, SGD, repeats an earlier optimizer",
        ),
        (
            lambda p: MultipleOptimizer(SGD(p[:3], lr=1), Adam(p[2:], lr=1)),
            ValueError,
            "parameter 'fc.bias' of shape () is in optimizer 0 (SGD), param group 0, and in "
            "optimizer 1 (Adam), param group 0: it would move twice per step",
        ),
        (
            lambda p: make(p).add_param_group({"params": Parameter([1.0])}),
            TypeError,
            "add_param_group needs the index of an optimizer: 0 for SGD(conv: 2 parameters, "
            "lr 0.05) or 1 for Adam(",
        ),
        (
            lambda p: make(p).add_param_group({"params": Parameter([1.0])}, 2),
            IndexError,
            "there is no optimizer 2: there are 2",
        ),
        (
            lambda p: make(p).load_state_dict({}),
            TypeError,
            "loads a dict as its state_dict() returns it",
        ),
        (
            lambda p: make(p).load_state_dict({"optimizers": []}),
            ValueError,
            "the state has 0 optimizers, this MultipleOptimizer 2",
        ),
    ],
)
def test_invalid_arguments(params, make_it, error, message):
    with pytest.raises(error) as caught:
        make_it(params)
    assert message in str(caught.value)


def test_an_invalid_group_added_later_changes_nothing(params):
    both = make(params)
    for bad, error in (({"params": params[2]}, ValueError), ({"params": [], "lr": 1}, ValueError)):
        with pytest.raises(error):
            both.add_param_group(bad, 0)
        assert [len(opt.param_groups) for opt in both.opts] == [1, 1]


class TestNothingMovesOnAnError:
    def refused(self, both, params, error, message):
        set_gradients(params, 1)
        before = values(params)
        with pytest.raises(error) as caught:
            both.step()
        assert message in str(caught.value)
        for p, w in zip(params, before, strict=True):
            np.testing.assert_array_equal(p.numpy(), w)

    def test_an_invalid_lr_in_the_last_group(self, params):
        both = make(params)
        both.param_groups[1]["lr"] = -1
        message = "optimizer 1 (Adam), param group 0 (fc.bias, fc.weight): lr must be at least 0"
        self.refused(both, params, ValueError, message)

    def test_a_misspelt_key(self, params):
        both = make(params)
        both.param_groups[1]["lrr"] = 1
        self.refused(both, params, KeyError, "Adam has no setting 'lrr'; did you mean 'lr'?")

    def test_a_parameter_added_to_a_second_optimizer_directly(self, params):
        both = make(params)
        both.opts[1].add_param_group({"params": params[0]})
        self.refused(both, params, ValueError, "'conv.bias' of shape (3,) is in optimizer 0")

    def test_a_recording_in_progress(self, params):
        both = make(params)
        with GradManager().attach(params[2:]):
            self.refused(both, params, RuntimeError, "optimizer 1 (Adam), parameter 'fc.bias'")


class TestState:
    def test_a_restored_run_continues_bit_for_bit(self, params):
        both = make(params)
        for t in (1, 2):
            set_gradients(params, t)
            both.step()
        others = parameters()
        for p, q in zip(params, others, strict=True):
            q[...] = p.numpy()
        restored = make(others)
        restored.load_state_dict(both.state_dict())
        for ps, opt in ((params, both), (others, restored)):
            for t in (3, 4):
                set_gradients(ps, t)
                opt.step()
        assert bits(params) == bits(others)

    def test_a_mismatch_of_one_changes_none(self, params):
        both = make(params)
        state = both.state_dict()
        state["optimizers"][0]["param_groups"][0]["lr"] = 9.0
        state["optimizers"][1]["param_groups"][0]["params"][0] = "other"
        with pytest.raises(ValueError, match="optimizer 1: Adam cannot load this state") as caught:
            both.load_state_dict(state)
        assert "- fc.bias is in the optimizer, not in the state" in str(caught.value)
        assert both.param_groups[0]["lr"] == 0.05

    def test_live_dicts_stay_the_same_objects(self, params):
        both = make(params)
        dicts = list(both.param_groups)
        both.load_state_dict(both.state_dict())
        assert all(a is b for a, b in zip(dicts, both.param_groups, strict=True))


def test_the_documents_class_cannot_run_and_this_one_does_what_was_meant():
    class Printed:
        def __init__(*opts):
            self.opts = opts  # noqa: F821 - as it is printed

    with pytest.raises(NameError):
        Printed(SGD([Parameter([1.0])], lr=0.05))
    conv, fc = Parameter([1.0]), Parameter([1.0])
    both = optimizer.MultipleOptimizer(
        optimizer.SGD([conv], lr=0.05), optimizer.Adam([fc], lr=0.01)
    )
    conv.grad = fc.grad = Tensor([1.0])
    both.step()
    both.clear_grad()
    assert conv.item() == pytest.approx(0.95)
    assert fc.item() == pytest.approx(0.99)
