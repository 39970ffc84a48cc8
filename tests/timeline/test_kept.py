"""What a timeline keeps: other ways, changes by hand, and data that were replaced meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

import fineopt
from fineopt.timeline import Timeline

from .test_exactness import all_of, run
from .test_timeline import SizedLoader, made, places


def test_a_moment_whose_branch_went_another_way_can_still_be_gone_to() -> None:
    timeline = made()
    timeline.trainer.run(2)
    timeline.trainer.step()
    at, was = timeline.snapshot(), all_of(timeline.trainer)
    timeline.rewind(epoch=1)
    timeline.trainer.run(1)
    assert at not in timeline.moments
    now = all_of(timeline.trainer)
    timeline.rewind(at)
    assert all_of(timeline.trainer) == was
    assert places(timeline) == [(0, 0, "start"), (1, 0, "epoch"), (2, 1, "asked")]
    # the other way is kept: the moment is on a branch of its own
    assert (timeline.current.name, timeline.current.parent) == ("main 2", timeline.branches["main"])
    assert timeline.current.fork is timeline.branches["main"].moments[1]
    timeline.rewind(at)
    assert list(timeline.branches) == ["main", "main 2"]
    timeline.switch("main")
    assert all_of(timeline.trainer) == now


def test_a_branch_from_a_moment_whose_branch_went_another_way() -> None:
    timeline = made()
    timeline.trainer.run(2)
    at = timeline.moments[-1]
    timeline.rewind(epoch=1)
    timeline.trainer.run(1)
    branch = timeline.branch("the other way", at=at)
    assert (branch.parent, branch.moments[-1]) == (timeline.branches["main"], at)
    assert list(timeline.branches) == ["main", "the other way"]


def test_a_change_by_hand_after_going_back_is_kept_when_the_run_leaves() -> None:
    timeline = made()
    group = timeline.trainer.optimizer.param_groups[0]
    timeline.branch("other")
    timeline.switch("main")
    timeline.trainer.run(2)
    timeline.rewind(epoch=1)
    group["lr"] = 0.25
    timeline.switch("other")
    timeline.switch("main")
    assert (group["lr"], timeline.trainer.epoch) == (0.1, 2)  # its newest moment
    changed = timeline.current.moments[-2]
    assert (changed.kind, changed.epoch) == ("left", 1)
    timeline.rewind(changed)
    assert (group["lr"], timeline.trainer.epoch) == (0.25, 1)
    assert timeline.current.epochs == [0, 1, 2]


@pytest.mark.parametrize("shuffled", [False, True])
def test_the_test_data_are_in_a_snapshot(shuffled: bool, tmp_path: Any) -> None:
    """Those that replace others too, and the order in which a loader shuffles them."""
    trainer = run()
    x, y = trainer.dataloader.dataset.arrays  # type: ignore[attr-defined]
    sampler = fineopt.data.RandomSampler if shuffled else fineopt.data.SequentialSampler
    options = {"seed": 4} if shuffled else {}

    def loader(labels: Any) -> Any:
        dataset = fineopt.data.dataset.ArrayDataset(x, labels)
        return fineopt.data.DataLoader(
            dataset, sampler(dataset, batch_size=3, drop_last=True, **options)
        )

    first, second = loader(y), loader((y + 1) % 3)
    trainer.test_data = first
    timeline = Timeline(trainer)
    trainer.run(2)
    trainer.test_data = second
    trainer.run(3)
    accuracies = list(trainer.record.epoch_accuracy)
    timeline.rewind(epoch=1)
    assert trainer.test_data is first
    trainer.run(1)
    assert trainer.record.epoch_accuracy == accuracies[:2]
    timeline.branch("again", at=timeline.moments[1])
    timeline.switch("main")
    trainer.test_data = second
    trainer.run(3)
    accuracies = list(trainer.record.epoch_accuracy)
    timeline.rewind(epoch=3)
    assert trainer.test_data is second
    trainer.run(2)
    assert trainer.record.epoch_accuracy == accuracies
    timeline.save(tmp_path / "run")
    with pytest.raises(ValueError, match="set the trainer's test_data"):
        Timeline.load(tmp_path / "run", run())
    there = run()
    there.test_data = loader((y + 1) % 3)
    loaded = Timeline.load(tmp_path / "run", there)
    loaded.rewind(epoch=3)
    there.run(2)
    assert there.record.epoch_accuracy == accuracies


def test_a_loader_without_state_is_named_as_long_as_snapshots_depend_on_it() -> None:
    timeline = made()
    trainer = timeline.trainer
    good = trainer.dataloader
    trainer.dataloader = SizedLoader(good)
    trainer.run(1)
    trainer.step()
    trainer.dataloader = good
    assert any("SizedLoader" in limit for limit in timeline.limits())
    timeline.snapshot()
    trainer.run(2)
    assert any("SizedLoader" in limit for limit in timeline.limits())


def test_from_the_start_a_timeline_of_a_run_under_way_can_go_back_to_it() -> None:
    trainer = run()
    was = all_of(trainer)
    trainer.run(1)
    trainer.step()
    end = all_of(trainer)
    timeline = Timeline(trainer, from_start=True)
    assert places(timeline) == [(0, 0, "start"), (1, 1, "left")]
    timeline.rewind(epoch=0)
    assert all_of(trainer) == was
    timeline.switch("main")
    assert all_of(trainer) == end
    trainer.run(1)
    assert places(timeline) == [(0, 0, "start"), (2, 0, "epoch")]
    trainer.reset()
    assert places(Timeline(trainer, from_start=True)) == [(0, 0, "start")]


def test_the_last_moment_that_two_branches_share() -> None:
    timeline = made()
    timeline.trainer.run(3)
    first, second = (timeline.branch(f"from {n}", at=timeline.moments[n]) for n in (1, 2))
    main = timeline.branches["main"]
    assert first.shared_with(second) is second.shared_with(first) is timeline.moments[1]
    assert main.shared_with(second) is timeline.moments[2]
