"""A timeline in a file: everything comes back, and what is none of this run is refused."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fineopt
from fineopt.optimizer import SGD, Adam, ExponentialLR, LambdaLR, RMSprop
from fineopt.timeline import Timeline
from fineopt.training import Trainer

from ..support.damage import mutated
from .test_exactness import CHANGES as ALL_CHANGES
from .test_exactness import RUNS, STEPS, all_of, run, shuffled, two

CHANGES = {name: ALL_CHANGES[name] for name in ALL_CHANGES if name != "another dataloader"}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("make", RUNS.values(), ids=RUNS)
def test_the_same_bits_follow_in_another_process(make: Any, change: Any, tmp_path: Path) -> None:
    fineopt.random.seed(3)
    trainer = make()
    timeline = Timeline(trainer)
    trainer.run(1)
    timeline.branch("other", at=0)
    for _ in range(STEPS + 2):
        trainer.step()
    change(trainer)
    trainer.step()
    was = all_of(trainer)
    timeline.save(tmp_path / "timeline")
    assert all_of(trainer) == was
    trainer.run(1)
    trainer.step()
    end = all_of(trainer)

    fineopt.random.seed(77)
    fresh = make()
    fresh.step()
    loaded = Timeline.load(tmp_path / "timeline", fresh)
    assert all_of(fresh) == was
    assert (loaded.current.name, list(loaded.branches)) == ("other", ["main", "other"])
    fresh.run(1)
    fresh.step()
    assert all_of(fresh) == end
    timeline.switch("main")
    mains = all_of(trainer), trainer.step(), all_of(trainer)
    loaded.switch("main")
    assert (all_of(fresh), fresh.step(), all_of(fresh)) == mains


def made(**options: Any) -> Trainer:
    return run(optimizer=two, **options)


def other_groups(net: Any) -> Any:
    return SGD([{"params": [p]} for p in net.parameters()], 0.1)


def adam(net: Any) -> Any:
    return Adam(net.parameters(), 0.1)


def deeper() -> Trainer:
    return run(fineopt.module.Linear(6, 6), optimizer=two)


def stateless() -> Trainer:
    return made(loader=iter(list(shuffled())))


FOREIGN: dict[str, tuple[Callable[[], Trainer], str]] = {
    "another optimizer": (lambda: run(optimizer=adam), "another optimizer"),
    "other groups": (lambda: run(optimizer=other_groups), "another optimizer"),
    "another network": (deeper, "another one: between"),
    "other data": (lambda: made(loader=shuffled(6)), "another sampler: seed is '6' here and '5'"),
    "data without a state": (stateless, "the dataloader here no state"),
    "a schedule": (lambda: made(schedule=lambda o: ExponentialLR(o, 0.5)), "another schedule"),
}  # fmt: skip


@pytest.mark.parametrize(("make", "message"), FOREIGN.values(), ids=FOREIGN)
def test_a_foreign_file_is_refused_and_the_run_is_as_it_was(
    make: Any, message: str, tmp_path: Path
) -> None:
    timeline = Timeline(made())
    timeline.trainer.run(1)
    timeline.save(tmp_path / "timeline")
    trainer = make()
    trainer.step()
    was = all_of(trainer)
    with pytest.raises(ValueError, match=message) as caught:
        Timeline.load(tmp_path / "timeline", trainer)
    assert str(tmp_path / "timeline") in str(caught.value)
    assert all_of(trainer) == was
    trainer.step()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: Any) -> bytes:
    path = tmp_path_factory.mktemp("whole") / "timeline"
    timeline = Timeline(made())
    timeline.trainer.run(1)
    timeline.trainer.swap_optimizer(0, RMSprop)
    timeline.branch("other", at=0)
    timeline.save(path)
    return bytes(path.read_bytes())


def test_a_damaged_file_is_refused_and_the_run_is_as_it_was(whole: bytes, tmp_path: Path) -> None:
    path, trainer, chance = tmp_path / "timeline", made(), random.Random(1)
    trainer.step()
    was, refused = all_of(trainer), 0
    cuts = [whole[:end] for end in (0, 1, 100, len(whole) // 2, len(whole) - 1)]
    for content in [*cuts, *(mutated(whole, chance) for _ in range(60))]:
        path.write_bytes(content)
        try:
            Timeline.load(path, trainer)
        except ValueError as error:
            assert str(path) in str(error)
            assert all_of(trainer) == was
            refused += 1
        else:  # such as a changed date in the zip: then everything is there
            assert trainer.step_in_epoch == 0
            trainer = made()
            trainer.step()
            was = all_of(trainer)
    assert refused > 50


def test_an_altered_file_is_refused(whole: bytes, tmp_path: Path) -> None:
    path = tmp_path / "timeline"
    path.write_bytes(whole)
    saved = fineopt.load(path)
    saved["content"]["arrays"][0] = saved["content"]["arrays"][0] + 1
    fineopt.save(saved, path)
    with pytest.raises(ValueError, match="it was altered after it was saved"):
        Timeline.load(path, made())


@pytest.mark.parametrize("content", [{"w": np.ones(2)}, [], 3, {"format": "fineopt timeline 1"}])
def test_another_file_is_refused(content: Any, tmp_path: Path) -> None:
    fineopt.save(content, tmp_path / "file")
    with pytest.raises(ValueError, match="cannot load the timeline"):
        Timeline.load(tmp_path / "file", made())
    with pytest.raises(FileNotFoundError):
        Timeline.load(tmp_path / "absent", made())


def test_functions_made_during_the_run_cannot_be_saved(tmp_path: Path) -> None:
    timeline = Timeline(made())
    timeline.save(tmp_path / "timeline")
    before = (tmp_path / "timeline").read_bytes()
    timeline.trainer.schedule = LambdaLR(timeline.trainer.optimizer, lambda epoch: 0.5**epoch)
    timeline.trainer.run(1)
    with pytest.raises(TypeError, match="a LambdaLR that was made during the run cannot be saved"):
        timeline.save(tmp_path / "timeline")
    assert (tmp_path / "timeline").read_bytes() == before


def test_a_schedule_of_functions_that_the_run_began_with_can(tmp_path: Path) -> None:
    def begun() -> Trainer:
        return made(schedule=lambda o: LambdaLR(o, lambda epoch: 0.5**epoch))

    fineopt.random.seed(0)
    timeline = Timeline(begun())
    timeline.trainer.run(2)
    timeline.save(tmp_path / "timeline")
    fresh = begun()
    Timeline.load(tmp_path / "timeline", fresh)
    losses = timeline.trainer.run(1).loss.tolist()
    assert fresh.run(1).loss.tolist() == losses


def test_a_trainer_s_own_state(tmp_path: Path) -> None:
    trainer = made()
    trainer.run(1)
    trainer.step()
    fineopt.save(trainer.state_dict(), tmp_path / "state")
    was, fresh = all_of(trainer), made()
    fresh.load_state_dict(fineopt.load(tmp_path / "state"))
    assert all_of(fresh) == was
    with pytest.raises(ValueError, match="does not fit the run: missing 'start'"):
        fresh.load_state_dict({})
    loss = trainer.step()
    fresh.load_state_dict(fineopt.load(tmp_path / "state"))
    assert fresh.step() == loss


def test_a_change_by_hand_after_a_rewind_is_saved(tmp_path: Path) -> None:
    timeline = Timeline(made())
    timeline.trainer.run(2)
    timeline.rewind(epoch=1)
    timeline.trainer.optimizer.param_groups[0]["lr"] = 0.5
    was = all_of(timeline.trainer)
    timeline.save(tmp_path / "timeline")
    fresh = made()
    loaded = Timeline.load(tmp_path / "timeline", fresh)
    assert all_of(fresh) == was
    assert loaded.current.epochs == [0, 1, 2]  # what was ahead is still there
    loaded.switch("main")
    assert fresh.epoch == 2


def _callback(trainer: Trainer) -> None:
    trainer.gm.detach(trainer.net.last.weight)
    trainer.gm.attach(trainer.net.last.weight, [lambda p, grad: grad * 0.5])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_callback, r"callbacks of last\.weight that were attached during the run"),
        (lambda t: setattr(t, "train_func", lambda *a: None), "a train_func that was set during"),
        (lambda t: setattr(t, "dataloader", shuffled(11)), "the dataloader was replaced within"),
    ],
)
def test_what_a_file_cannot_hold_is_refused_when_saving(
    change: Any, message: str, tmp_path: Path
) -> None:
    timeline = Timeline(made())
    timeline.trainer.step()
    change(timeline.trainer)
    with pytest.raises(TypeError, match=message):
        timeline.save(tmp_path / "timeline")
    assert list(tmp_path.iterdir()) == []
