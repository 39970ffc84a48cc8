"""Schedules: their values, and how they live with hands, new groups and several optimizers."""

from __future__ import annotations

import math

import numpy as np
import pytest

import fineopt
from fineopt import Parameter
from fineopt.optimizer import (
    SGD,
    Adam,
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    MultipleOptimizer,
    MultiStepLR,
    OneCycleLR,
    SequentialLR,
    StepLR,
    WarmupLR,
)
from tests.support.peers import import_torch

from ..cases import parameters, set_gradients


def sgd(*lrs):
    """An optimizer with a group for each lr."""
    groups = [{"params": [Parameter([0.0])], "lr": lr} for lr in lrs or (1.0,)]
    return SGD(groups, lr=1.0)


def lrs(optimizer):
    return [group["lr"] for group in optimizer.param_groups]


def course(schedule, steps):
    """The lr of group 0 at each epoch."""
    found = []
    for _ in range(steps):
        found.append(schedule.optimizer.param_groups[0]["lr"])
        schedule.step()
    return found


def warm_then_cosine(opt):
    return SequentialLR(
        opt, [WarmupLR(opt, 2, 0.5), CosineAnnealingLR(opt, 2), StepLR(opt, 1, 0.5)], [2, 4]
    )


HALF = math.sqrt(0.5)
SCHEDULES = {
    "multistep": (lambda o: MultiStepLR(o, [1, 3, 3], 0.5), [1, 0.5, 0.5, 0.125, 0.125]),
    "multistep_default": (lambda o: MultiStepLR(o, (2,)), [1, 1, 0.1, 0.1]),
    "multistep_at_0": (lambda o: MultiStepLR(o, range(0, 4, 2), 0.5), [0.5, 0.5, 0.25, 0.25]),
    "step": (lambda o: StepLR(o, 2, 0.5), [1, 1, 0.5, 0.5, 0.25]),
    "exponential": (lambda o: ExponentialLR(o, 0.5), [1, 0.5, 0.25, 0.125]),
    "growing": (lambda o: ExponentialLR(o, 2.0), [1, 2, 4, 8]),
    "linear": (lambda o: LinearLR(o, 4), [1, 0.75, 0.5, 0.25, 0, 0]),
    "linear_part": (lambda o: LinearLR(o, 2, 0.5, 0.25), [0.5, 0.375, 0.25, 0.25]),
    "cosine": (
        lambda o: CosineAnnealingLR(o, 4),
        [1, (1 + HALF) / 2, 0.5, (1 - HALF) / 2, 0, 0],
    ),
    "cosine_end": (lambda o: CosineAnnealingLR(o, 2, end_factor=0.2), [1, 0.6, 0.2, 0.2]),
    "warmup": (lambda o: WarmupLR(o, 4, 0.0), [0, 0.25, 0.5, 0.75, 1, 1]),
    "warmup_default": (lambda o: WarmupLR(o, 3), [0.1, 0.4, 0.7, 1, 1]),
    "onecycle": (
        # up over the first 2 steps from 1/4, down over the other 4 to 1/8
        lambda o: OneCycleLR(o, 7, 3 / 7, div_factor=4, final_div_factor=2),
        [
            0.25,
            0.625,
            1,
            0.125 + 0.875 * (1 + HALF) / 2,
            0.5625,
            0.125 + 0.875 * (1 - HALF) / 2,
            0.125,
            0.125,
        ],
    ),
    "onecycle_rising": (lambda o: OneCycleLR(o, 3, 1.0, 4), [0.25, 0.625, 1, 1, 1]),
    "onecycle_falling": (
        lambda o: OneCycleLR(o, 3, 0.0, 4, 2),
        [0.125 + 0.875 * 0.75, 0.125 + 0.875 * 0.25, 0.125, 0.125],
    ),
    "onecycle_of_one_step": (lambda o: OneCycleLR(o, 1, 0.0, 4, 2), [0.125, 0.125]),
    "onecycle_of_its_peak": (lambda o: OneCycleLR(o, 1, 1.0), [1, 1]),
    "onecycle_from_its_peak": (lambda o: OneCycleLR(o, 2, 0.5, 4, 2), [1, 0.125, 0.125]),
    "linear_of_one_epoch": (lambda o: LinearLR(o, 1, 1, 0.5), [1, 0.5, 0.5]),
    "cosine_of_one_epoch": (lambda o: CosineAnnealingLR(o, 1, 0.5), [1, 0.5, 0.5]),
    "warmup_of_one_epoch": (lambda o: WarmupLR(o, 1, 0.0), [0, 1, 1]),
    "no_warmup": (lambda o: WarmupLR(o, 0, 0.0), [1, 1]),
    "no_milestones": (lambda o: MultiStepLR(o, []), [1, 1]),
    "a_sequence_of_one": (lambda o: SequentialLR(o, [StepLR(o, 1, 0.5)], []), [1, 0.5, 0.25]),
    "a_sequence_with_equal_milestones": (
        lambda o: SequentialLR(
            o, [WarmupLR(o, 2, 0.5), StepLR(o, 1, 0.1), StepLR(o, 1, 0.5)], [2, 2]
        ),
        [0.5, 0.75, 1, 0.5, 0.25],
    ),
    "a_sequence_that_begins_with_its_second": (
        lambda o: SequentialLR(o, [StepLR(o, 1, 0.1), StepLR(o, 1, 0.5)], [0]),
        [1, 0.5, 0.25],
    ),
    "a_sequence_of_sequences": (
        lambda o: SequentialLR(
            o, [warm_then_cosine(o), SequentialLR(o, [StepLR(o, 1, 0.5)], [])], [3]
        ),
        [0.5, 0.75, 1, 1, 0.5],
    ),
    "lambda": (lambda o: LambdaLR(o, lambda t: 1 / (1 + t)), [1, 1 / 2, 1 / 3, 1 / 4]),
    "sequence": (warm_then_cosine, [0.5, 0.75, 1, 0.5, 1, 0.5, 0.25]),
}
every_schedule = pytest.mark.parametrize("make", [s[0] for s in SCHEDULES.values()], ids=SCHEDULES)


