"""Checks of the bridge to MegEngine, run by test_megengine.py in an environment that has it."""

from __future__ import annotations

import copy
import warnings
from typing import Any

import megengine
import megengine.functional as F
import megengine.module as M
import numpy as np
import pytest
from megengine import optimizer as optim
from megengine.core.tensor.utils import set_convert_inputs
from megengine.jit import trace

import fineopt
from fineopt.errors import ParameterWarning
from fineopt.recorder import Record
from fineopt.watching.watch import Watch
from tests.bridge.megengine_loops import RULES, Net, same, start, train, values


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("several", [False, True])
def test_watching_changes_nothing_and_detaching_leaves_no_trace(rule: str, several: bool) -> None:
    net, opt, gm = start(rule, several)
    expected, end = train(net, opt, gm, 6), None
    end = values(net)
    net, opt, gm = start(rule, several)
    before = [set(vars(one)) for one in (opt if several else [opt])]
    with fineopt.watch(net, opt, every=2) as w:
        assert isinstance(w, Watch)
        assert train(net, opt, gm, 6, w=w) == expected
    assert same(values(net), end)
    assert [set(vars(one)) for one in (opt if several else [opt])] == before
    assert w.record.steps == (12 if several else 6)


def test_the_record_is_exact() -> None:
    net, opt, gm = start("momentum")
    w = fineopt.watch(net, opt, steps_per_epoch=3)
    sums, lrs = [], []
    for step in range(4):
        chance = np.random.RandomState(step)
        x = megengine.Tensor(chance.normal(size=(6, 1, 8, 8)).astype("float32"))
        y = megengine.Tensor(chance.randint(4, size=6).astype("int32"))
        old = net.fc.weight.numpy().copy()
        with gm:
            loss = F.nn.cross_entropy(net(x), y)
            gm.backward(loss)
        sums.append(float(net.fc.weight.grad.numpy().sum()))
        opt.step().clear_grad()
        w.loss(loss)
        lrs.append([group["lr"] for group in opt.param_groups])
        assert w.record.loss[-1] == pytest.approx(loss.item())
        moved = np.linalg.norm(net.fc.weight.numpy() - old)
        assert w.record.step_norm("fc.weight")[-1] == pytest.approx(moved, rel=1e-6)
    w.end_epoch(accuracy=0.5)
    np.testing.assert_array_equal(w.record.lr, lrs)
    assert w.record.groups == ["front", "fc"]
    assert w.record.epochs == 2
    assert w.record.grad_sum_epoch["fc.weight"][0] == pytest.approx(sum(sums[:3]), abs=1e-5)
    assert w.record.grad_sum_last["fc.weight"][1] == pytest.approx(sums[3], abs=1e-6)
    np.testing.assert_array_equal(w.record.trajectory("fc.bias")[-1], net.fc.bias.numpy())


def test_a_record_is_saved_and_figures_draw_it(tmp_path: Any) -> None:
    from fineopt import figures

    net, opt, gm = start()
    w = fineopt.watch(net, opt)
    train(net, opt, gm, 5, w=w)
    w.end_epoch(accuracy=0.25)
    w.record.save(tmp_path / "run.npz")
    again = Record.load(tmp_path / "run.npz")
    np.testing.assert_array_equal(again.loss, w.record.loss)
    assert "png" in str(figures.loss(again)._repr_mimebundle_())


def test_an_lr_set_by_hand_and_a_frozen_group_hold_under_a_schedule() -> None:
    net, opt, gm = start("momentum")
    schedule = optim.MultiStepLR(opt, [1, 2], gamma=0.5)
    w = fineopt.watch(net, opt, [schedule])
    w.groups["fc"].lr = 0.3
    w.groups[0].frozen = True
    before = values(net)
    for step in range(3):
        train(net, opt, gm, 1, step)
        schedule.step()
    np.testing.assert_allclose(w.record.lr, [[0, 0.3]] * 3)
    assert np.array_equal(net.conv.weight.numpy(), before["conv.weight"])
    assert opt.param_groups[1]["lr"] == pytest.approx(0.005)
    w.groups["fc"].release()
    w.groups[0].frozen = False
    train(net, opt, gm, 1, 3)
    np.testing.assert_allclose(w.record.lr[-1][1], 0.005)
    w.groups["fc"].lr = 0.4
    w.detach()
    assert opt.param_groups[1]["lr"] == pytest.approx(0.005)


def test_without_a_schedule_the_lr_is_in_the_group() -> None:
    net, opt, _ = start()
    w = fineopt.watch(net, opt)
    w.groups["fc"].lr = 0.3
    assert opt.param_groups[1]["lr"] == 0.3
    with pytest.raises(KeyError, match="did you mean 'fc'"):
        w.groups["fcc"]
    with pytest.raises((TypeError, ValueError)):
        w.groups["fc"].lr = -1
    assert repr(w) == "Watch(front: learning rate 0.05, fc: learning rate 0.3)"


def test_frozen_by_name_nothing_moves_them_until_they_are_unfrozen() -> None:
    net, opt, gm = start("momentum")
    w = fineopt.watch(net, opt)
    train(net, opt, gm, 2)
    before = values(net)
    assert w.freeze("conv.*") == ["conv.bias", "conv.weight"]
    train(net, opt, gm, 2, 2)
    assert np.array_equal(net.conv.weight.numpy(), before["conv.weight"])
    assert not np.array_equal(net.fc.weight.numpy(), before["fc.weight"])
    w.unfreeze("conv.*")
    train(net, opt, gm, 1, 4)
    assert not np.array_equal(net.conv.weight.numpy(), before["conv.weight"])
    with pytest.raises(KeyError, match="no parameter's name matches"):
        w.freeze("convolution")


