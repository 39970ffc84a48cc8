"""The table of a timeline: where and by how much its branches came apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fineopt.optimizer import SGD, Adam
from fineopt.timeline import Timeline
from tests.timeline.test_timeline import made

from ..support.small import make_trainer

# ---- the table ----


def test_the_table_says_where_and_by_how_much_branches_came_apart() -> None:
    timeline = Timeline(make_trainer(test_data=[make_batch()]))
    timeline.trainer.run(3)
    main = {name: timeline.trainer.engine.value(name) for name in timeline.trainer.parameters}
    timeline.branch("first frozen", at=1)
    timeline.trainer.optimizer.param_groups[0]["lr"] = 0.0
    timeline.trainer.run(2)
    first, last = timeline.table()
    assert (first.group, first.since, first.at, first.fork.epoch) == ("first", 2, 3, 1)
    here = timeline.trainer.engine.value("last.weight")
    names = ("last.weight", "last.bias")
    mine = np.concatenate([timeline.trainer.engine.value(name).ravel() for name in names])
    its = np.concatenate([main[name].ravel() for name in names])
    expected = np.linalg.norm(mine.astype(float) - its) / np.linalg.norm(its.astype(float))
    assert here.shape and last.distance == pytest.approx(expected)
    accuracies = [b.record.epoch_accuracy[2] for b in timeline.branches.values()]
    assert last.accuracy == accuracies[1] - accuracies[0]  # type: ignore[operator]
    text = str(timeline.table())
    assert "first frozen" in text and "epoch 2" in text and "points" in text
    assert "<script>" not in timeline.table()._repr_html_()


def make_batch() -> Any:
    draw = np.random.RandomState(1)
    return draw.normal(size=(30, 4)).astype("float32"), draw.randint(3, size=30)


def test_branches_that_did_not_come_apart() -> None:
    timeline = made()
    timeline.trainer.run(2)
    timeline.branch("same", at=1)
    timeline.trainer.run(1)
    (row,) = timeline.table()
    assert (row.since, row.at, row.distance) == (None, 2, 0.0)
    assert "never" in str(timeline.table())


def test_a_table_of_one_branch_and_of_one_that_has_just_begun() -> None:
    timeline = made()
    assert "there is one branch" in str(timeline.table())
    timeline.trainer.run(1)
    timeline.trainer.step()
    timeline.branch("new")
    (row,) = timeline.table()
    assert (row.at, row.cells[2]) == (None, "epoch 1, step 1")


def test_sgd_is_still_the_one_at_the_start_after_a_rewind() -> None:
    timeline = made()
    opt = timeline.trainer.optimizer
    timeline.trainer.run(1)
    timeline.trainer.swap_optimizer(0, Adam)
    timeline.rewind(epoch=0)
    assert timeline.trainer.optimizer is opt and isinstance(opt, SGD)
