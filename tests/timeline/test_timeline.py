"""What a timeline does: moments, branches, names, thinning, and what it says of itself."""

from __future__ import annotations

import gc
import weakref
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fineopt
from fineopt.models import LeNet
from fineopt.optimizer import Adam
from fineopt.timeline import Timeline
from fineopt.training import Trainer

from .test_exactness import STEPS, all_of, run

NAMES = ["first.weight", "first.bias", "last.weight", "last.bias"]


class OwnLoader:
    """Without state; with a length if asked for."""

    def __init__(self, batches: Any) -> None:
        self.batches = list(batches)

    def __iter__(self) -> Any:
        return iter(self.batches)


class SizedLoader(OwnLoader):
    def __len__(self) -> int:
        return len(self.batches)


def made(**options: Any) -> Timeline:
    return Timeline(run(), **options)


def places(timeline: Timeline, name: str | None = None) -> list[tuple[int, int, str]]:
    branch = timeline.current if name is None else timeline.branches[name]
    return [(m.epoch, m.step_in_epoch, m.kind) for m in branch.moments]


def test_there_is_a_moment_at_the_start_and_at_the_end_of_each_epoch() -> None:
    timeline = made()
    timeline.trainer.run(2)
    timeline.trainer.step()
    assert places(timeline) == [(0, 0, "start"), (1, 0, "epoch"), (2, 0, "epoch")]
    at = timeline.snapshot()
    assert timeline.snapshot() is at
    assert places(timeline)[-1] == (2, 1, "asked")
    assert repr(at) == "<epoch 2, step 1>"
    assert timeline.current.epochs == [0, 1, 2]


def test_every_other_epoch() -> None:
    timeline = made(every=2)
    timeline.trainer.run(5)
    assert timeline.current.epochs == [0, 2, 4]
    with pytest.raises(KeyError, match=r"no snapshot at the end of epoch 3 on 'main'.* 0, 2, 4"):
        timeline.rewind(epoch=3)


def test_a_timeline_may_begin_in_the_middle_of_an_epoch() -> None:
    trainer = run()
    trainer.run(1)
    trainer.step()
    timeline, was = Timeline(trainer), all_of(trainer)
    trainer.run(2)
    assert places(timeline) == [(1, 1, "start"), (2, 0, "epoch"), (3, 0, "epoch")]
    timeline.rewind(timeline.moments[0])
    assert all_of(trainer) == was


def test_going_back_loses_nothing_until_the_run_goes_on() -> None:
    timeline = made()
    timeline.trainer.run(3)
    timeline.trainer.step()
    end = all_of(timeline.trainer)
    timeline.rewind(epoch=1)
    assert (timeline.trainer.epoch, timeline.position.epoch) == (1, 1)
    assert timeline.current.record is timeline.trainer.record
    assert places(timeline)[-1] == (3, 1, "left")
    timeline.switch("main")  # forward again
    assert all_of(timeline.trainer) == end
    timeline.rewind(epoch=1)
    timeline.trainer.step()
    assert places(timeline) == [(0, 0, "start"), (1, 0, "epoch")]
    with pytest.raises(KeyError):
        timeline.rewind(epoch=2)


def test_a_branch_leaves_every_other_as_it_is() -> None:
    timeline = made()
    timeline.trainer.run(3)
    timeline.trainer.step()
    main = all_of(timeline.trainer)
    branch = timeline.branch("slower", at=2)
    assert (branch.name, branch.parent, branch.fork) == (
        "slower", timeline.branches["main"], timeline.branches["main"].moments[2],
    )  # fmt: skip
    timeline.trainer.optimizer.param_groups[0]["lr"] = 0.001
    timeline.trainer.run(2)
    assert timeline.branches["main"].record.steps == 3 * STEPS + 1
    timeline.rewind(epoch=0)  # before the fork: it moves with what follows
    timeline.trainer.step()
    fork = timeline.branches["slower"].fork
    assert fork is not None and fork.epoch == 0
    timeline.switch("main")
    assert all_of(timeline.trainer) == main
    assert timeline.branches["slower"].record.steps == 1