@pytest.mark.parametrize(("make", "factors"), SCHEDULES.values(), ids=SCHEDULES)
class TestValues:
    def test_by_hand_and_the_groups_keep_their_ratio(self, make, factors):
        opt = sgd(2.0, 0.5)
        schedule = make(opt)
        for epoch, factor in enumerate(factors):
            assert schedule.current_epoch == epoch
            np.testing.assert_allclose(lrs(opt), [2 * factor, 0.5 * factor], atol=1e-15)
            assert schedule.get_lr() == lrs(opt)
            schedule.step()
        assert schedule.base_lrs == [2.0, 0.5]

    def test_in_any_order(self, make, factors):
        opt = sgd()
        schedule = make(opt)
        for epoch in reversed(range(len(factors))):
            schedule.step(epoch)
            assert lrs(opt)[0] == pytest.approx(factors[epoch], abs=1e-15)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (lambda o: MultiStepLR(o, [3, 5], 0.3), lambda s, o: s.MultiStepLR(o, [3, 5], 0.3)),
        (lambda o: StepLR(o, 3, 0.3), lambda s, o: s.StepLR(o, 3, 0.3)),
        (lambda o: ExponentialLR(o, 0.7), lambda s, o: s.ExponentialLR(o, 0.7)),
        (lambda o: LinearLR(o, 9, 0.4, 0.1), lambda s, o: s.LinearLR(o, 0.4, 0.1, 9)),
        (lambda o: CosineAnnealingLR(o, 20), lambda s, o: s.CosineAnnealingLR(o, 20)),
        (lambda o: WarmupLR(o, 9, 0.2), lambda s, o: s.LinearLR(o, 0.2, 1.0, 9)),
        (lambda o: OneCycleLR(o, 20), lambda s, o: s.OneCycleLR(o, [0.8, 0.1], 20)),
        (
            lambda o: OneCycleLR(o, 20, 1.0),
            lambda s, o: s.OneCycleLR(o, [0.8, 0.1], 20, pct_start=1.0),
        ),
        (
            lambda o: OneCycleLR(o, 20, 0.0),
            lambda s, o: s.OneCycleLR(o, [0.8, 0.1], 20, pct_start=0.0),
        ),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_they_agree_with_pytorch(ours, theirs):
    torch = import_torch()
    opt = sgd(0.8, 0.1)
    weights = [torch.nn.Parameter(torch.zeros(1)) for _ in range(2)]
    groups = [{"params": [w], "lr": lr} for w, lr in zip(weights, (0.8, 0.1), strict=True)]
    peer = torch.optim.SGD(groups, lr=1.0, momentum=0.9)
    schedule, other = ours(opt), theirs(torch.optim.lr_scheduler, peer)
    for _ in range(20):
        np.testing.assert_allclose(lrs(opt), [g["lr"] for g in peer.param_groups], rtol=1e-9)
        schedule.step()
        peer.step()
        if _ < 19:
            other.step()


