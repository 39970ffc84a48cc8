"""Schedules with their factors, and optimizers for them."""

from __future__ import annotations

import math

import pytest

from fineopt import Parameter
from fineopt.optimizer import (
    SGD,
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


def sgd(*lrs):
    """An optimizer with a group for each lr."""
    groups = [{"params": [Parameter([0.0])], "lr": lr} for lr in lrs or (1.0,)]
    return SGD(groups, lr=1.0)


def lrs(optimizer):
    return [group["lr"] for group in optimizer.param_groups]


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
