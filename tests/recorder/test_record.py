"""A record copies what it is given, and a rejected call leaves it unchanged."""

from __future__ import annotations

import copy
import json
import math

import numpy as np
import pytest

from fineopt.recorder import Record

from .samples import SHAPES, full, record, same, train, values


def test_columns() -> None:
    made = train(record(), 5, epoch=2)
    assert (made.steps, made.epochs) == (5, 2)
    np.testing.assert_array_equal(made.loss, 1 / np.arange(1.0, 6))
    np.testing.assert_array_equal(made.lr, [[0.1, 0.01]] * 5)
    np.testing.assert_array_equal(made.epoch_ends, [2, 4])
    np.testing.assert_array_equal(made.epoch_of_step, [0, 0, 1, 1, 2])
    np.testing.assert_allclose(made.epoch_loss, [0.75, 7 / 24])
    np.testing.assert_array_equal(made.trajectory_steps, range(6))
    np.testing.assert_array_equal(
        made.trajectory("conv.bias"), np.arange(6.0)[:, None].repeat(3, 1)
    )
    np.testing.assert_array_equal(made.epoch_values("loose"), [[0, 0], [2, 2], [4, 4]])


def test_an_epoch_may_be_short() -> None:
    made = train(record(steps_per_epoch=4), 4)
    made.end_epoch(accuracy=0.5)
    train(made, 2)
    np.testing.assert_allclose(made.epochs_at([0, 2, 4, 6]), [0, 0.5, 1, 1.5])
    made.end_epoch()
    np.testing.assert_allclose(made.epochs_at([4, 5, 6]), [1, 1.5, 2])
    assert made.epoch_accuracy == [0.5, None]


def test_the_newest_accuracy_is_that_of_the_last_epoch() -> None:
    made = train(record(steps_per_epoch=4), 4)
    assert made.newest_accuracy is None
    made.end_epoch(accuracy=0.5)
    train(made, 2)
    assert made.newest_accuracy == 0.5
    made.end_epoch()
    assert made.newest_accuracy is None


def test_epochs_at_returns_steps_until_the_length_of_an_epoch_is_known() -> None:
    made = train(record(), 3)
    np.testing.assert_array_equal(made.epochs_at([0, 3]), [0, 3])
    made.end_epoch()
    np.testing.assert_array_equal(made.epochs_at([0, 3]), [0, 1])
    assert made.steps_per_epoch == 3


def test_recorded_values_are_copies() -> None:
    made, mine = record(), values(7)
    made.add_step(1.0, [0.1, 0.1], mine, mine)
    for array in mine.values():
        array[:] = -1
    made.end_epoch()
    assert (made.trajectory("fc.weight")[-1] == 7).all()
    assert (made.epoch_values("fc.weight")[-1] == 7).all()


def test_returned_arrays_never_change() -> None:
    made = train(record(samples=4), 3, epoch=1)
    loss, lr, path = made.loss, made.lr, made.trajectory("loose")
    before = copy.deepcopy((loss, lr, path))
    train(made, 200, epoch=1)
    np.testing.assert_equal((loss, lr, path), before)
    for view in (loss, lr, made.epoch_ends, made.epoch_loss):
        with pytest.raises(ValueError, match="read-only"):
            view[0] = 0
    made.trajectory("loose")[:] = 99
    assert not (made.trajectory("loose") == 99).any()


def test_none_is_not_zero() -> None:
    made = record()
    zero, none = values(0), dict.fromkeys(SHAPES, None)
    made.add_step(1.0, [0.1, 0.1], zero, {**none, "conv.bias": zero["conv.bias"]})
    made.add_step(1.0, [0.1, 0.1], zero, {**none, "fc.weight": np.ones((5, 8))})
    made.end_epoch()
    assert made.grad_sum_epoch == {"conv.bias": [0.0], "fc.weight": [40.0], "loose": [None]}
    assert made.grad_sum_last == {"conv.bias": [None], "fc.weight": [40.0], "loose": [None]}
    made.add_step(1.0, [0.1, 0.1], zero, none)
    made.end_epoch()
    assert made.grad_sum_epoch["fc.weight"] == [40.0, None]


def test_values_that_are_not_finite_are_recorded() -> None:
    made = record()
    broken = {**values(1), "loose": np.array([np.inf, -np.inf])}
    for loss in (np.nan, np.inf, 1e30):
        made.add_step(loss, [0.1, 0.1], broken, broken)
    made.end_epoch()
    np.testing.assert_array_equal(made.loss, [np.nan, np.inf, 1e30])
    assert math.isnan(made.grad_sum_epoch["loose"][0] or 0)
    assert math.isnan(made.epoch_loss[0])


BAD = {
    "one lr": ((1.0, [0.1], values(1), values(1)), "1 learning rates for 2 groups"),
    "missing": ((1.0, [1, 1], {"loose": np.zeros(2)}, values(1)), "missing names.*conv.bias"),
    "unknown": ((1.0, [1, 1], values(1), {**values(1), "fc.wait": None}), "fc.wait"),
    "shape": ((1.0, [1, 1], {**values(1), "loose": np.zeros(3)}, values(1)), "'loose' has shape"),
    "grad": ((1.0, [1, 1], values(1), {**values(1), "loose": np.zeros(3)}), "its gradient"),
    "lr": ((1.0, [1, "x"], values(1), values(1)), "could not convert"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD)
def test_a_rejected_step_changes_nothing(arguments: tuple, message: str) -> None:
    made = train(record(), 3, epoch=2)
    before = copy.deepcopy(made)
    with pytest.raises(ValueError, match=message):
        made.add_step(*arguments)
    assert same(made, before)
    train(made, 1, epoch=2)
    train(before, 1, epoch=2)
    assert same(made, before)


def test_misuse() -> None:
    with pytest.raises(ValueError, match="group 2 is out of range"):
        Record({"a": 2}, ["one", "two"])
    with pytest.raises(ValueError, match="at least"):
        Record({}, [], keep=0)
    fresh = Record({"a": 0}, ["one"])
    with pytest.raises(RuntimeError, match="start"):
        fresh.add_step(1.0, [0.1], {"a": np.zeros(1)}, {"a": None})
    with pytest.raises(RuntimeError, match="at least one step"):
        fresh.end_epoch()
    with pytest.raises(ValueError, match="missing names"):
        fresh.start({})
    fresh.start({"a": np.zeros(1)})
    with pytest.raises(RuntimeError, match="already started"):
        fresh.start({"a": np.zeros(1)})
    with pytest.raises(RuntimeError, match="at least one step"):
        train(record(), 2, epoch=2).end_epoch()
    for read in (fresh.trajectory, fresh.epoch_values, fresh.kept_indices, fresh.shape):
        with pytest.raises(KeyError, match="nobody"):
            read("nobody")


def test_clear_starts_a_new_run() -> None:
    made = train(record(), 7, epoch=3)
    made.clear()
    assert (made.steps, made.epochs, made.started, made.runs) == (0, 0, False, 2)
    made.start(values(0))
    assert same(train(made, 4, epoch=2), train(record(), 4, epoch=2))


def test_to_dict_is_json() -> None:
    for made in (full(), Record({"a": None}, [])):
        plain = made.to_dict()
        np.testing.assert_equal(json.loads(json.dumps(plain)), plain)
