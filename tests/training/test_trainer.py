"""The training loop: steps, what is recorded, errors, reset and copies."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import fineopt
import fineopt.functional as F
from fineopt.autodiff import GradManager
from fineopt.errors import ParameterWarning
from fineopt.optimizer import SGD, Adam, LinearLR, MultipleOptimizer
from fineopt.recorder import Swap
from fineopt.tensor import Parameter
from fineopt.training import Trainer
from tests.support.digits import document_trainer
from tests.support.small import make_trainer


def values(trainer: Trainer) -> dict[str, np.ndarray]:
    return {name: p.numpy() for name, p in trainer.net.named_parameters()}


def test_a_step_moves_each_group_by_its_own_lr() -> None:
    trainer = make_trainer()
    for group in trainer.optimizer.param_groups:
        group["momentum"] = 0.0
    before = values(trainer)
    trainer.step()
    for name, p in trainer.net.named_parameters():
        lr = 0.1 if name.startswith("first") else 0.01
        np.testing.assert_allclose(before[name] - p.numpy(), lr * p.grad.numpy(), atol=1e-7)


def test_a_changed_lr_takes_effect_at_the_next_step_and_is_recorded() -> None:
    trainer = make_trainer()
    trainer.step()
    trainer.optimizer.param_groups[1]["lr"] = 0.0
    still = trainer.net.last.weight.numpy()
    trainer.step()
    np.testing.assert_array_equal(trainer.record.lr, [[0.1, 0.01], [0.1, 0.0]])
    np.testing.assert_array_equal(trainer.net.last.weight.numpy(), still)


def test_an_epoch_records_losses_values_and_gradient_sums() -> None:
    trainer = make_trainer()
    sums: dict[str, list[float]] = {name: [] for name, _ in trainer.net.named_parameters()}
    losses = []
    for _ in range(3):
        losses.append(trainer.step())
        for name, p in trainer.net.named_parameters():
            sums[name].append(float(p.grad.numpy().sum()))
    record = trainer.record
    assert (record.steps, record.epochs, trainer.epoch, trainer.step_in_epoch) == (3, 1, 1, 0)
    np.testing.assert_allclose(record.loss, losses)
    for name, p in trainer.net.named_parameters():
        assert record.grad_sum_last[name] == pytest.approx([sums[name][-1]], rel=1e-5)
        assert record.grad_sum_epoch[name] == pytest.approx([sum(sums[name])], rel=1e-5, abs=1e-6)
        kept = p.numpy().ravel()[record.kept_indices(name)]
        np.testing.assert_allclose(record.epoch_values(name)[-1], kept)


def test_a_parameter_that_is_not_attached_has_no_recorded_gradient() -> None:
    trainer = make_trainer()
    net = trainer.net
    trainer.gm = GradManager().attach(net.first.parameters())
    trainer.run(epochs=1)
    assert trainer.record.grad_sum_epoch["last.weight"] == [None]
    assert trainer.record.grad_sum_epoch["first.weight"] != [None]


def test_run_finishes_the_epoch_in_progress() -> None:
    trainer = make_trainer()
    trainer.step()
    assert trainer.run(epochs=2).steps == 6


@pytest.mark.parametrize("epochs", [-1, 1.5, True, "2", None])
def test_an_invalid_number_of_epochs_raises(epochs: Any) -> None:
    trainer = make_trainer()
    with pytest.raises(ValueError, match="epochs"):
        trainer.run(epochs=epochs)
    assert trainer.record.steps == 0


def test_reset_restores_the_start_bit_for_bit() -> None:
    trainer = make_trainer()
    start = values(trainer)
    trainer.step()  # a reset in the middle of an epoch
    trainer.reset()
    first = trainer.run(epochs=2).loss.copy(), values(trainer)
    trainer.optimizer.param_groups[0]["lr"] = 0.5
    trainer.optimizer.param_groups[1]["momentum"] = 0.0
    trainer.step()
    trainer.reset()
    assert [g["lr"] for g in trainer.optimizer.param_groups] == [0.1, 0.01]
    assert (trainer.record.steps, trainer.epoch, trainer.step_in_epoch) == (0, 0, 0)
    assert all(p.grad is None for p in trainer.net.parameters())
    for name, value in values(trainer).items():
        np.testing.assert_array_equal(value, start[name])
    again = trainer.run(epochs=2).loss, values(trainer)
    np.testing.assert_array_equal(again[0], first[0])
    for name, value in again[1].items():
        np.testing.assert_array_equal(value, first[1][name])


def test_reset_after_a_batch_was_drawn_outside_starts_a_whole_epoch() -> None:
    trainer = make_trainer()
    next(iter(trainer.dataloader))
    trainer = Trainer(trainer.net, trainer.optimizer, trainer.dataloader)
    first = trainer.run(epochs=2).loss.copy()
    trainer.reset()
    np.testing.assert_array_equal(trainer.run(epochs=2).loss, first)
    assert len(first) == 6


@pytest.mark.parametrize("position", [1, 3])
def test_a_loader_resumed_within_an_epoch_completes_it(position: int) -> None:
    trainer = make_trainer()
    loader: Any = trainer.dataloader
    batches = iter(loader)
    for _ in range(position):
        next(batches)
    loader.load_state_dict(loader.state_dict())
    trainer = Trainer(trainer.net, trainer.optimizer, loader)
    left = 3 - position or 3
    first = trainer.run(epochs=1).loss.copy()
    assert len(first) == left
    trainer.reset()
    np.testing.assert_array_equal(trainer.run(epochs=1).loss, first)


def test_a_failed_step_records_nothing_and_is_retried_on_the_same_batch() -> None:
    trainer = make_trainer()
    seen: list[np.ndarray] = []
    good = trainer.train_func

    def fails(data: Any, label: Any, net: Any, gm: Any) -> Any:
        seen.append(data)
        raise ZeroDivisionError("a test")

    trainer.train_func = fails
    with pytest.raises(ZeroDivisionError):
        trainer.step()
    assert (trainer.record.steps, trainer.step_in_epoch) == (0, 0)

    def works(data: Any, label: Any, net: Any, gm: Any) -> Any:
        seen.append(data)
        return good(data, label, net, gm)

    trainer.train_func = works
    trainer.run(epochs=1)
    np.testing.assert_array_equal(seen[0], seen[1])
    assert len(seen) == 4


def test_an_invalid_group_raises_before_anything_moves() -> None:
    trainer = make_trainer()
    trainer.step()
    before = values(trainer)
    trainer.optimizer.param_groups[1]["lr"] = float("nan")
    with pytest.raises(ValueError, match="'last'"):
        trainer.step()
    assert trainer.record.steps == 1
    for name, value in values(trainer).items():
        np.testing.assert_array_equal(value, before[name])


def test_a_group_added_later_is_recorded_from_then_on() -> None:
    trainer = make_trainer()
    net = trainer.net
    with pytest.warns(ParameterWarning, match="has last.bias, last.weight, which the optimizer"):
        trainer = Trainer(net, SGD(net.first.parameters(), lr=0.1), trainer.dataloader)
    trainer.step()
    assert trainer.record.parameters["last.weight"] is None
    trainer.optimizer.add_param_group({"params": net.last.parameters(), "lr": 0.2, "name": "last"})
    trainer.step()
    assert trainer.record.groups == ["first", "last"]
    np.testing.assert_array_equal(trainer.record.lr[:, 1], [np.nan, 0.2])
    trainer.reset()
    assert len(trainer.optimizer.param_groups) == 1
    assert trainer.record.groups == ["first"]
    trainer.step()


def test_multiple_optimizers_train_and_reset_as_one() -> None:
    trainer = make_trainer()
    net, start = trainer.net, values(trainer)
    sgd, adam = SGD(net.first.parameters(), lr=0.1), Adam([net.last.weight], lr=0.01)
    with pytest.warns(ParameterWarning, match="has last.bias, which the optimizer"):
        trainer = Trainer(net, MultipleOptimizer(sgd, adam), trainer.dataloader)
    first = trainer.run(epochs=2).loss.copy()
    sgd.add_param_group({"params": net.last.bias, "lr": 0.5})  # in the middle of the groups
    trainer.step()
    np.testing.assert_array_equal(trainer.record.lr[-1], [0.1, 0.01, 0.5])
    trainer.reset()
    assert [group["lr"] for group in trainer.optimizer.param_groups] == [0.1, 0.01]
    for name, value in values(trainer).items():
        np.testing.assert_array_equal(value, start[name])
    np.testing.assert_array_equal(trainer.run(epochs=2).loss, first)


def test_a_parameter_that_moves_to_a_new_group_is_trained_there() -> None:
    trainer = make_trainer()
    trainer.step()
    bias = trainer.net.last.bias
    for group in trainer.optimizer.param_groups:
        group["params"] = [p for p in group["params"] if p is not bias]
    trainer.optimizer.add_param_group({"params": bias, "lr": 0.0, "name": "moved"})
    before = bias.numpy()
    trainer.step()
    np.testing.assert_array_equal(bias.numpy(), before)
    assert trainer.record.steps == 2
    assert trainer.record.groups[-1] == "moved"
    assert trainer.record.lr[1, -1] == 0.0


def test_a_loader_without_a_length_ends_its_own_epochs() -> None:
    class Stream:
        def __iter__(self) -> Any:
            return iter([(np.ones((2, 4)), np.array([0, 1]))] * 3)

    trainer = make_trainer()
    trainer = Trainer(trainer.net, trainer.optimizer, Stream())
    assert trainer.steps_per_epoch is None
    assert trainer.run(epochs=2).steps == 6


def test_the_accuracy_is_computed_on_the_test_data_in_evaluation_mode() -> None:
    trainer = make_trainer()
    modes: list[bool] = []
    net = trainer.net
    forward = net.forward
    net.forward = lambda x: (modes.append(net.training), forward(x))[1]
    data = np.random.RandomState(1).normal(size=(10, 4))
    right = F.argmax(forward(fineopt.tensor(data)), 1).numpy()
    labels = right.copy()
    labels[:3] = (labels[:3] + 1) % 3
    trainer.test_data = [(data[:6], labels[:6]), (data[6:], labels[6:])]
    net.train()
    assert trainer.evaluate() == 0.7
    assert modes == [False, False]
    assert net.training


def test_evaluate_without_test_data_raises() -> None:
    with pytest.raises(ValueError, match="test_data"):
        make_trainer().evaluate()


def test_an_optimizer_s_own_parameters_are_recorded_too() -> None:
    trainer = make_trainer()
    extra = Parameter([1.0])
    groups = [{"params": list(trainer.net.parameters()), "name": "net"}]
    optimizer = SGD([*groups, {"params": [extra], "name": "temperature"}], lr=0.1)
    with pytest.warns(ParameterWarning, match="which the network does not have"):
        record = Trainer(trainer.net, optimizer, trainer.dataloader).record
    assert record.parameters["temperature[0]"] == 1


def test_the_document_s_groups_learn_the_digits() -> None:
    record = document_trainer().run(epochs=4)
    assert record.epoch_loss[-1] < 0.5
    assert record.epoch_accuracy[-1] is not None
    assert record.epoch_accuracy[-1] > 0.88


# --- another optimizer, a schedule, other attachments ------------------------------------------


def test_a_swapped_optimizer_continues_the_same_record() -> None:
    trainer = make_trainer()
    trainer.step()
    trainer.swap_optimizer("last", Adam, lr=0.02)
    trainer.run(epochs=1)
    assert trainer.record.groups == ["first", "last"]
    np.testing.assert_array_equal(trainer.record.lr, [[0.1, 0.01], [0.1, 0.02], [0.1, 0.02]])
    assert trainer.record.swaps == [Swap(1, 1, "SGD", "Adam")]
    trainer.reset()
    assert trainer.record.swaps == []


def test_reset_undoes_all_manual_changes() -> None:
    """Swapped optimizers, detached or ungrouped parameters, and a schedule."""
    trainer = make_trainer()
    original, groups = trainer.optimizer, list(trainer.optimizer.param_groups)
    lists = [group["params"] for group in groups]
    expected_lists = [list(params) for params in lists]
    first = trainer.run(epochs=2).loss.copy(), values(trainer)
    trainer.swap_optimizer("last", Adam)
    trainer.swap_optimizer("first", SGD, nesterov=True, momentum=0.5)
    trainer.schedule = LinearLR(trainer.optimizer, total_epochs=2)
    trainer.gm.detach(trainer.net.first.weight)
    lists[1].remove(trainer.net.last.bias)
    trainer.run(epochs=2)
    trainer.reset()
    assert trainer.optimizer is original
    assert [a is b for a, b in zip(original.param_groups, groups, strict=True)] == [True, True]
    assert [a is b["params"] for a, b in zip(lists, groups, strict=True)] == [True, True]
    for params, expected in zip(lists, expected_lists, strict=True):
        assert [id(p) for p in params] == [id(p) for p in expected]
    assert trainer.schedule is None
    assert sorted(groups[1]) == [
        "lr", "momentum", "name", "nesterov", "params", "weight_decay",
    ]  # fmt: skip
    np.testing.assert_array_equal(trainer.run(epochs=2).loss, first[0])
    for name, value in values(trainer).items():
        np.testing.assert_array_equal(value, first[1][name])


def test_a_schedule_is_stepped_after_each_epoch_and_reset() -> None:
    trainer = make_trainer()
    schedule = LinearLR(trainer.optimizer, total_epochs=4)
    trainer = Trainer(trainer.net, trainer.optimizer, trainer.dataloader, schedule=schedule)
    first = trainer.run(epochs=3).lr.copy()
    assert [round(lr, 6) for lr in first[::3, 0]] == [0.1, 0.075, 0.05]
    trainer.optimizer.param_groups[0]["lr"] = 0.7  # by hand
    trainer.run(epochs=1)
    assert trainer.record.lr[-1, 0] == 0.7
    trainer.reset()
    assert (trainer.schedule, schedule.current_epoch, schedule.overridden) == (schedule, 0, [])
    np.testing.assert_array_equal(trainer.run(epochs=3).lr, first)


def test_reset_restores_the_callbacks_of_attached_tensors() -> None:
    trainer = make_trainer()
    called: list[int] = []
    gm = GradManager().attach(trainer.net.parameters(), lambda p, grad: called.append(1) or grad)
    trainer = Trainer(trainer.net, trainer.optimizer, trainer.dataloader, gm)
    gm.detach(trainer.net.first.weight)
    trainer.gm = GradManager().attach(trainer.net.parameters())
    trainer.reset()
    trainer.step()
    assert (trainer.gm, len(called)) == (gm, 4)


# --- copies ------------------------------------------------------------------------------------


@pytest.mark.parametrize("again", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
@pytest.mark.parametrize("steps", [0, 2, 4])
def test_a_copy_trains_independently_and_identically(again: Any, steps: int) -> None:
    trainer = make_trainer()
    trainer.schedule = LinearLR(trainer.optimizer, total_epochs=4)
    for _ in range(steps):
        trainer.step()
    twin = again(trainer)
    own = {id(p) for p in trainer.net.parameters()}
    for params in (twin.net.parameters(), twin.gm.attached_tensors(), twin.optimizer.parameters()):
        assert not own & {id(p) for p in params}
    before = values(trainer)
    mine = twin.run(epochs=2).loss
    for name, value in values(trainer).items():
        np.testing.assert_array_equal(value, before[name])
    np.testing.assert_array_equal(trainer.run(epochs=2).loss, mine)
    assert [g["lr"] for g in trainer.optimizer.param_groups] == [
        g["lr"] for g in twin.optimizer.param_groups
    ]
    twin.reset()
    assert twin.record.steps == 0
    assert trainer.record.steps > 0
