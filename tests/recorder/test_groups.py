"""Changes of learning rates, added groups, and swaps of optimizers."""

from __future__ import annotations

import numpy as np
import pytest

from fineopt.recorder import Change, Record, Swap

from .samples import record, train


def test_changes_are_derived_from_the_lr_column() -> None:
    made = record()
    for lr in ((0.1, 0.01), (0.1, 0.01), (0.1, 0.0), (0.2, 0.0), (0.2, 0.03)):
        train(made, 1, lr=lr)
    changes = made.changes()
    assert changes == [Change(2, 1, 0.01, 0.0), Change(3, 0, 0.1, 0.2), Change(4, 1, 0.0, 0.03)]
    assert [change.kind for change in changes] == ["frozen", "lr", "thawed"]
    assert made.changes(since=3) == changes[1:]
    assert made.changes(since=5) == []


def test_a_group_added_later() -> None:
    made = train(record(), 2, epoch=1)
    made.add_group("late", ["loose"])
    train(made, 1, lr=(0.1, 0.01, 0.5))
    np.testing.assert_array_equal(made.lr[:, 2], [np.nan, np.nan, 0.5])
    assert made.parameters["loose"] == 2
    assert made.changes() == []
    for name in ("fc.weight", "nobody"):
        with pytest.raises(ValueError, match=name):
            made.add_group("again", [name])
    assert made.groups == ["conv", "fc", "late"]


def test_swaps_between_two_steps_are_merged() -> None:
    record = Record({"w": 0}, ["a", "b"])
    record.start({"w": np.zeros(2)})
    record.add_swap(1, "SGD", "Adam")
    record.add_swap(0, "SGD", "Lion")
    record.add_swap(1, "Adam", "RMSprop")
    assert record.swaps == [Swap(0, 0, "SGD", "Lion"), Swap(0, 1, "SGD", "RMSprop")]
    record.add_swap(1, "RMSprop", "SGD")
    assert record.swaps == [Swap(0, 0, "SGD", "Lion")]
    record.add_step(1.0, [0.1, 0.1], {"w": np.ones(2)}, {"w": None})
    record.add_swap(0, "Lion", "SGD")
    assert record.swaps[1:] == [Swap(1, 0, "Lion", "SGD")]
    for group in (2, -1):
        with pytest.raises(IndexError, match="out of range"):
            record.add_swap(group, "SGD", "Adam")
    record.clear()
    assert record.swaps == []
