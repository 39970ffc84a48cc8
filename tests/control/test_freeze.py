"""Attaching and optimising, parameter by parameter, and what follows from it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from fineopt.autodiff import GradManager
from fineopt.errors import ParameterWarning
from fineopt.optimizer import SGD, Adam, MultipleOptimizer
from fineopt.training import Trainer
from fineopt.widgets import FreezeController
from tests.support.small import make_trainer


def momentum_of(trainer: Trainer, name: str) -> np.ndarray:
    return trainer.optimizer.state_dict()["state"][name]["momentum_buffer"]


def held(trainer: Trainer) -> list[list[str]]:
    return [[p.name for p in group["params"]] for group in trainer.optimizer.param_groups]


def test_a_detached_parameter_has_no_gradient_and_does_not_move() -> None:
    trainer = make_trainer()
    freeze = FreezeController(trainer)
    trainer.step()
    before = trainer.net.last.weight.numpy()
    freeze.set_attached("last.weight", False)
    assert freeze.grad_sum("last.weight") is None  # the stale one of the last step is gone
    trainer.step()
    assert freeze.grad_sum("last.weight") is None
    np.testing.assert_array_equal(trainer.net.last.weight.numpy(), before)
    assert "stays None" in freeze.summary_text("last.weight")
    freeze.set_attached("last.weight", True)
    trainer.step()
    assert freeze.grad_sum("last.weight") is not None
    assert (trainer.net.last.weight.numpy() != before).any()


def test_a_parameter_in_no_optimizer_accumulates_its_gradient_and_does_not_move() -> None:
    trainer = make_trainer()
    freeze = FreezeController(trainer)
    freeze.set_optimized("last.bias", False)
    before = trainer.net.last.bias.numpy()
    trainer.step()
    first = trainer.net.last.bias.grad.numpy().copy()
    trainer.step()
    assert (trainer.net.last.bias.grad.numpy() != first).any()
    np.testing.assert_array_equal(trainer.net.last.bias.numpy(), before)
    assert "accumulates" in freeze.summary_text("last.bias")
    freeze.set_attached("last.bias", False)
    assert freeze.grad_sum("last.bias") is None
    assert "costs least" in freeze.summary_text("last.bias")


def test_a_restored_parameter_is_at_its_place_in_the_same_list() -> None:
    trainer = make_trainer()
    group = trainer.optimizer.param_groups[0]
    params = group["params"]
    freeze = FreezeController(trainer)
    freeze.set_optimized("first.bias", False)
    freeze.set_optimized("first.weight", False)
    assert (params, group["params"] is params) == ([], True)
    freeze.set_optimized("first.weight", True)
    freeze.set_optimized("first.bias", True)
    assert held(trainer)[0] == ["first.bias", "first.weight"]
    assert group["params"] is params


def test_an_empty_group_stays_and_training_continues() -> None:
    trainer = make_trainer()
    for group in trainer.optimizer.param_groups:
        del group["name"]
    trainer = Trainer(trainer.net, trainer.optimizer, trainer.dataloader)
    freeze = FreezeController(trainer)
    freeze.every(["last.bias", "last.weight"], freeze.set_optimized, False)
    assert held(trainer)[1] == []
    assert trainer.optimizer.param_groups[1]["name"] == "last"  # its label came from them
    trainer.run(epochs=1)
    assert freeze.grouped(["last.bias"]) == [(1, "last", ["last.bias"])]
    freeze.every(["last.bias", "last.weight"], freeze.set_optimized, True)
    assert held(trainer)[1] == ["last.bias", "last.weight"]
    trainer.reset()
    assert "name" not in trainer.optimizer.param_groups[1]


def test_a_restored_parameter_keeps_its_momentum() -> None:
    trainer = make_trainer()
    freeze = FreezeController(trainer)
    trainer.step()
    momentum = momentum_of(trainer, "first.bias")
    freeze.set_optimized("first.bias", False)
    trainer.step()
    freeze.set_optimized("first.bias", True)
    np.testing.assert_array_equal(momentum_of(trainer, "first.bias"), momentum)


@pytest.mark.parametrize("several", [False, True])
def test_a_parameter_without_a_group_gets_a_new_one(several: bool) -> None:
    trainer = make_trainer()
    net = trainer.net
    optimizer = SGD(net.first.parameters(), lr=0.1)
    if several:
        optimizer = MultipleOptimizer(optimizer, Adam([net.last.bias], lr=0.01))
    with pytest.warns(ParameterWarning, match="last.weight, which the optimizer"):
        trainer = Trainer(net, optimizer, trainer.dataloader)
    freeze = FreezeController(trainer)
    assert freeze.grouped(["last.weight"]) == [(None, "in no group", ["last.weight"])]
    freeze.set_optimized("last.weight", True)
    assert held(trainer)[-1] == ["last.weight"]
    trainer.run(epochs=1)
    assert trainer.record.groups[-1] == "last.weight"
    freeze.set_optimized("last.weight", False)
    freeze.set_optimized("last.weight", True)
    assert held(trainer)[-1] == ["last.weight"]
    trainer.reset()
    freeze.set_optimized("last.weight", True)  # its group is gone, so it gets a new one
    assert held(trainer)[-1] == ["last.weight"]
    trainer.step()


def test_callbacks_are_restored_with_the_attachment() -> None:
    trainer = make_trainer()
    called: list[str] = []
    gm = GradManager().attach(trainer.net.parameters(), lambda p, g: called.append(p.name) or g)
    trainer.gm = gm
    freeze = FreezeController(trainer)
    freeze.set_attached("first.bias", False)
    trainer.step()
    assert "first.bias" not in called
    freeze.set_attached("first.bias", True)
    trainer.step()
    assert called.count("first.bias") == 1


def test_sums_are_those_of_the_last_full_epoch() -> None:
    trainer = make_trainer()
    freeze = FreezeController(trainer)
    freeze.set_attached("first.bias", False)
    trainer.step()
    assert freeze.epoch_sums() is None
    trainer.run(epochs=1)
    sums = freeze.epoch_sums()
    assert sums is not None
    assert sums["first.bias"] is None
    assert sums["last.bias"] == trainer.record.grad_sum_epoch["last.bias"][-1]


def test_the_summary_distinguishes_lr_0_from_a_missing_gradient() -> None:
    trainer = make_trainer()
    freeze = FreezeController(trainer)
    assert freeze.summary_text("first.bias") == "it moves by its gradient"
    trainer.optimizer.param_groups[0]["lr"] = 0.0
    assert "learning rate is 0" in freeze.summary_text("first.bias")


def test_an_unknown_name_raises_and_changes_nothing() -> None:
    trainer = make_trainer()
    freeze = FreezeController(trainer)
    with pytest.raises(KeyError, match=r"did you mean 'first\.bias'"):
        freeze.every(["last.bias", "frist.bias"], freeze.set_attached, False)
    assert freeze.attached("last.bias")


def test_any_change_changes_the_state_key() -> None:
    trainer = make_trainer()
    freeze = FreezeController(trainer)
    looks = [freeze.state_key()]
    freeze.set_attached("first.bias", False)
    looks.append(freeze.state_key())
    freeze.set_optimized("first.bias", False)
    looks.append(freeze.state_key())
    trainer.step()
    looks.append(freeze.state_key())
    assert all(a != b for a, b in pairwise(looks))