def test_a_change_by_hand_is_kept_where_it_was_made() -> None:
    timeline = made()
    group = timeline.trainer.optimizer.param_groups[0]
    timeline.trainer.run(1)
    group["lr"] = 0.5
    timeline.branch("other", at=0)
    assert group["lr"] == 0.1
    timeline.switch("main")
    assert group["lr"] == 0.5
    timeline.rewind(epoch=0)
    group["lr"] = 0.25
    timeline.branch("from here")  # takes it along; main keeps what was ahead
    assert (group["lr"], timeline.branches["main"].epochs) == (0.25, [0, 1])
    timeline.trainer.step()
    timeline.switch("main")
    assert (group["lr"], timeline.trainer.epoch) == (0.5, 1)
    timeline.switch("from here")
    assert (group["lr"], timeline.trainer.record.steps) == (0.25, 1)


def test_the_trainer_s_own_reset_and_restore_are_noticed() -> None:
    timeline = made()
    timeline.trainer.run(2)
    kept = timeline.trainer.snapshot()
    timeline.trainer.run(1)
    timeline.trainer.reset()
    assert (timeline.position.epoch, timeline.current.epochs) == (0, [0, 1, 2, 3])
    timeline.trainer.run(1)
    assert timeline.current.epochs == [0, 1]
    timeline.trainer.restore(kept)
    assert timeline.position.epoch == 2
    timeline.trainer.run(1)
    assert timeline.current.epochs == [0, 1, 2, 3]
    timeline.trainer.restore(timeline.moments[1].snapshot)
    assert timeline.position is timeline.moments[1]


def test_a_reset_to_before_the_timeline_begins_it_again() -> None:
    trainer = run()
    trainer.run(2)
    timeline = Timeline(trainer)
    trainer.reset()
    assert places(timeline) == [(0, 0, "start")]


def test_names() -> None:
    timeline = made()
    timeline.branch("other")
    for name in ("main", "", 3, None):
        with pytest.raises((TypeError, ValueError)):
            timeline.branch(name)  # type: ignore[arg-type]
        if name != "main":
            with pytest.raises((TypeError, ValueError)):
                timeline.rename("main", name)  # type: ignore[arg-type]
    with pytest.raises(KeyError, match="no branch 'mian': did you mean 'main'"):
        timeline.switch("mian")
    branch = timeline.branches["main"]
    timeline.rename("main", "frozen fc")
    assert list(timeline.branches) == ["frozen fc", "other"]
    assert branch.name == "frozen fc"
    with pytest.raises(ValueError, match="the run stands on 'other'"):
        timeline.remove("other")
    timeline.remove("frozen fc")
    assert (list(timeline.branches), timeline.current.fork) == (["other"], None)
    with pytest.raises(KeyError, match="was removed"):
        assert branch.name


@cache
def foreign() -> Any:
    """A snapshot of another run."""
    return made().snapshot()


@pytest.mark.parametrize("call", [
    lambda t: t.rewind(), lambda t: t.rewind(0, epoch=0), lambda t: t.rewind("0"),
    lambda t: t.rewind(True), lambda t: t.rewind(epoch=-1), lambda t: t.rewind(epoch=9),
    lambda t: t.rewind(epoch=1.0), lambda t: t.branch("b", at=9), lambda t: t.branch("b", at="x"),
    lambda t: t.rewind(foreign()), lambda t: t.switch(3), lambda t: t.remove("x"),
])  # fmt: skip
def test_what_cannot_be_done_is_refused_and_changes_nothing(call: Any) -> None:
    foreign()  # made before: it draws random numbers
    timeline = made()
    timeline.trainer.run(1)
    timeline.trainer.step()
    was, place = all_of(timeline.trainer), timeline.place
    with pytest.raises((KeyError, TypeError, ValueError)):
        call(timeline)
    assert all_of(timeline.trainer) == was
    assert timeline.place is place


