"""What is set by hand holds under every schedule until it is released."""

from __future__ import annotations

from typing import Any

import pytest

import fineopt
from tests.watching.small import loss_of, make_groups, make_model, torch, train
from tests.watching.test_unchanged import SCHEDULES


def moved(kind: str, value: float, steps: int = 10) -> tuple[Any, Any, Any]:
    """Train by SGD, with the head's lr set by hand after 2 steps; return the head's moves."""
    model = make_model()
    optimizer = torch.optim.SGD(make_groups(model), lr=0.05)
    scheduler = SCHEDULES[kind](optimizer)
    w = fineopt.watch(model, optimizer, [scheduler] if scheduler else ())
    ratios = []
    for i in range(steps):
        if i == 2:
            w.groups["head"].lr = value
        optimizer.zero_grad()
        loss_of(model).backward()
        before = model[4].weight.detach().clone()
        optimizer.step()
        step, grad = before - model[4].weight.detach(), model[4].weight.grad
        ratios.append(float((step * grad).sum() / (grad * grad).sum()))
        if scheduler is not None:
            scheduler.step(*([1.0] if kind == "Plateau" else []))
    return w, optimizer, ratios


@pytest.mark.parametrize("value", [3e-4, 0.0])
@pytest.mark.parametrize("kind", SCHEDULES)
def test_an_lr_set_by_hand_holds(kind: str, value: float) -> None:
    w, _, ratios = moved(kind, value)
    assert ratios[2:] == pytest.approx([value] * 8, abs=1e-7)
    assert w.record.lr[2:, 1].tolist() == [value] * 8
    assert w.groups["head"].lr == value
    assert w.groups["head"].frozen == (value == 0)


@pytest.mark.parametrize("kind", [k for k in SCHEDULES if k != "none"])
def test_a_released_group_is_where_its_schedule_is(kind: str) -> None:
    w, optimizer, _ = moved(kind, 0.0)
    w.groups["head"].release()
    body, head = optimizer.param_groups
    assert head["lr"] == body["lr"]
    assert w.groups["head"].lr == body["lr"]


def test_freeze_and_unfreeze_remember_the_lr() -> None:
    w, optimizer, _ = moved("none", 0.02)
    w.groups["head"].frozen = True
    assert optimizer.param_groups[1]["lr"] == 0
    w.groups["head"].frozen = False
    assert optimizer.param_groups[1]["lr"] == 0.02


def test_a_tensor_lr_is_filled_not_rebound() -> None:
    model = make_model()
    lr = torch.tensor(0.05)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, foreach=False)
    w = fineopt.watch(model, optimizer)
    held = optimizer.param_groups[0]["lr"]
    w.groups[0].lr = 0.25
    train(model, optimizer, 1)
    assert optimizer.param_groups[0]["lr"] is held
    assert float(held) == 0.25
    assert w.record.lr.tolist() == [[0.25]]


def test_a_tensor_shared_by_two_groups_is_detected() -> None:
    model = make_model()
    lr = torch.tensor(0.05)
    optimizer = torch.optim.SGD(make_groups(model), lr=lr, foreach=False)
    w = fineopt.watch(model, optimizer)
    w.groups["head"].lr = 0.25
    assert [float(g["lr"]) for g in optimizer.param_groups] == pytest.approx([0.05, 0.25])


def test_after_load_state_dict_the_live_groups_are_steered() -> None:
    model = make_model()
    optimizer = torch.optim.Adam(make_groups(model), lr=0.01)
    w = fineopt.watch(model, optimizer)
    group = w.groups["head"]
    train(model, optimizer, 1)
    optimizer.load_state_dict(optimizer.state_dict())
    group.lr = 0.5
    assert optimizer.param_groups[1]["lr"] == 0.5
    assert list(w.groups) == ["body", "head"]
    train(model, optimizer, 1)
    assert w.record.lr[-1].tolist() == [0.01, 0.5]


def test_after_add_param_group() -> None:
    model = make_model()
    groups = make_groups(model)
    optimizer = torch.optim.Adam(groups[:1], lr=0.01)
    w = fineopt.watch(model, optimizer)
    train(model, optimizer, 2)
    optimizer.add_param_group({**groups[1], "lr": 0.2, "params": list(model[4].parameters())})
    w.groups["head"].lr = 0.3
    train(model, optimizer, 2)
    assert w.error is None
    assert w.record.groups[1] == "head"
    assert w.record.lr[-1].tolist() == [0.01, 0.3]
    assert w.record.parameters["4.weight"] == 1


def test_names_are_frozen_and_unfrozen() -> None:
    model = make_model()
    optimizer = torch.optim.AdamW(make_groups(model), lr=0.01)
    w = fineopt.watch(model, optimizer)
    train(model, optimizer, 2)
    assert w.freeze("4.*") == ["4.weight", "4.bias"]
    before = model[4].weight.detach().clone()
    train(model, optimizer, 3)
    assert torch.equal(before, model[4].weight)
    w.unfreeze("4.*", lr=1e-5)
    train(model, optimizer, 1)
    assert not torch.equal(before, model[4].weight)
    assert w.groups["head"].lr == 1e-5
    with pytest.raises(KeyError, match="no parameter's name matches"):
        w.freeze("5.*")


def test_frozen_between_forward_and_backward() -> None:
    model = make_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, weight_decay=0.1)
    w = fineopt.watch(model, optimizer)
    loss = loss_of(model)
    w.freeze("0.*")
    before = model[0].weight.detach().clone()
    loss.backward()
    optimizer.step()
    assert torch.equal(before, model[0].weight)


def test_part_of_a_group_gets_a_group_of_its_own() -> None:
    model = make_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    w = fineopt.watch(model, optimizer)
    train(model, optimizer, 2)
    w.freeze("4.*")
    w.unfreeze("4.*", lr=1e-3)
    assert [len(g["params"]) for g in optimizer.param_groups] == [4, 2]
    train(model, optimizer, 1)
    assert w.record.lr[-1].tolist() == [0.1, 1e-3]
    assert w.error is None


@pytest.mark.parametrize("wrong", [-1.0, float("nan"), "fast", True])
def test_a_bad_lr_is_refused(wrong: Any) -> None:
    model = make_model()
    w = fineopt.watch(model, torch.optim.SGD(model.parameters(), lr=0.1))
    with pytest.raises((TypeError, ValueError), match="lr must be"):
        w.groups[0].lr = wrong
    assert w.groups[0].lr == 0.1
    with pytest.raises(KeyError, match="no group is called"):
        w.groups["haed"]