def test_the_documents_linear_decay_but_in_every_group_s_own_lr():
    opt = sgd(0.05, 0.01)
    schedule = LinearLR(opt, total_epochs=10)
    for epoch in range(10):
        assert lrs(opt)[0] == 0.05 * (1 - float(epoch) / 10)
        assert lrs(opt)[1] == 0.01 * (1 - float(epoch) / 10)
        schedule.step()


# ---- an lr set by hand ----


class TestAnLrSetByHand:
    @every_schedule
    def test_a_group_frozen_at_0_stays_frozen(self, make):
        opt, other = sgd(1.0, 0.5), sgd(1.0, 0.5)
        schedule, free = make(opt), make(other)
        schedule.step()  # at first, a warm-up from 0 has the group at 0 itself
        free.step()
        opt.param_groups[1]["lr"] = 0.0
        for _ in range(8):
            schedule.step()
            free.step()
            assert lrs(opt) == [lrs(other)[0], 0.0]
        assert schedule.held == [1]

    def test_any_other_lr_stays_too(self):
        opt = sgd(1.0, 0.5)
        schedule = ExponentialLR(opt, 0.5)
        schedule.step()
        opt.param_groups[0]["lr"] = 0.75
        schedule.step()
        schedule.step()
        assert lrs(opt) == [0.75, 0.0625]

    def test_the_schedule_goes_on_once_it_is_set_back(self):
        opt = sgd(1.0, 0.5)
        schedule = ExponentialLR(opt, 0.5)
        opt.param_groups[1]["lr"] = 0.0  # freeze
        schedule.step()
        schedule.step()
        opt.param_groups[1]["lr"] = 0.5  # unfreeze: what it was
        assert schedule.held == []
        schedule.step()
        assert lrs(opt) == [0.125, 0.0625]

    def test_release_gives_it_back_at_once(self):
        opt = sgd(1.0, 0.5)
        schedule = ExponentialLR(opt, 0.5)
        opt.param_groups[1]["lr"] = 0.0
        schedule.step()
        schedule.release(1)
        assert lrs(opt) == [0.5, 0.25]
        assert schedule.held == []

    def test_release_with_another_base(self):
        opt = sgd(1.0, 0.0)
        schedule = ExponentialLR(opt, 0.5)
        schedule.step()
        schedule.release(1, base_lr=0.8)
        assert lrs(opt) == [0.5, 0.4]
        assert schedule.base_lrs == [1.0, 0.8]

    def test_release_of_what_cannot_be(self):
        schedule = ExponentialLR(sgd(1.0, 0.5), 0.5, groups=[0])
        with pytest.raises(KeyError, match="param group 1 is not governed by this ExponentialLR"):
            schedule.release(1)
        with pytest.raises(IndexError, match="no param group 2"):
            schedule.release(2)
        with pytest.raises(ValueError, match="base_lr must be at least 0"):
            schedule.release(0, base_lr=-1.0)
        assert schedule.base_lrs == [1.0]

    def test_a_new_schedule_takes_it_as_its_base(self):
        opt = sgd(1.0, 0.5)
        ExponentialLR(opt, 0.5).step()
        opt.param_groups[1]["lr"] = 0.2
        schedule = ExponentialLR(opt, 0.1)
        assert schedule.base_lrs == [1.0, 0.2]  # as in MegEngine, where it was not touched
        assert lrs(opt) == [1.0, 0.2]

    def test_it_is_still_held_after_a_restart(self, tmp_path):
        params = parameters()
        opt = Adam([{"params": params[:2]}, {"params": params[2:]}], lr=1.0)
        schedule = ExponentialLR(opt, 0.5)
        opt.param_groups[1]["lr"] = 0.0
        schedule.step()
        fineopt.save({"o": opt.state_dict(), "s": schedule.state_dict()}, tmp_path / "run")

        saved = fineopt.load(tmp_path / "run")
        again = Adam([{"params": params[:2]}, {"params": params[2:]}], lr=3.0)
        new = ExponentialLR(again, 0.9)
        again.load_state_dict(saved["o"])
        new.load_state_dict(saved["s"])
        assert lrs(again) == [0.5, 0.0]
        for s in (schedule, new):
            s.step()
        assert lrs(again) == lrs(opt) == [0.25, 0.0]
        assert new.held == [1]


