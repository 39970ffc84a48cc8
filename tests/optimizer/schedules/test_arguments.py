"""Invalid arguments of schedules: rejected, with no learning rate changed."""

from __future__ import annotations

import math

import pytest

from fineopt.optimizer import (
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiStepLR,
    OneCycleLR,
    SequentialLR,
    StepLR,
    WarmupLR,
)

from .samples import lrs, sgd


@pytest.mark.parametrize(
    ("make", "error", "message"),
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
            "there is no param group 7: the optimizer has 2",
        ),
        (lambda o: StepLR(o, 1, groups="fc"), KeyError, "no param group is named 'fc'"),
        (lambda o: StepLR(o, 1, groups=[]), ValueError, "groups is empty: name at least one group"),
        (
            lambda o: MultiStepLR(o, [3, 1]),
            ValueError,
            "MultiStepLR: milestones must be in increasing order, not [3, 1]",
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
            "OneCycleLR: pct_start must be between 0 and 1, not 1.5",
        ),
        (lambda o: OneCycleLR(o, 10, div_factor=0), ValueError, "div_factor must be positive"),
        (
            lambda o: LambdaLR(o, 0.5),
            TypeError,
            "LambdaLR: lr_lambda must be a function or a list of functions, not 0.5",
        ),
        (lambda o: LambdaLR(o, [abs, 3]), TypeError, "lr_lambda must be a function or a list"),
        (
            lambda o: LambdaLR(o, [abs]),
            ValueError,
            "LambdaLR: lr_lambda needs a function for each of the 2 groups, not 1",
        ),
        (
            lambda o: LambdaLR(o, lambda t: -1.0),
            ValueError,
            "LambdaLR at epoch 0: the lr of param group 0 (parameter 0 (unnamed, of shape (1,))) "
            "must be at least 0, not -1.0",
        ),
        (lambda o: LambdaLR(o, lambda t: math.nan), ValueError, "must be finite, not nan"),
        (
            lambda o: SequentialLR(o, [], []),
            ValueError,
            "SequentialLR: it needs at least one schedule",
        ),
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
def test_invalid_arguments_raise_and_change_no_lr(make, error, message):
    opt = sgd(1.0, 0.5)
    with pytest.raises(error) as caught:
        make(opt)
    assert message in str(caught.value)
    assert lrs(opt) == [1.0, 0.5]


@pytest.mark.parametrize("epoch", [-1, 1.5, "1", True])
def test_an_invalid_epoch_raises_and_changes_nothing(epoch):
    schedule = ExponentialLR(sgd(), 0.5)
    with pytest.raises((TypeError, ValueError), match="ExponentialLR: current_epoch must be"):
        schedule.step(epoch)
    assert schedule.current_epoch == 0


def test_a_function_that_fails_later_leaves_the_epoch_unchanged():
    opt = sgd(1.0, 0.5)
    schedule = LambdaLR(opt, [lambda t: 1.0, lambda t: 1.0 if t < 2 else math.inf])
    schedule.step()
    with pytest.raises(ValueError, match="LambdaLR at epoch 2: the lr of param group 1"):
        schedule.step()
    assert schedule.current_epoch == 1
    assert lrs(opt) == [1.0, 0.5]
