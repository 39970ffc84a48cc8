"""Checks of w.audit() for MegEngine, run by test_megengine.py in an environment that has it."""

from __future__ import annotations

import random
from typing import Any

import megengine
import megengine.functional as F
import megengine.module as M
import numpy as np
import pytest
from megengine import optimizer as optim
from megengine.autodiff import GradManager

import fineopt
from tests.bridge.megengine_loops import RULES, Net, backward, batch, same, start, train, values


def everything(net: Any, opt: Any) -> dict[str, Any]:
    found = values(net)
    grads = {f"grad {name}": p.grad for name, p in net.named_parameters()}
    found |= {name: np.array(x.numpy()) for name, x in grads.items() if x is not None}
    states = opt.state_dict()["state"]
    return found | {f"{i} {k}": v for i, one in states.items() for k, v in one.items()}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("before", [0, 3])
def test_the_audit_after_backward_is_exact_and_changes_nothing(rule: str, before: int) -> None:
    net, opt, gm = start(rule)
    w = fineopt.watch(net, opt)
    train(net, opt, gm, before)
    w.groups["fc"].lr = 0.3
    backward(net, gm, 9)
    now = everything(net, opt)
    report = w.audit()
    assert same(everything(net, opt), now)
    old = values(net)
    opt.step()
    assert report.verify() == []
    for row in report.rows:
        moved = np.linalg.norm(values(net)[row.name].astype("float64") - old[row.name])
        assert row.distance == pytest.approx(moved, rel=1e-12)
        assert row.moves == (moved > 0)
    assert report["fc.weight"].lr == 0.3
    assert (report["fc.weight"].group, report["fc.weight"].optimizer) == ("fc", type(opt).__name__)
    assert report["conv.weight"].gradient == "finite"
    train(net, opt, gm, 1)
    if rule != "Adadelta":  # whose steps are small
        assert report.verify()


def test_a_prediction_that_does_not_come_true_is_said() -> None:
    net, opt, gm = start()
    backward(net, gm, 0)
    report = fineopt.audit.audit(net, opt)
    opt.param_groups[1]["lr"] = 0.5
    opt.step()
    assert report.verify() == [
        f"fc.{name} is not at the value that was predicted (gradient)"
        for name in ("bias", "weight")
    ]


def test_frozen_by_name_or_by_group_is_told_from_not_reached() -> None:
    net, opt, gm = start("momentum")
    w = fineopt.watch(net, opt)
    train(net, opt, gm, 2)
    w.freeze("conv.*")
    w.groups["fc"].frozen = True
    backward(net, gm, 2)
    report = w.audit()
    assert (report["conv.weight"].moves, report["conv.weight"].why) == (False, "detached")
    assert (report["fc.weight"].moves, report["fc.weight"].why) == (False, "lr 0")
    assert report["norm.weight"].moves
    assert {one.code for one in report.findings} >= {"optimized but not attached"}
    opt.step()
    assert report.verify() == []
    assert len(opt.state_dict()["state"]) == 6


def test_the_gradients_of_a_batch_are_computed_and_removed_again() -> None:
    net, opt, _ = start("Adam")
    w = fineopt.watch(net, opt)
    net.eval()
    streams = random.getstate(), np.random.get_state()[1].tolist()
    before = everything(net, opt)
    assert w.audit()["fc.weight"].moves is None
    report = w.audit(batch=batch(3))
    assert report["fc.weight"].moves
    assert same(everything(net, opt), before)
    assert not net.training
    assert all(p.grad is None for p in net.parameters())
    assert streams == (random.getstate(), np.random.get_state()[1].tolist())
    again = w.audit(batch=tuple(x.numpy() for x in batch(3)), loss=F.nn.cross_entropy)
    assert again["fc.weight"].distance == report["fc.weight"].distance


def test_a_batch_that_would_draw_random_numbers_is_refused() -> None:
    net = M.Sequential(M.Linear(4, 4), M.Dropout(0.5))
    opt = optim.SGD(net.parameters(), lr=0.1)
    with pytest.raises(ValueError, match=r"1 would draw random numbers.*without a batch"):
        fineopt.watch(net, opt).audit(batch=(np.zeros((2, 4), "float32"), np.zeros(2, "int32")))