# ---- new groups, some groups, several optimizers ----


@every_schedule
def test_a_group_added_later_joins_with_its_own_lr_as_base(make):
    opt = sgd(1.0)
    schedule = make(opt)
    schedule.step()
    opt.add_param_group({"params": [Parameter([0.0])], "lr": 0.25})
    assert lrs(opt)[1] == 0.25
    schedule.step()
    assert schedule.base_lrs == [1.0, 0.25]
    assert lrs(opt)[1] == lrs(opt)[0] * 0.25


def test_one_rule_per_group():
    opt = sgd(1.0, 1.0, 1.0)
    LambdaLR(opt, [lambda t: 0.5**t, lambda t: 1 + t, lambda t: 1.0]).step()
    assert lrs(opt) == [0.5, 2.0, 1.0]

    opt = sgd(1.0, 1.0, 1.0)
    opt.param_groups[1]["name"] = "fc"
    parts = [ExponentialLR(opt, 0.5, groups=[0]), LinearLR(opt, 4, groups="fc")]
    for part in parts:
        part.step()
    assert lrs(opt) == [0.5, 0.75, 1.0]
    assert [part.governed for part in parts] == [[0], [1]]
    assert [part.get_lr() for part in parts] == [[0.5], [0.75]]


def test_a_group_added_later_is_governed_by_none_that_has_its_groups():
    for make in (
        lambda o: ExponentialLR(o, 0.5, groups=[0]),
        lambda o: LambdaLR(o, [lambda t: 0.5**t]),
    ):
        opt = sgd(1.0)
        schedule = make(opt)
        opt.add_param_group({"params": [Parameter([0.0])], "lr": 0.25})
        schedule.step()
        assert lrs(opt) == [0.5, 0.25]


@every_schedule
def test_over_several_optimizers(make):
    a, b = Parameter([0.0]), Parameter([0.0])
    both = MultipleOptimizer(SGD([a], lr=1.0), Adam([b], lr=0.25))
    schedule = make(both)
    alone = sgd(1.0, 0.25)
    twin = make(alone)
    for _ in range(4):
        assert lrs(both) == lrs(alone)
        schedule.step()
        twin.step()


def test_a_group_added_to_the_first_of_several_shifts_nothing():
    both = MultipleOptimizer(SGD([Parameter([0.0])], lr=1.0), Adam([Parameter([0.0])], lr=1.0))
    schedule = LambdaLR(both, [lambda t: 0.5**t, lambda t: 0.25**t])
    both.add_param_group({"params": Parameter([0.0]), "lr": 1.0}, 0)
    schedule.step()
    assert lrs(both) == [0.5, 1.0, 0.25]

    both = MultipleOptimizer(SGD([Parameter([0.0])], lr=0.5), Adam([Parameter([0.0])], lr=1.0))
    second = StepLR(both, 1, 0.1, groups=[1])
    both.add_param_group({"params": Parameter([0.0]), "lr": 1.0}, 0)
    second.step()
    assert lrs(both) == [0.5, 1.0, pytest.approx(0.1)]


def test_a_frozen_group_under_a_schedule_does_not_move():
    params = parameters()
    opt = SGD([{"params": params[:2]}, {"params": params[2:]}], lr=0.1, momentum=0.9)
    schedule = CosineAnnealingLR(opt, 4)
    opt.param_groups[1]["lr"] = 0.0
    before = [p.numpy().tobytes() for p in params]
    for t in range(1, 4):
        set_gradients(params, t)
        opt.step()
        schedule.step()
    moved = [p.numpy().tobytes() != b for p, b in zip(params, before, strict=True)]
    assert moved == [True, True, False, False]


# ---- MegEngine's ways ----


def test_a_subclass_in_megengine_s_way():
    class Halving(LRScheduler):
        def __init__(self, optimizer, current_epoch=-1):
            self.by = 0.5
            super().__init__(optimizer, current_epoch)

        def get_lr(self):
            return [lr * self.by**self.current_epoch for lr in self.base_lrs]

    opt = sgd(1.0, 0.5)
    schedule = Halving(opt)
    schedule.step()
    assert lrs(opt) == [0.5, 0.25]
    with pytest.raises(NotImplementedError, match="LRScheduler does not implement factor"):
        LRScheduler(opt)