@pytest.mark.parametrize("name, value", [
    ("every", 0), ("every", 1.5), ("keep", 0), ("keep", None), ("limit", 0), ("limit", "big"),
])  # fmt: skip
def test_settings(name: str, value: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=name):
        made(**{name: value})


def test_a_network_that_has_changed_is_refused() -> None:
    timeline = made()
    timeline.trainer.run(1)
    was = timeline.place
    timeline.trainer.net.last = fineopt.module.Linear(6, 3)
    with pytest.raises(ValueError, match=r"has changed since .* last\.bias"):
        timeline.rewind(epoch=0)
    assert timeline.place is was


# ---- memory ----


def test_the_start_forks_and_the_newest_stay() -> None:
    timeline = made(keep=6)
    timeline.trainer.run(3)
    timeline.branch("other", at=2)
    timeline.trainer.run(12)
    timeline.switch("main")
    timeline.trainer.run(9)
    assert len(timeline.moments) <= 6
    assert {0, 2, 14} <= set(timeline.branches["other"].epochs)
    assert {0, 2, 12} <= set(timeline.branches["main"].epochs)
    timeline.rewind(epoch=2)
    assert timeline.trainer.epoch == 2


def test_what_is_kept_is_spread_evenly() -> None:
    timeline = made(keep=9)
    timeline.trainer.run(40)
    gaps = np.diff(timeline.current.epochs)
    assert len(gaps) == 8 and gaps.max() <= 2 * gaps[:-1].min()


def test_a_limit_in_megabytes() -> None:
    timeline = made()
    timeline.trainer.run(20)
    limit = 0.8 * timeline.megabytes
    bounded = made(limit=limit)
    bounded.trainer.run(20)
    assert bounded.megabytes <= limit
    assert 2 < len(bounded.moments) < 20
    assert bounded.current.epochs[0] == 0 and bounded.current.epochs[-1] == 20


def test_a_snapshot_of_lenet_with_adam_takes_less_than_a_megabyte() -> None:
    net = LeNet()
    draw = np.random.RandomState(0)
    batch = draw.normal(size=(4, 1, 32, 32)).astype("float32"), np.arange(4)
    timeline = Timeline(Trainer(net, Adam(net.parameters(), 0.001), [batch] * 3))
    timeline.trainer.run(1)
    timeline.trainer.run(1)
    first, last = (moment.buffers for moment in timeline.moments[-2:])
    recorded = timeline.moments[-1].record.state_dict()
    kept = {id(array) for array in recorded["arrays"].values()}
    own = sum(size for key, size in last.items() if key not in first and key not in kept)
    previous = sum(array.nbytes for array in recorded["previous"] or [])
    assert own - previous < 1e6


def test_a_record_that_is_thinned_later_leaves_its_snapshots_alone() -> None:
    timeline = made(every=100)
    timeline.trainer.run(3)
    at = timeline.snapshot()
    state = at.snapshot.record["arrays"]
    was = {name: array.copy() for name, array in state.items()}
    values = {name: timeline.trainer.engine.value(name).copy() for name in NAMES}
    timeline.trainer.run(420)  # 2,115 steps: the samples and the norms have been thinned
    for name, array in was.items():
        np.testing.assert_array_equal(state[name], array)
    for name, value in values.items():
        np.testing.assert_array_equal(at.snapshot.value(name), value)
    timeline.rewind(at)
    timeline.trainer.run(1)
    for name, array in was.items():
        np.testing.assert_array_equal(state[name], array)


def test_moments_and_timelines_are_freed() -> None:
    timeline = made()
    timeline.trainer.run(2)
    trainer = timeline.trainer
    known = [weakref.ref(moment) for moment in timeline.moments]
    timeline.rewind(epoch=0)
    trainer.step()
    assert len(timeline.moments) == 1
    gc.collect()
    assert [moment() is None for moment in known] == [False, True, True]
    gone = weakref.ref(timeline)
    del timeline
    gc.collect()
    assert gone() is None
    trainer.run(1)


