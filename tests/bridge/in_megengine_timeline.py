"""Checks of timeline, play and freezing for MegEngine, run by test_megengine.py."""

from __future__ import annotations

import asyncio
import warnings
from pathlib import Path
from typing import Any

import megengine
import megengine.functional as F
import megengine.module as M
import numpy as np
import pytest
from megengine import optimizer as optim
from megengine.amp import GradScaler
from megengine.autodiff import GradManager
from megengine.data import DataLoader, RandomSampler
from megengine.data.dataset import ArrayDataset

import fineopt
from tests.bridge.megengine_loops import RULES, Net, backward, batch, same, start, train, values

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # what cannot be restored


def epoch(parts: Any, w: Any, number: int, schedule: Any = None) -> list[float]:
    losses = train(*parts, 3, 10 * number, w=w)
    if schedule is not None:
        schedule.step()
    w.end_epoch()
    return losses


def zeros(p: Any) -> Any:
    return megengine.Tensor(np.zeros(p.shape, "float32"))


CHANGES = {
    "nothing": lambda w, parts: None,
    "lr": lambda w, parts: setattr(w.groups["fc"], "lr", 0.4),
    "frozen": lambda w, parts: setattr(w.groups["front"], "frozen", True),
    "by name": lambda w, parts: w.freeze("conv.*"),
    "split": lambda w, parts: w.unfreeze("conv.*", lr=0.01),
    "values": lambda w, parts: parts[0].fc.weight.__setitem__(..., zeros(parts[0].fc.weight)),
    "mode": lambda w, parts: parts[0].norm.eval(),
    "settings": lambda w, parts: parts[1].param_groups[0].update(weight_decay=0.5, extra=1),
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("change", CHANGES)
def test_a_timeline_rewinds_to_the_bit_whatever_was_changed(rule: str, change: str) -> None:
    parts = start(rule)
    w = fineopt.watch(parts[0], parts[1])
    timeline = w.timeline()
    epoch(parts, w, 0)
    expected = [epoch(parts, w, k) for k in (1, 2)]
    end, groups = values(parts[0]), [{**g, "params": 0} for g in parts[1].param_groups]
    record = w.record.to_dict()
    timeline.rewind(epoch=1)
    CHANGES[change](w, parts)
    timeline.branch("other")
    epoch(parts, w, 5)
    timeline.switch("main")
    assert same(values(parts[0]), end)
    timeline.rewind(epoch=1)
    assert w.record.epochs == 1
    assert [epoch(parts, w, k) for k in (1, 2)] == expected
    assert same(values(parts[0]), end)
    assert w.record.to_dict() == record
    assert [{**g, "params": 0} for g in parts[1].param_groups] == groups
    assert w.frozen == set()
    assert list(timeline.branches) == ["main", "other"]


def test_schedules_and_learning_rates_set_by_hand_are_rewound() -> None:
    parts = start("momentum")
    schedule = optim.MultiStepLR(parts[1], [1, 2], gamma=0.5)
    w = fineopt.watch(parts[0], parts[1], [schedule])
    timeline = w.timeline()
    epoch(parts, w, 0, schedule)
    w.groups["fc"].lr = 0.3
    moment = timeline.snapshot()
    first = epoch(parts, w, 1, schedule), values(parts[0])
    w.groups["fc"].release()
    epoch(parts, w, 2, schedule)
    timeline.rewind(moment)
    assert (w.groups["fc"].lr, schedule.current_epoch) == (0.3, 1)
    assert epoch(parts, w, 1, schedule) == first[0]
    assert same(values(parts[0]), first[1])
    assert w.record.lr[-1].tolist() == [0.025, 0.3]


def test_a_timeline_is_saved_and_goes_on_in_another_run(tmp_path: Path) -> None:
    parts = start("Adam")
    w = fineopt.watch(parts[0], parts[1])
    timeline = w.timeline()
    epoch(parts, w, 0)
    w.freeze("norm.*")
    epoch(parts, w, 1)
    timeline.save(tmp_path / "run.timeline")
    expected = epoch(parts, w, 2), values(parts[0])
    other = start("Adam")
    train(*other, 4, 50)
    again = fineopt.watch(other[0], other[1])
    loaded = again.timeline(tmp_path / "run.timeline")
    assert again.frozen == {"norm.bias", "norm.weight"}
    assert epoch(other, again, 2) == expected[0]
    assert same(values(other[0]), expected[1])
    assert len(loaded.moments) == 4
    with pytest.raises(ValueError, match="optimizers"):
        fineopt.watch(*start("SGD")[:2]).timeline(tmp_path / "run.timeline")


def test_epochs_of_known_length_are_rewound() -> None:
    parts = start("momentum")
    w = fineopt.watch(parts[0], parts[1], steps_per_epoch=3)
    timeline = w.timeline()
    losses = train(*parts, 9)
    timeline.rewind(epoch=1)
    assert train(*parts, 6, 3) == losses[3:]
    timeline.rewind(epoch=2)
    assert train(*parts, 3, 6) == losses[6:]


class Loader:
    """Draws batches in an order of its own, and can be put back."""

    def __init__(self) -> None:
        self.chance = np.random.RandomState(4)

    def state_dict(self) -> dict[str, Any]:
        return dict(self.chance.get_state(legacy=False))

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.chance.set_state(state)

    def __iter__(self) -> Any:
        return iter([batch(int(seed)) for seed in self.chance.randint(100, size=3)])


def images_and_labels() -> ArrayDataset:
    chance = np.random.RandomState(0)
    images = chance.normal(size=(12, 1, 8, 8)).astype("float32")
    return ArrayDataset(images, chance.randint(4, size=12).astype("int32"))


@pytest.mark.parametrize("kind", ["its own", "MegEngine's"])
def test_the_order_of_the_data_is_rewound_with_a_loader(kind: str) -> None:
    loader: Any = Loader()
    if kind == "MegEngine's":
        data = images_and_labels()
        loader = DataLoader(data, RandomSampler(data, batch_size=4, seed=3))
    net, opt, gm = start("momentum")
    w = fineopt.watch(net, opt, loader=loader)
    timeline = w.timeline()

    def run() -> list[float]:
        losses = []
        for x, y in loader:
            with gm:
                loss = F.nn.cross_entropy(net(megengine.Tensor(x)), megengine.Tensor(y))
                gm.backward(loss)
            opt.step().clear_grad()
            losses.append(loss.item())
            w.loss(loss)
        w.end_epoch()
        return losses

    run()
    expected = run(), run()
    assert expected[0] != expected[1]
    timeline.rewind(epoch=1)
    assert (run(), run()) == expected
    told = [text for text in w.limits() if "order of the data" in text]
    assert len(told) == (kind != "its own")


def test_the_scale_of_mixed_precision_is_rewound() -> None:
    net, opt, gm = start("momentum")
    scaler = GradScaler(init_scale=8.0, growth_interval=2)
    w = fineopt.watch(net, opt, scaler=scaler)
    timeline = w.timeline()

    def run() -> tuple[list[float], float]:
        losses = []
        for seed in range(3):
            x, y = batch(seed)
            with gm:
                loss = F.nn.cross_entropy(net(x), y)
                scaler.backward(gm, loss)
            opt.step().clear_grad()
            losses.append(loss.item())
            w.loss(loss)
        w.end_epoch()
        return losses, scaler.scale_factor

    run()
    expected = run()
    timeline.rewind(epoch=1)
    assert scaler.scale_factor == 16
    assert run() == expected


def test_what_cannot_be_restored_is_said() -> None:
    net, opt, _ = start("SGD")
    optim.MultiStepLR(opt, [3])
    w = fineopt.watch(net, opt)
    with pytest.warns(UserWarning, match="random number generator"):
        w.timeline()
    told = " ".join(w.limits())
    assert "no data loader was given" in told
    assert "a scheduler governs the SGD" in told
    kept = w.snapshot()
    net.fc = M.Linear(108, 4)
    with pytest.raises(ValueError, match="were replaced"):
        w.restore(kept)
    with pytest.raises(ValueError, match="of another run"):
        fineopt.watch(*start("SGD")[:2]).restore(kept)


# ---- playing ----


def test_play_runs_the_loop_outside_jupyter_for_some_steps() -> None:
    net, opt, gm = start("SGD")
    expected = train(net, opt, gm, 5)
    net, opt, gm = start("SGD")
    w = fineopt.watch(net, opt, steps_per_epoch=2)
    seeds = iter(range(5))

    def step() -> Any:
        loss = backward(net, gm, next(seeds))
        opt.step().clear_grad()
        return loss

    player = w.play(step, steps=3)
    assert (w.record.steps, w.record.epochs, player.run.taken) == (3, 1, 3)
    w.play(step, steps=9)  # ends where step raises StopIteration
    np.testing.assert_array_equal(w.record.loss, np.float32(expected))
    with pytest.raises(RuntimeError, match="give steps="):
        w.play(step)
    with pytest.raises(TypeError, match="must be a function"):
        w.play(3)


def test_play_runs_as_a_task_and_is_paused() -> None:
    net, opt, gm = start("SGD")
    w = fineopt.watch(net, opt)

    def step() -> Any:
        loss = backward(net, gm, w.record.steps)
        opt.step().clear_grad()
        return loss

    async def main() -> None:
        player = w.play(step)
        while w.record.steps < 3:
            await asyncio.sleep(0.01)
        player.pause()
        await asyncio.sleep(0.05)
        count = w.record.steps
        await asyncio.sleep(0.05)
        assert w.record.steps == count
        assert not player.playing

    asyncio.run(main())


# ---- freezing ----


def test_unfreezing_with_an_lr_sets_it_or_gives_a_group_of_its_own() -> None:
    net, opt, gm = start("Adam")
    w = fineopt.watch(net, opt)
    train(net, opt, gm, 2)
    w.freeze("*")
    before = values(net)
    train(net, opt, gm, 1, 2)
    assert {k for k, v in values(net).items() if not np.array_equal(v, before[k])} == {
        "norm.running_mean", "norm.running_var",
    }  # fmt: skip
    assert w.unfreeze("fc.*", lr=1e-3) == ["fc.bias", "fc.weight"]
    assert [group["lr"] for group in opt.param_groups] == [0.01, 1e-3]
    w.unfreeze("conv.*", lr=1e-5)
    assert [len(group["params"]) for group in opt.param_groups] == [2, 2, 2]
    assert w.groups["conv.*"].lr == 1e-5
    age = opt.state_dict()["state"][4]["step"]
    assert age == 2  # its state went along
    train(net, opt, gm, 1, 3)
    assert w.record.lr[-1].tolist() == [0.01, 1e-3, 1e-5]
    moved = {k for k, v in values(net).items() if not np.array_equal(v, before[k])}
    assert moved >= {"conv.weight", "fc.weight"}
    assert not moved & {"norm.weight", "norm.bias"}
    with pytest.raises(KeyError, match="no parameter's name matches"):
        w.unfreeze("head.*", lr=1e-3)
    with pytest.raises((TypeError, ValueError)):
        w.unfreeze("fc.*", lr=-1)


def test_a_group_that_a_schedule_governs_is_not_split() -> None:
    net, opt, _ = start("SGD")
    w = fineopt.watch(net, opt, [optim.MultiStepLR(opt, [3])])
    with pytest.raises(ValueError, match="a schedule governs it"):
        w.unfreeze("conv.*", lr=1e-3)
    assert len(opt.param_groups) == 2
    w.unfreeze("fc.*", lr=1e-3)
    assert w.groups["fc"].overridden


class Tied(M.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = M.Linear(3, 3)
        self.more = [M.Linear(3, 3), {"deep": M.Linear(3, 3)}]
        self.second = M.Linear(3, 3)
        self.second.weight = self.first.weight

    def forward(self, x: Any) -> Any:
        x = self.second(self.first(x))
        return self.more[1]["deep"](self.more[0](x))


def test_tied_and_nested_parameters_and_those_of_the_optimizer_alone() -> None:
    net = Tied()
    lone = megengine.Parameter(np.ones(2, "float32"))
    opt = optim.SGD([*net.parameters(), lone], lr=0.1)
    w = fineopt.watch(net, opt)
    assert list(w.engine.parameters)[:1] == ["first.bias"]
    assert "more.1.deep.weight" in w.engine.parameters
    assert list(w.engine.parameters)[-1] == "group 0[7]"
    assert "second.weight: tied to first.weight" in w.notices[0]
    assert w.freeze("second.weight") == ["first.weight"]
    gm = GradManager().attach([*net.parameters(), lone])
    before = net.first.weight.numpy().copy()
    x = megengine.Tensor(np.ones((2, 3), "float32"))
    with gm:
        gm.backward(net(x).sum() + (lone * lone).sum())
    report = w.audit()
    opt.step().clear_grad()
    assert report.verify() == []
    assert np.array_equal(net.first.weight.numpy(), before)
    assert w.record.steps == 1
    np.testing.assert_allclose(w.record.trajectory("group 0[7]")[-1], [0.8, 0.8])


def test_the_engine_trains_and_evaluates() -> None:
    net, opt, gm = start("SGD")
    expected = train(net, opt, gm, 2)
    net, opt, gm = start("SGD")
    engine = fineopt.watch(net, opt).engine
    losses = []
    for seed in range(2):
        losses.append(engine.backward(*batch(seed)))
        undo = engine.savepoint()
        engine.step()
    assert losses == expected
    after = values(net)
    for change in undo.restoring():
        change()
    assert not same(values(net), after)
    engine.step()
    assert same(values(net), after)
    x, y = batch(0)
    right, count = engine.evaluate([(x, y)])
    assert (right <= count, count, net.training) == (True, 6, True)


def test_a_network_without_parameters_and_scalars_and_empty_ones() -> None:
    class Odd(M.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = megengine.Parameter(np.float32(2))
            self.none = megengine.Parameter(np.zeros((0, 3), "float32"))

        def forward(self, x: Any) -> Any:
            return self.scale * x

    net = Odd()
    opt = optim.SGD([net.scale], lr=0.1, momentum=0.9)
    w = fineopt.watch(net, opt)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        timeline = w.timeline()
        gm = GradManager().attach([net.scale])
        for _ in range(2):
            with gm:
                gm.backward(net(megengine.Tensor(np.ones(3, "float32"))).sum())
            assert w.audit()["none"].moves is False
            opt.step().clear_grad()
        value = float(net.scale.numpy())
        timeline.rewind(0)
        assert float(net.scale.numpy()) == 2.0 != value
    assert w.error is None
    with pytest.raises(ValueError, match="nothing to watch"):
        fineopt.watch(M.ReLU(), opt)


def test_a_class_in_place_of_an_object() -> None:
    with pytest.raises(TypeError, match="is the class Net"):
        fineopt.watch(Net, start("SGD")[1])
    with pytest.raises(ImportError, match=r"fineopt\[torch\]"):
        fineopt.watch(object(), start("SGD")[1])