def test_going_on_needs_initial_lr_and_begins_the_next_epoch():
    opt = sgd(1.0, 0.5)
    with pytest.raises(KeyError, match=r"param group 0 .* has no 'initial_lr'.* from epoch 3"):
        MultiStepLR(opt, [2, 4], 0.5, current_epoch=3)
    assert lrs(opt) == [1.0, 0.5]
    for group in opt.param_groups:
        group["initial_lr"] = 2.0
    schedule = MultiStepLR(opt, [2, 4], 0.5, current_epoch=3)
    assert schedule.current_epoch == 4
    assert lrs(opt) == [0.5, 0.5]


# ---- state ----


@every_schedule
def test_a_restored_schedule_goes_on(make):
    opt, other = sgd(1.0, 0.5), sgd(1.0, 0.5)
    schedule, restored = make(opt), make(other)
    for _ in range(2):
        schedule.step()
    restored.load_state_dict(schedule.state_dict())
    for _ in range(4):
        assert lrs(other) == lrs(opt)
        schedule.step()
        restored.step()


def test_settings_are_in_the_state_as_in_megengine():
    schedule = MultiStepLR(sgd(), [2, 4], 0.5)
    assert schedule.state_dict() == {"milestones": (2, 4), "gamma": 0.5, "current_epoch": 0}
    schedule.load_state_dict({"milestones": [1], "gamma": 0.25, "current_epoch": 1})
    assert lrs(schedule.optimizer) == [0.25]
    assert schedule.milestones == (1,)


@pytest.mark.parametrize(
    ("state", "error", "words"),
    [
        ({"gamma": 0.5}, KeyError, "the state of ExponentialLR: 'current_epoch' is missing"),
        ({"current_epoch": 1}, KeyError, "the state of ExponentialLR: 'gamma' is missing"),
        (
            {"current_epoch": 1, "gama": 0.5},
            KeyError,
            "ExponentialLR has no setting 'gama'; did you mean 'gamma'?",
        ),
        ({"current_epoch": -3, "gamma": 0.5}, ValueError, "current_epoch must be at least 0"),
        ({"current_epoch": 1, "gamma": "x"}, TypeError, "gamma must be a number"),
        (3, TypeError, "ExponentialLR loads a dict"),
    ],
)
def test_a_bad_state_is_refused_and_nothing_changes(state, error, words):
    schedule = ExponentialLR(sgd(), 0.5)
    schedule.step()
    with pytest.raises(error) as caught:
        schedule.load_state_dict(state)
    assert words in str(caught.value)
    assert schedule.state_dict() == {"current_epoch": 1, "gamma": 0.5}
    assert lrs(schedule.optimizer) == [0.5]


def test_a_bad_state_of_a_sequence_changes_none_of_its_schedules():
    schedule = warm_then_cosine(sgd())
    schedule.step()
    state = schedule.state_dict()
    bad = dict(state, schedulers=[dict(s) for s in state["schedulers"]], milestones=[3, 5])
    bad["schedulers"][0]["start_factor"] = 0.9
    bad["schedulers"][2]["gamma"] = -1
    with pytest.raises(ValueError, match="gamma must be positive"):
        schedule.load_state_dict(bad)
    assert schedule.state_dict() == state
    with pytest.raises(ValueError, match="must have 3 schedulers"):
        schedule.load_state_dict({"current_epoch": 1, "milestones": [2, 4]})