# ---- what is not exact ----


@pytest.mark.parametrize(
    ("loader", "words"),
    [(OwnLoader, "the dataloader, a OwnLoader, has no state_dict"),
     (SizedLoader, "the dataloader, a SizedLoader, has no state_dict")],
)  # fmt: skip
def test_a_loader_of_one_s_own_without_state_is_named(loader: Any, words: str) -> None:
    small = run()
    trainer = Trainer(small.net, small.optimizer, loader(small.dataloader))
    with pytest.warns(UserWarning, match=f"replaying this run is not exact: {words}"):
        timeline = Timeline(trainer)
    assert words in timeline.limits()[0]
    assert words in repr(timeline) and words in str(timeline.table())
    trainer.step()
    timeline.rewind(epoch=0)
    assert trainer.record.steps == 0
    trainer.run(2)
    assert trainer.record.steps == 2 * STEPS


def test_other_things_that_a_snapshot_cannot_hold_are_named() -> None:
    trainer = run()
    trainer.net.stream = np.random.RandomState(0)
    trainer.optimizer.history = []  # type: ignore[union-attr]
    seen: list[int] = []
    own = trainer.train_func

    def train_func(*args: Any) -> Any:
        seen.append(1)
        return own(*args)

    trainer.train_func = train_func
    found = trainer.limits()
    for words in ("random stream of its own, 'stream'", "SGD keeps history", "train_func keeps "):
        assert any(words in limit for limit in found), words


def test_a_loss_function_s_attributes_are_restored() -> None:
    class Weighted:
        """Counts its calls, and has a setting."""

        weight, history = 0.5, ()

        def __init__(self, own: Any) -> None:
            self.own, self.calls = own, 0

        def __call__(self, *args: Any) -> Any:
            self.calls += 1
            return self.own(*args)

    trainer = run()
    trainer.train_func = weighted = Weighted(trainer.train_func)
    timeline = Timeline(trainer)
    assert timeline.limits() == []
    trainer.run(2)
    timeline.rewind(epoch=1)
    assert weighted.calls == STEPS
    weighted.seen = []  # type: ignore[attr-defined]
    assert "the train_func keeps seen" in timeline.limits()[0]


@pytest.mark.parametrize("through_a_file", [False, True], ids=["in memory", "through a file"])
def test_the_attributes_of_a_bound_train_func_s_object_are_restored(
    tmp_path: Path, through_a_file: bool
) -> None:
    class Loop:
        """Scales each loss by the number of its call."""

        def __init__(self, own: Any) -> None:
            self.own, self.calls = own, 0

        def train(self, *args: Any) -> Any:
            self.calls += 1
            return self.own(*args)

    trainer = run()
    loop = Loop(trainer.train_func)
    trainer = Trainer(
        trainer.net, trainer.optimizer, trainer.dataloader, gm=trainer.gm, train_func=loop.train
    )
    timeline = Timeline(trainer)
    assert timeline.limits() == []
    trainer.run(2)
    timeline.rewind(epoch=1)
    assert loop.calls == STEPS
    if through_a_file:
        timeline.save(tmp_path / "timeline.zip")
        trainer.run(1)
        Timeline.load(tmp_path / "timeline.zip", trainer)
        assert loop.calls == STEPS


def test_a_change_of_the_number_of_threads_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = 2
    for module in ("moment", "timeline"):
        name = f"fineopt.timeline.{module}.thread_count"
        monkeypatch.setattr(name, lambda: threads)
    timeline = made()
    threads = 1
    assert timeline.limits() == []  # nothing is trained yet
    timeline.trainer.run(1)
    assert timeline.limits() == []
    threads = 2  # a replay from here would have two
    assert "1 and 2 BLAS threads" in timeline.limits()[0]
    timeline.trainer.run(1)
    threads = 1
    assert "1 and 2 BLAS threads" in timeline.limits()[0]