@pytest.mark.parametrize("rule", ["momentum", "Adam"])
def test_a_snapshot_rewinds_to_the_bit(rule: str) -> None:
    net, opt, gm = start(rule)
    schedule = optim.MultiStepLR(opt, [2], gamma=0.5)
    w = fineopt.watch(net, opt, [schedule])
    train(net, opt, gm, 2, w=w)
    w.groups["fc"].lr = 0.1
    kept = w.snapshot()
    ends = []
    for _ in range(2):
        ends.append((train(net, opt, gm, 3, 2, w=w), values(net), schedule.current_epoch))
        w.freeze("fc.*")
        w.groups["fc"].lr = 0.7
        schedule.step()
        w.restore(kept)
        assert w.record.steps == 2
        assert w.groups["fc"].lr == 0.1
        assert w.frozen == set()
    assert ends[0][0] == ends[1][0]
    assert same(ends[0][1], ends[1][1])
    assert ends[0][2] == ends[1][2]
    assert "random number generator" in w.limits()[0]


def test_an_error_of_ours_never_stops_training() -> None:
    net, opt, gm = start()
    w = fineopt.watch(net, opt)
    w.record.add_sample = None
    with pytest.warns(RuntimeWarning, match="recording stopped"):
        train(net, opt, gm, 2, w=w)
    assert "TypeError" in str(w.error)
    train(net, opt, gm, 2)


@pytest.mark.parametrize("symbolic", [False, True])
def test_a_traced_step_trains_on_and_is_recorded_unless_it_is_symbolic(symbolic: bool) -> None:
    net, opt, gm = start("momentum")
    expected = train(net, opt, gm, 3)
    net, opt, gm = start("momentum")
    w = fineopt.watch(net, opt)

    @trace(symbolic=symbolic)
    def step(x: Any, y: Any) -> Any:
        with gm:
            loss = F.nn.cross_entropy(net(x), y)
            gm.backward(loss)
        opt.step().clear_grad()
        return loss

    losses = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # that recording stops
        for seed in range(3):
            chance = np.random.RandomState(seed)
            x = megengine.Tensor(chance.normal(size=(6, 1, 8, 8)).astype("float32"))
            y = megengine.Tensor(chance.randint(4, size=6).astype("int32"))
            losses.append(step(x, y).item())
    np.testing.assert_allclose(losses, expected, rtol=1e-6)
    assert w.record.steps == (0 if symbolic else 3)
    assert (w.error is not None) == symbolic


def test_another_wrapper_around_the_step_is_kept() -> None:
    net, opt, gm = start()
    calls = []
    w = fineopt.watch(net, opt)
    inner = opt.step

    def step() -> Any:
        calls.append(1)
        return inner()

    opt.step = step
    train(net, opt, gm, 1)
    w.detach()
    train(net, opt, gm, 1)
    assert opt.step is step
    assert (len(calls), w.record.steps) == (2, 1)


def test_a_step_that_fails_is_no_step() -> None:
    net, opt, _ = start()
    fails = copy.copy(opt)
    fails._updates = None
    w = fineopt.watch(net, fails)
    with pytest.raises(TypeError):
        fails.step()
    set_convert_inputs(True)  # MegEngine's step has switched it off, and leaves it so if it raises
    assert w.record.steps == 0


def test_a_replaced_layer_is_noticed() -> None:
    net, opt, gm = start()
    w = fineopt.watch(net, opt)
    net.fc = M.Linear(108, 4)
    with pytest.warns(ParameterWarning, match=r"fc\.bias, fc\.weight of the model were"):
        train(net, opt, gm, 1)
    assert len(w.notices) == 1


def test_a_group_added_later_has_a_row() -> None:
    net, opt, gm = start()
    opt = optim.SGD(list(net.fc.parameters()), lr=0.1)
    w = fineopt.watch(net, opt)
    train(net, opt, gm, 1)
    opt.add_param_group({"params": list(net.conv.parameters()), "lr": 0.2, "name": "conv"})
    train(net, opt, gm, 1)
    assert w.record.groups == ["group 0", "conv"]
    assert w.record.parameters["conv.weight"] == 1
    assert w.groups["conv"].lr == 0.2


def test_watching_twice_and_bad_input() -> None:
    net, opt, _ = start()
    w = fineopt.watch(net, opt)
    assert fineopt.watch(net, opt) is w
    with pytest.raises(ValueError, match="none of the network's parameters"):
        fineopt.watch(Net(), opt)
    other, both, _ = start()
    with pytest.raises(ValueError, match="is watched already"):
        fineopt.watch(net, [opt, both])
    with pytest.raises(TypeError, match="is the class SGD"):
        fineopt.watch(other, optim.SGD)
    with pytest.raises(TypeError, match="Optimizer, not a str"):
        fineopt.watch(other, ["SGD"])
    with pytest.raises(ValueError, match="given twice"):
        fineopt.watch(other, [both, both])
    with pytest.raises(ValueError, match="every"):
        fineopt.watch(other, both, every=0)
    assert "step" not in vars(both)
    w.detach()
    w.detach()


def test_the_panel_shows_the_groups_and_follows_steps() -> None:
    net, opt, gm = start()
    w = fineopt.watch(net, opt)
    panel = w.panel()
    assert w.panel() is panel
    train(net, opt, gm, 3, w=w)
    panel.refresh()
    assert "3 steps" in panel.status.value
    assert "MegEngine" not in str(w.error)
    assert "image/png" in str(w._repr_mimebundle_())
