"""A timeline of a PyTorch run: what follows from a snapshot is the same to the bit."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fineopt
from fineopt import figures
from fineopt.timeline import Timeline
from tests.watching.loops import CHANGES, LOOPS, STEPS, Loop, same
from tests.watching.small import make_groups, make_model, nn, torch, train

pytestmark = pytest.mark.filterwarnings("ignore:.*lr_scheduler.step.*", "ignore:.*epoch parameter")


def made(name: str) -> Loop:
    old = not hasattr(torch.amp, "GradScaler")
    if old and name in ("fused AdamW", "scaler"):
        pytest.skip("this PyTorch has neither fused steps nor a scaler for the CPU")
    return LOOPS[name]()


@pytest.mark.parametrize("name", LOOPS)
def test_what_follows_a_rewind_is_the_same_whatever_was_changed(name: str) -> None:
    loop = made(name)
    losses = [loop.epoch() for _ in range(4)]
    loop.timeline.snapshot()
    last = loop.state()
    assert loop.watch.record.epochs == 4 or loop.options.get("full")
    for change, where in zip([*CHANGES, "nothing"], [0, 1, 2, 3, 2, 0, 1, 2], strict=True):
        loop.timeline.rewind(epoch=where)
        assert loop.watch.record.epochs == where, change
        CHANGES.get(change, lambda loop: None)(loop)
        loop.epoch()
        loop.timeline.switch("main")
        loop.timeline.rewind(epoch=where)
        assert [loop.epoch() for _ in range(where, 4)] == losses[where:], (change, where)
        assert same(loop.state(), last), (change, where)
    assert loop.watch.error is None
    assert loop.watch.notices == []


@pytest.mark.parametrize("name", ["Adam", "SGD with momentum", "accumulated gradients"])
def test_a_snapshot_within_an_epoch_is_exact(name: str) -> None:
    loop = LOOPS[name]()
    loop.epoch()
    batches = iter(loop.loader)
    for _ in range(2):
        loop._step(*next(batches))
    middle = loop.timeline.snapshot()
    assert (middle.epoch, middle.step_in_epoch) == (1, 2)
    rest = loop.epoch()
    last = loop.state()
    loop.epoch()
    loop.timeline.rewind(middle)
    assert loop.epoch() == rest
    assert same(loop.state(), last)


def test_branches_are_compared_drawn_and_tabled() -> None:
    loop = LOOPS["Adam"]()
    for _ in range(3):
        loop.epoch()
    timeline = loop.timeline
    timeline.branch("slower", at=1)
    loop.watch.groups["head"].lr = 1e-4
    for _ in range(2):
        loop.epoch()
    assert list(timeline.branches) == ["main", "slower"]
    assert [branch.epochs for branch in timeline.branches.values()] == [[0, 1, 2, 3]] * 2
    (body, head) = timeline.table()
    assert (body.group, head.group) == ("body", "head")
    assert head.distance > 0
    for figure in (figures.overview(timeline), figures.compare(timeline, "4.weight")):
        figure.draw_without_rendering()
    mine = timeline.branches["main"].record
    assert mine.steps == loop.watch.record.steps == 3 * STEPS
    timeline.switch("main")
    assert loop.watch.groups["head"].lr == 0.01
    assert timeline.limits() == []


@pytest.mark.parametrize("name", ["Adam", "LBFGS", "SequentialLR", "bf16", "tensor lr", "scaler"])
def test_a_file_continues_in_another_run(name: str, tmp_path: Path) -> None:
    loop = made(name)
    for _ in range(2):
        loop.epoch()
    loop.timeline.save(tmp_path / "run.timeline")
    expected = [loop.epoch(), loop.epoch()]
    last = loop.state()

    other = LOOPS[name]()
    other.watch._timeline = None
    other.epoch()  # it stands elsewhere
    timeline = other.watch.timeline(tmp_path / "run.timeline")
    assert other.watch.record.epochs == 2
    assert [other.epoch(), other.epoch()] == expected
    assert same(other.state(), last)
    timeline.rewind(epoch=1)
    other.epoch()
    assert [other.epoch(), other.epoch()] == expected


def test_files_of_other_runs_are_refused_and_nothing_changes(tmp_path: Path) -> None:
    path = tmp_path / "run.timeline"
    loop = LOOPS["Adam"]()
    loop.epoch()
    loop.timeline.save(path)
    for other in (LOOPS["SGD with momentum"](), LOOPS["bf16"](), LOOPS["OneCycleLR"]()):
        before = other.state()
        with pytest.raises(ValueError, match="cannot load the timeline"):
            Timeline.load(path, other.watch)
        assert same(other.state(), before)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match="cannot load the timeline"):
        Timeline.load(path, loop.watch)


def test_frozen_parameters_are_stored_once() -> None:
    model = nn.Sequential(nn.Linear(500, 500), nn.Linear(500, 2))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    w = fineopt.watch(model, optimizer, loader=Loop(lambda p: torch.optim.SGD(p, lr=0.1)).loader)
    w.freeze("0.*")
    timeline = w.timeline()
    for _ in range(3):
        optimizer.zero_grad()
        model(torch.ones(1, 500)).sum().backward()
        optimizer.step()
        w.end_epoch()
    assert len(timeline.moments) == 4
    assert timeline.megabytes < 1.5  # 1 MB is the frozen matrix


def test_limits_name_what_is_not_restored() -> None:
    model = make_model()
    model.noise = torch.Generator()
    optimizer = torch.optim.SGD(make_groups(model), lr=0.1)
    torch.optim.lr_scheduler.StepLR(optimizer, 3)
    w = fineopt.watch(model, optimizer)
    with pytest.warns(UserWarning, match="order of the data is not restored"):
        limits = w.timeline().limits()
    assert any("noise is a random generator" in limit for limit in limits)
    assert any("a scheduler governs the SGD" in limit for limit in limits)
    w.detach()
    w = fineopt.watch(model, optimizer, loader=torch.utils.data.DataLoader([1, 2]))
    assert any("a DataLoader, has no state_dict" in limit for limit in w.limits())


class Own(torch.optim.SGD):
    """An optimizer that keeps things beside its state."""

    def __init__(self, params: Any) -> None:
        super().__init__(params, lr=0.1)
        self.count = 0  # restored
        self.objects = {object()}  # cannot be

    def step(self, closure: Any = None) -> None:
        self.count += 1
        super().step(closure)


def test_an_optimizer_of_ones_own() -> None:
    model = make_model()
    optimizer = Own(model.parameters())
    w = fineopt.watch(model, optimizer)
    train(model, optimizer, 2)
    snapshot = w.snapshot()
    train(model, optimizer, 3)
    assert optimizer.count == 5
    w.restore(snapshot)
    assert optimizer.count == 2
    assert any("Own.objects" in limit for limit in snapshot.limits())
    assert not any("Own.count" in limit for limit in snapshot.limits())


# ---- refusals ----


def test_a_snapshot_of_another_model_is_refused() -> None:
    one, other = LOOPS["Adam"](), LOOPS["Adam"]()
    with pytest.raises(ValueError, match="another run"):
        one.watch.restore(other.watch.snapshot())
    with pytest.raises(ValueError, match="another run"):
        one.timeline.rewind(other.timeline.position)


def test_replaced_parameters_are_refused() -> None:
    loop = LOOPS["Adam"]()
    loop.epoch()
    loop.model.load_state_dict(make_model().state_dict(), assign=True)
    before = loop.state()
    with pytest.raises(ValueError, match="parameters have changed"):
        loop.timeline.rewind(epoch=0)
    assert same(loop.state(), before)


def test_a_parameter_that_the_snapshot_lacks_is_refused_in_words() -> None:
    model = make_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    w = fineopt.watch(model, optimizer)
    snapshot = w.snapshot()
    snapshot.engine._values.pop("0.weight")  # as in a file of another version of the model
    before = [p.detach().clone() for p in model.parameters()]
    with pytest.raises(ValueError, match="parameters have changed"):
        w.restore(snapshot)
    assert all(torch.equal(p, q) for p, q in zip(model.parameters(), before, strict=True))


def test_a_part_that_cannot_be_restored_leaves_all_as_it_was() -> None:
    loop = LOOPS["Adam"]()
    loop.epoch()
    before = loop.state()
    right = loop.loader.load_state_dict
    calls: list[int] = []

    def broken(state: Any) -> None:
        calls.append(1)
        if len(calls) == 1:
            raise OSError("no such file")
        right(state)

    loop.loader.load_state_dict = broken  # type: ignore[method-assign]
    with pytest.raises(OSError, match="no such file"):
        loop.timeline.rewind(epoch=0)
    assert same(loop.state(), before)
    assert loop.timeline.position.epoch == 1


def test_an_interrupt_takes_effect_after_a_rewind() -> None:
    loop = LOOPS["Adam"]()
    loop.epoch()
    right = loop.loader.load_state_dict

    def interrupted(state: Any) -> None:
        signal.raise_signal(signal.SIGINT)
        right(state)

    loop.loader.load_state_dict = interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        loop.timeline.rewind(epoch=0)
    assert loop.watch.record.steps == 0
    assert loop.timeline.position.epoch == 0
    assert np.isfinite(loop.epoch()).all()


def test_there_is_one_timeline() -> None:
    loop = LOOPS["Adam"]()
    assert loop.watch.timeline() is loop.timeline
    with pytest.raises(ValueError, match="a timeline already"):
        loop.watch.timeline(every=2)


def test_a_played_run_has_a_timeline() -> None:
    loop = LOOPS["epochs of known length"]()

    def batches() -> Any:
        while True:
            yield from loop.loader

    source = batches()

    def step() -> None:
        loop._step(*next(source))
        loop.schedule.step()

    loop.watch.play(step, steps=2 * STEPS)
    assert loop.watch.record.epochs == 2
    assert loop.timeline.branches["main"].epochs == [0, 1, 2]
    lr = loop.optimizer.param_groups[0]["lr"]
    loop.timeline.rewind(epoch=1)
    assert loop.optimizer.param_groups[0]["lr"] == pytest.approx(lr * 2**STEPS)
