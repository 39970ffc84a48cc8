"""The learning rates of schedules: by hand, in any order, and PyTorch's."""

from __future__ import annotations

import numpy as np
import pytest

from fineopt.optimizer import (
    CosineAnnealingLR,
    ExponentialLR,
    LinearLR,
    MultiStepLR,
    OneCycleLR,
    StepLR,
    WarmupLR,
)
from tests.support.peers import import_torch

from .samples import SCHEDULES, lrs, sgd


@pytest.mark.parametrize(("make", "factors"), SCHEDULES.values(), ids=SCHEDULES)
class TestValues:
    def test_known_factors_and_the_groups_keep_their_ratio(self, make, factors):
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


def test_the_documents_linear_decay_of_each_group_s_own_lr():
    opt = sgd(0.05, 0.01)
    schedule = LinearLR(opt, total_epochs=10)
    for epoch in range(10):
        assert lrs(opt)[0] == 0.05 * (1 - float(epoch) / 10)
        assert lrs(opt)[1] == 0.01 * (1 - float(epoch) / 10)
        schedule.step()