# ---- bad arguments ----


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda o: StepLR(3, 1), TypeError, "StepLR needs an optimizer, not a int"),
        (lambda o: StepLR(o, 0), ValueError, "StepLR: step_size must be at least 1, not 0"),
        (lambda o: StepLR(o, 1.5), TypeError, "StepLR: step_size must be an integer, not 1.5"),
        (lambda o: StepLR(o, True), TypeError, "step_size must be an integer, not True"),
        (lambda o: StepLR(o, 1, -0.5), ValueError, "StepLR: gamma must be positive, not -0.5"),
        (lambda o: StepLR(o, 1, current_epoch=-2), ValueError, "current_epoch must be at least 0"),
        (
            lambda o: StepLR(o, 1, groups=[7]),
            IndexError,
            "no param group 7: the optimizer has 2",
        ),
        (lambda o: StepLR(o, 1, groups="fc"), KeyError, "no param group is named 'fc'"),
        (lambda o: StepLR(o, 1, groups=[]), ValueError, "groups is empty: name at"),
        (
            lambda o: MultiStepLR(o, [3, 1]),
            ValueError,
            "must be in increasing order, not [3, 1]",
        ),
        (lambda o: MultiStepLR(o, [0.5]), TypeError, "milestones must be an integer, not 0.5"),
        (lambda o: MultiStepLR(o, 3), TypeError, "milestones must be a list of integers"),
        (lambda o: ExponentialLR(o, "x"), TypeError, "gamma must be a number, not 'x'"),
        (lambda o: LinearLR(o, 0), ValueError, "total_epochs must be at least 1"),
        (lambda o: LinearLR(o, 1, -1.0), ValueError, "start_factor must be at least 0"),
        (lambda o: CosineAnnealingLR(o, None), TypeError, "T_max must be an integer"),
        (lambda o: WarmupLR(o, -1), ValueError, "warmup_epochs must be at least 0"),
        (
            lambda o: OneCycleLR(o, 10, 1.5),
            ValueError,
            "must be between 0 and 1, not 1.5",
        ),
        (lambda o: OneCycleLR(o, 10, div_factor=0), ValueError, "div_factor must be positive"),
        (
            lambda o: LambdaLR(o, 0.5),
            TypeError,
            "must be a function or a list of functions, not 0.5",
        ),
        (lambda o: LambdaLR(o, [abs, 3]), TypeError, "lr_lambda must be a function or a list"),
        (lambda o: LambdaLR(o, [abs]), ValueError, "1 functions do not match 2 groups"),
        (
            lambda o: LambdaLR(o, lambda t: -1.0),
            ValueError,
            "LambdaLR at epoch 0: the lr of param group 0 (parameter 0 (unnamed, of shape (1,))) "
            "must be at least 0, not -1.0",
        ),
        (lambda o: LambdaLR(o, lambda t: math.nan), ValueError, "must be finite, not nan"),
        (lambda o: SequentialLR(o, [], []), ValueError, "needs at least one schedule"),
        (lambda o: SequentialLR(o, [3], []), TypeError, "item 0 is a int, not a schedule"),
        (
            lambda o: SequentialLR(o, [StepLR(o, 1), StepLR(sgd(), 1)], [1]),
            ValueError,
            "schedule 1 belongs to another optimizer",
        ),
        (
            lambda o: SequentialLR(o, [StepLR(o, 1), StepLR(o, 1, groups=[0])], [1]),
            ValueError,
            "schedule 1 governs other groups than the first",
        ),
        (
            lambda o: SequentialLR(o, [StepLR(o, 1), StepLR(o, 1)], []),
            ValueError,
            "2 schedules need 1 milestone, not 0",
        ),
        (
            lambda o: SequentialLR(o, [StepLR(o, 1), StepLR(o, 1)], 3),
            TypeError,
            "milestones must be a list of integers, not 3",
        ),
    ],
)
def test_bad_arguments_are_refused_and_no_lr_changes(make, error, words):
    opt = sgd(1.0, 0.5)
    with pytest.raises(error) as caught:
        make(opt)
    assert words in str(caught.value)
    assert lrs(opt) == [1.0, 0.5]


@pytest.mark.parametrize("epoch", [-1, 1.5, "1", True])
def test_a_bad_epoch_is_refused_and_nothing_changes(epoch):
    schedule = ExponentialLR(sgd(), 0.5)
    with pytest.raises((TypeError, ValueError), match="ExponentialLR: current_epoch must be"):
        schedule.step(epoch)
    assert schedule.current_epoch == 0


def test_a_rule_that_fails_later_leaves_the_epoch_before():
    opt = sgd(1.0, 0.5)
    schedule = LambdaLR(opt, [lambda t: 1.0, lambda t: 1.0 if t < 2 else math.inf])
    schedule.step()
    with pytest.raises(ValueError, match="LambdaLR at epoch 2: the lr of param group 1"):
        schedule.step()
    assert schedule.current_epoch == 1
    assert lrs(opt) == [1.0, 0.5]
