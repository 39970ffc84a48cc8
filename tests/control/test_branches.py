"""Branches of a run in plain Python: where the run is taken, names, and what is shown."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from fineopt.control.branches import MOST, BranchesController
from fineopt.optimizer import Adam
from fineopt.parallel.limits import one_blas_thread
from fineopt.timeline import Timeline
from fineopt.widgets import TrainingController
from tests.support.small import make_trainer, rates
from tests.support.waiting import until


@pytest.fixture
def controller() -> TrainingController:
    made = TrainingController(make_trainer())
    made.trainer.run(3)
    return made


def names(branches: BranchesController) -> list[tuple[str, bool]]:
    return [(row.name, row.current) for row in branches.rows()]


def test_again_keeps_the_run_as_a_branch(controller: TrainingController) -> None:
    first = controller.trainer.record.loss.tolist()
    controller.again()
    assert names(controller.branches) == [("main", False), ("run 2", True)]
    controller.again()  # of a run without steps there is nothing to keep
    assert names(controller.branches) == [("main", False), ("run 2", True)]
    controller.groups[0].lr = 0.5
    controller.trainer.run(1)
    controller.again()
    assert names(controller.branches)[-1] == ("run 3", True)
    assert rates(controller.trainer) == [0.5, 0.01]
    timeline = controller.branches.timeline
    assert timeline.branches["main"].record.loss.tolist() == first
    controller.branches.switch(timeline.branches["main"].key)
    assert (controller.trainer.record.loss.tolist(), rates(controller.trainer)) == (
        first,
        [0.1, 0.01],
    )


@pytest.mark.parametrize("given", [False, True])
def test_again_goes_to_the_trainer_s_start_also_if_the_timeline_begins_later(given: bool) -> None:
    trainer = make_trainer()
    first = trainer.run(2).loss.tolist()
    trainer.swap_optimizer("last", Adam, lr=0.002)
    controller = TrainingController(trainer, timeline=Timeline(trainer) if given else None)
    trainer.step()
    end = trainer.record.loss.tolist()
    controller.again()
    assert (trainer.record.steps, controller.groups[1].rule) == (0, "SGD")
    controller.groups[1].lr = 0.01
    assert trainer.run(2).loss.tolist() == first
    controller.branches.switch(0)
    assert (trainer.record.loss.tolist(), controller.groups[1].rule) == (end, "Adam")


def test_a_run_in_a_panel_is_exact_whatever_the_threads_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def threads() -> int:
        return 1 if one_blas_thread.limited else 2

    for module in ("moment", "timeline"):
        monkeypatch.setattr(f"fineopt.timeline.{module}.thread_count", threads)
    controller = TrainingController(make_trainer())
    branches = controller.branches
    controller.run_epoch()
    branches.branch("other", branches.timeline.moments[0])
    controller.run_epoch()
    controller.again()
    controller.run_epoch()
    branches.switch(0)
    assert branches.limits() == []
    controller.trainer.run(1)  # in a cell
    assert "1 and 2 BLAS threads" in branches.limits()[0]


def test_reset_all_loses_no_branch(controller: TrainingController) -> None:
    controller.branches.branch("other")
    controller.reset()
    assert names(controller.branches) == [("main", False), ("other", True)]
    assert controller.trainer.record.steps == 0


def test_all_controllers_of_a_trainer_share_a_timeline(controller: TrainingController) -> None:
    other = TrainingController(controller.trainer)
    assert other.branches.timeline is controller.branches.timeline
    with pytest.raises(ValueError, match="another trainer"):
        TrainingController(make_trainer(), timeline=other.branches.timeline)
    with pytest.raises(TypeError, match="must be a Timeline"):
        TrainingController(make_trainer(), timeline="main")  # type: ignore[arg-type]


def test_a_rewind_stays_on_the_branch_whose_snapshot_was_picked(
    controller: TrainingController,
) -> None:
    branches = controller.branches
    branches.branch("other", branches.timeline.moments[1])
    controller.trainer.run(1)
    fork, main = branches.timeline.moments[1], branches.timeline.branches["main"]
    branches.rewind(main.key, fork)
    assert (branches.timeline.current.name, controller.trainer.epoch) == ("main", 1)
    branches.rewind(branches.timeline.branches["other"].key, fork)
    assert branches.timeline.current.name == "other"


def test_a_frozen_group_remembers_its_rate_after_a_rewind(controller: TrainingController) -> None:
    controller.groups[0].frozen = True
    controller.trainer.run(1)
    at = controller.branches.timeline.snapshot()
    controller.groups[0].lr = 0.7
    controller.branches.rewind(0, at)
    assert (controller.groups[0].lr, controller.groups[0].remembered) == (0.0, 0.1)


@pytest.mark.parametrize("name, words", [
    ("", "needs a name"), ("  ", "needs a name"), ("other", "of this name already"),
])  # fmt: skip
def test_a_name_that_cannot_be_is_refused(
    controller: TrainingController, name: str, words: str
) -> None:
    branches = controller.branches
    branches.branch("other")
    with pytest.raises(ValueError, match=words):
        branches.rename(0, name)
    branches.rename(0, " main ")
    assert [name for name, _ in names(branches)] == ["main", "other"]


def test_what_is_gone_or_stands_is_refused(controller: TrainingController) -> None:
    branches = controller.branches
    for call in (lambda: branches.remove(0), lambda: branches.set_shown(0, False)):
        with pytest.raises(ValueError, match="stands on this branch"):
            call()
    for gone in (lambda: branches.switch(7), lambda: branches.rename(7, "x")):
        with pytest.raises(KeyError, match="no longer there"):
            gone()
    branches.branch("other")
    branches.remove(0)
    assert names(branches) == [("other", True)]


def test_branches_are_bounded(controller: TrainingController) -> None:
    for _ in range(MOST + 2):
        controller.again()
        controller.trainer.step()
    kept = [name for name, _ in names(controller.branches)]
    assert (len(kept), kept[0], kept[-1]) == (MOST, "main", kept[-1])  # main is not ours to drop
    with pytest.raises(ValueError, match=f"{MOST} branches, the most"):
        controller.branches.branch()


def test_others_are_drawn_from_where_they_part(controller: TrainingController) -> None:
    branches = controller.branches
    moments = branches.timeline.moments
    branches.branch("second", moments[2])
    controller.trainer.run(2)
    branches.branch("third", moments[1])
    tracks = branches.tracks()
    assert [(track.name, track.fork) for track in tracks] == [("main", 3), ("second", 6)]
    assert len({0, *(track.dash for track in tracks)}) == 3
    branches.set_shown(0, False)
    assert [(track.name, track.fork) for track in branches.tracks()] == [("second", 3)]
    branches.switch(0)  # the current branch is always shown
    assert [track.name for track in branches.tracks()] == ["second", "third"]


@pytest.mark.parametrize("call", [
    lambda b: b.rewind(0, b.timeline.moments[1]), lambda b: b.branch(), lambda b: b.switch(0),
])  # fmt: skip
def test_a_run_that_plays_pauses_first_and_plays_on(call: Any) -> None:
    async def use() -> None:
        controller = TrainingController(make_trainer())
        trainer = controller.trainer
        trainer.run(2)
        controller.play()
        await until(lambda: trainer.record.steps > 8)
        call(controller.branches)
        assert not controller.playing
        steps = trainer.record.steps
        controller.play()
        await until(lambda: trainer.record.steps > steps + 3)
        controller.pause()
        alone = make_trainer()
        alone.run(2)
        for _ in range(trainer.record.steps - 6):
            alone.step()
        assert trainer.record.loss.tolist() == alone.record.loss.tolist()
        controller.close()

    asyncio.run(use())