def test_only_what_a_grad_manager_has_attached_gets_a_gradient() -> None:
    net, opt, _ = start("SGD")
    gm = GradManager().attach(net.fc.parameters())
    w = fineopt.watch(net, opt)
    backward(net, gm, 0)
    report = w.audit(gm=gm)
    assert report["conv.weight"].why == "detached"
    assert report["fc.weight"].why == "gradient"
    assert "moving statistics" in {one.code for one in report.findings}


def test_what_moves_without_a_gradient_or_is_in_no_optimizer() -> None:
    net, opt, gm = start("momentum")
    train(net, opt, gm, 2)
    for p in net.parameters():
        p.grad = megengine.Tensor(np.zeros(p.shape, "float32"))
    report = fineopt.audit.audit(net, opt)
    assert report["fc.weight"].why == "decay" or report["fc.weight"].why == "momentum"
    assert report["fc.weight"].moves
    assert report["fc.weight"].age == 1
    lone = Net()
    backward(lone, GradManager().attach(lone.parameters()), 0)
    report = fineopt.audit.audit(lone, optim.Adam(lone.fc.parameters(), lr=0.1))
    assert report["conv.weight"].why == "unoptimized"
    assert report["fc.weight"].moves
    assert {one.code for one in report.findings} >= {"in no optimizer"}


@pytest.mark.parametrize(
    ("grad", "why"), [(0.0, "zero gradient"), (1e-20, "rounded"), (1, "gradient")]
)
def test_updates_that_are_lost_to_rounding(grad: float, why: str) -> None:
    net = M.Linear(3, 2, bias=False)
    net.weight[...] = megengine.Tensor(np.ones((2, 3), "float32"))
    opt = optim.SGD(net.parameters(), lr=0.1)
    net.weight.grad = megengine.Tensor(np.full((2, 3), grad, "float32"))
    row = fineopt.audit.audit(net, opt)["weight"]
    assert (row.why, row.rounded) == (why, 6 if why == "rounded" else 0)


def test_gradients_that_are_not_finite() -> None:
    net = M.Linear(3, 2, bias=False)
    opt = optim.SGD(net.parameters(), lr=0.1)
    net.weight.grad = megengine.Tensor(np.full((2, 3), np.nan, "float32"))
    report = fineopt.audit.audit(net, opt)
    assert (report["weight"].gradient, report["weight"].why) == ("nan", "nonfinite")


def test_schedules_that_skip_a_group_or_overwrite_an_lr() -> None:
    net, _, _ = start()
    opt = optim.SGD(net.fc.parameters(), lr=0.1)
    schedule = optim.MultiStepLR(opt, [5])
    opt.add_param_group({"params": list(net.conv.parameters()), "lr": 0.2})
    w = fineopt.watch(net, opt, [schedule])
    opt.param_groups[0]["lr"] = 0.7
    codes = {one.code: one.names for one in w.audit().findings}
    assert codes["schedule skips a group"] == ("conv",)
    assert codes["schedule overwrites the lr"] == ("fc",)
    w.groups["fc"].lr = 0.7
    assert "schedule overwrites the lr" not in {one.code for one in w.audit().findings}


class Fails(optim.SGD):
    """Cannot move one parameter alone."""

    def _updates(self, param_group: Any) -> None:
        if len(param_group["params"]) < 2:
            raise RuntimeError("they go together")
        super()._updates(param_group)


def test_a_step_of_all_parameters_together_is_said_not_to_be_predictable() -> None:
    net, _, gm = start()
    opt = Fails(net.parameters(), lr=0.1)
    backward(net, gm, 0)
    report = fineopt.audit.audit(net, opt)
    assert report["fc.weight"].moves is None
    assert "they go together" in report["fc.weight"].words
    expected = train(*start("SGD"), 1)  # MegEngine's own switches are as they were
    assert train(*start("SGD"), 1) == expected
    assert "fc.weight" in repr(report)
    assert "fc.weight" in report._repr_html_()
