"""What a Trainer validates: labels, parameters of network and optimizer, schedule, reset."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import fineopt.module as M
from fineopt.autodiff import GradManager
from fineopt.errors import ParameterWarning
from fineopt.optimizer import SGD, LinearLR, MultipleOptimizer, OneCycleLR
from fineopt.training import Trainer
from tests.support.small import make_trainer

IMAGES = np.random.RandomState(0).normal(size=(6, 4)).astype("float32")
CLASSES = np.array([0, 1, 2, 0, 1, 2])


# ---- labels ----


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (CLASSES[:, None], r"shape \(6, 1\).*reshape\(-1\)"),
        (CLASSES[None], r"shape \(1, 6\).*reshape\(-1\)"),
        (np.eye(3, dtype=int)[CLASSES], r"shape \(6, 3\).*argmax\(1\)"),
        (CLASSES[:5], r"shape \(5,\)"),
        (CLASSES + 1, "label 3 at .* is out of range"),
        (CLASSES - 1, "label -1 at .* is out of range"),
        (CLASSES.astype(float), "expects integer labels, one per sample, not float64"),
        (CLASSES > 0, "expects integer labels, one per sample, not bool"),
    ],
)
def test_invalid_labels_raise_the_same_in_training_and_evaluation(
    labels: Any, message: str
) -> None:
    trainer = make_trainer(test_data=[(IMAGES, labels)])
    modes = [module.training for module in trainer.net.modules()]
    with pytest.raises((TypeError, ValueError), match=f"accuracy.*{message}"):
        trainer.evaluate()
    assert [module.training for module in trainer.net.modules()] == modes
    trainer.dataloader = [(IMAGES, labels)]
    with pytest.raises((TypeError, ValueError), match=f"cross_entropy.*{message}"):
        trainer.step()
    assert trainer.record.steps == 0


@pytest.mark.parametrize("kind", ["uint8", "int8", "int64", "list"])
def test_labels_of_any_integer_type(kind: str) -> None:
    labels = CLASSES.tolist() if kind == "list" else CLASSES.astype(kind)
    trainer = make_trainer(test_data=[(IMAGES, labels)])
    best = trainer.net(IMAGES).numpy().argmax(1)
    assert trainer.evaluate() == (best == CLASSES).mean()


def test_exhausted_test_data_raises() -> None:
    trainer = make_trainer(test_data=iter([(IMAGES, CLASSES)]))
    trainer.evaluate()
    with pytest.raises(ValueError, match="test_data yields no mini-batch"):
        trainer.evaluate()


# ---- parameters of the network or the optimizer only ----


def test_a_head_replaced_before_the_trainer_is_made_warns_by_name() -> None:
    made = make_trainer()
    made.net.last = M.Linear(5, 3)
    with pytest.warns(ParameterWarning) as caught:
        Trainer(made.net, made.optimizer, made.dataloader)
    (message,) = [str(warning.message) for warning in caught]
    assert "the network has last.bias, last.weight, which the optimizer does not have" in message
    assert "the optimizer has" in message
    assert "which the network does not have" in message
    assert caught[0].filename == __file__  # where the Trainer was made


def test_a_head_replaced_during_a_run_warns_at_the_next_epoch() -> None:
    trainer = make_trainer()
    trainer.run(epochs=1)
    trainer.net.last = M.Linear(5, 3)
    with pytest.warns(ParameterWarning, match=r"last\.bias, last\.weight"):
        trainer.step()


def test_intentional_freezing_does_not_warn() -> None:
    made = make_trainer()
    first = SGD(made.net.first.parameters(), lr=0.1)
    gm = GradManager().attach(made.net.first.parameters())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Trainer(made.net, first, made.dataloader, gm).run(epochs=2)
        made.optimizer.param_groups[1]["lr"] = 0.0
        made.run(epochs=2)


# ---- a schedule for each mini-batch ----


def test_a_schedule_can_be_stepped_after_each_mini_batch() -> None:
    trainer = make_trainer()
    schedule = OneCycleLR(trainer.optimizer, total_steps=6, pct_start=0.5)
    trainer = Trainer(
        trainer.net,
        trainer.optimizer,
        trainer.dataloader,
        schedule=schedule,
        schedule_every="step",
    )
    trainer.run(epochs=2)
    assert schedule.current_epoch == 6
    assert len(np.unique(trainer.record.lr[:, 0])) > 3  # within an epoch, too
    first = trainer.record.lr.copy()
    trainer.reset()
    assert schedule.current_epoch == 0
    trainer.run(epochs=2)
    np.testing.assert_array_equal(trainer.record.lr, first)


@pytest.mark.parametrize("every", ["batch", "", None, 1])
def test_an_invalid_schedule_every_raises(every: Any) -> None:
    with pytest.raises(ValueError, match="schedule_every must be 'epoch' or 'step'"):
        make_trainer(schedule_every=every)


# ---- reset ----


@pytest.mark.parametrize("multiple", [False, True])
def test_reset_restores_a_removed_group(multiple: bool) -> None:
    made = make_trainer()
    net, optimizer = made.net, made.optimizer
    if multiple:
        optimizer = MultipleOptimizer(
            SGD(net.first.parameters(), lr=0.1), SGD(net.last.parameters(), lr=0.01)
        )
    trainer = Trainer(net, optimizer, made.dataloader)
    labels = trainer.record.groups
    first = trainer.run(epochs=2).loss.copy()
    gone = (optimizer.opts[1] if multiple else optimizer).param_groups.pop()
    trainer.step()
    trainer.reset()
    assert trainer.optimizer.param_groups[-1] is gone
    assert trainer.record.groups == labels
    np.testing.assert_array_equal(trainer.run(epochs=2).loss, first)


def test_a_reset_that_raises_changes_nothing() -> None:
    trainer = make_trainer()
    LinearLR(trainer.optimizer, total_epochs=4)
    trainer.run(epochs=1)
    trainer.net.last = M.Linear(5, 3)
    before = {name: p.numpy() for name, p in trainer.net.named_parameters()}
    groups = [dict(group) for group in trainer.optimizer.param_groups]
    steps = trainer.record.steps
    with pytest.raises(ValueError, match=r"has changed since the Trainer was made.*last\.bias"):
        trainer.reset()
    for name, p in trainer.net.named_parameters():
        np.testing.assert_array_equal(p.numpy(), before[name])
    assert [dict(group) for group in trainer.optimizer.param_groups] == groups
    assert trainer.record.steps == steps


def test_a_loader_that_cannot_be_restored_leaves_the_run_unchanged() -> None:
    trainer = make_trainer()
    trainer.run(epochs=1)
    before = {name: p.numpy() for name, p in trainer.net.named_parameters()}
    state = trainer.optimizer.state_dict()

    def fail(state: Any) -> None:
        raise OSError("the disk is gone")

    load = trainer.dataloader.load_state_dict
    trainer.dataloader.load_state_dict = fail
    with pytest.raises(OSError, match="the disk is gone"):
        trainer.reset()
    trainer.dataloader.load_state_dict = load
    for name, p in trainer.net.named_parameters():
        np.testing.assert_array_equal(p.numpy(), before[name])
    np.testing.assert_equal(trainer.optimizer.state_dict(), state)
    trainer.run(epochs=1)
    assert trainer.record.epochs == 2
