"""Exercises of lesson 05: correct answers, the broken functions of the lesson, and others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from fineopt import optimizer as optim
from fineopt import random
from fineopt.autodiff import GradManager
from fineopt.practice import lesson_05
from fineopt.practice.small import batch, fresh
from fineopt.training import train_func
from tests.practice.checks import answers_test, solutions_test


def groups(*, rest: str = "not back", back_lr: float = 0.01) -> Callable[..., Any]:
    def build(net: Any) -> Any:
        named = list(net.named_parameters())
        first = [p for n, p in named if ("front" in n if rest == "front" else "back" not in n)]
        back = [p for n, p in named if "back" in n]
        return [{"params": first}, {"params": back, "lr": back_lr}]

    return build


def step(*, clear: str = "optimizer", times: int = 1, move: bool = True) -> Callable[..., Any]:
    def train_step(net: Any, optimizer: Any, gm: Any, batch: Any) -> None:
        if clear == "optimizer":
            optimizer.clear_grad()
        if clear == "attached":
            for param in gm.attached_tensors():
                param.grad = None
        for _ in range(times):
            train_func(*batch, net, gm)
        if move:
            optimizer.step()

    return train_step


def clears_after(net: Any, optimizer: Any, gm: Any, batch: Any) -> None:
    train_func(*batch, net, gm)
    optimizer.step()
    optimizer.clear_grad()


def first_group(optimizer: Any) -> None:
    optimizer.param_groups[0]["lr"] *= 0.5


def one_for_all(optimizer: Any) -> None:
    for group in optimizer.param_groups:
        group["lr"] = 0.2


def stops_short(optimizer: Any, base_lrs: Any, factor: float) -> None:
    for group, base_lr in zip(optimizer.param_groups, base_lrs, strict=False):
        group["lr"] = base_lr * factor


def compounds(optimizer: Any, base_lrs: Any, factor: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] *= factor


def lr(value: float) -> Callable[..., None]:
    def write(optimizer: Any, gm: Any, front: Any) -> None:
        optimizer.param_groups[0]["lr"] = value

    return write


def detach(optimizer: Any, gm: Any, front: Any) -> None:
    gm.detach(front)


def attach(optimizer: Any, gm: Any, front: Any) -> None:
    gm.attach(front)


def nothing(*_: Any) -> None:
    pass


def save_list(optimizer: Any) -> Any:
    return [p.numpy() for p in optimizer.parameters()]


def load_list(optimizer: Any, saved: Any) -> None:
    for param, value in zip(optimizer.parameters(), saved, strict=True):
        param[...] = value


def save_names(optimizer: Any) -> Any:
    return {p.name: p.numpy() for p in optimizer.parameters()}


def save_live(optimizer: Any) -> Any:
    return {p.name: p for p in optimizer.parameters()}


def load_names(optimizer: Any, saved: Any) -> None:
    for param in optimizer.parameters():
        param[...] = saved[param.name]


def head(
    *, attach: str = "head", norm: str = "freeze", hold: str = "head", pair: bool = True
) -> Callable[..., Any]:
    def only_head(net: Any) -> Any:
        attached = net.head.parameters() if attach == "head" else net.parameters()
        held = net.head.parameters() if hold == "head" else net.parameters()
        if norm == "freeze":
            net.norm.freeze = True
        if norm == "eval":
            net.norm.eval()
        optimizer = optim.SGD(held, lr=0.1)
        return (optimizer, GradManager().attach(attached)) if pair else optimizer

    return only_head


def still(net: Any) -> Any:
    net.norm.freeze = True
    return optim.SGD(net.head.parameters(), lr=0.0), GradManager().attach(net.head.parameters())


def still_after(differs: bool, take_step: bool = True) -> Callable[..., Any]:
    def what_stands_still(net: Any, optimizer: Any, gm: Any, batch: Any) -> Any:
        before = {name: p.numpy() for name, p in net.named_parameters()}
        if take_step:
            step()(net, optimizer, gm, batch)
        pairs = net.named_parameters()
        return [n for n, p in pairs if np.array_equal(p.numpy(), before[n]) is not differs]

    return what_stands_still


def train(lr: float = 0.5, clear: bool = True, attached: bool = True) -> Callable[..., Any]:
    def run(net: Any, batches: Any) -> None:
        optimizer = optim.SGD(net.parameters(), lr=lr)
        gm = GradManager().attach(net.parameters() if attached else net.front.parameters())
        for each in batches:
            step(clear="optimizer" if clear else "never")(net, optimizer, gm, each)

    return run


ANSWERS = [
    ("what_stands_still", still_after(False), "Right"),
    ("what_stands_still", still_after(True), "front.bias stands still, but is not reported"),
    ("what_stands_still", still_after(False, take_step=False), "no step was taken"),
    ("what_stands_still", lambda *_: None, "should return the names"),
    ("what_stands_still", lambda *_: ..., "Not answered yet"),
    ("what_stands_still", 3, "expected a function"),
    (
        "refused",
        {"a parameter in two groups", "a misspelt key", "an exhausted generator", "lr nan"},
        "Right",
    ),
    ("refused", {"a parameter in two groups"}, "look at 'a misspelt key' again"),
    ("refused", {"a layer in no group"}, "look at 'a parameter in two groups' again"),
    ("refused", {"lr 1"}, "is not among these"),
    ("rescue", train(lr=0.05), "the score to beat"),
    ("rescue", train(attached=False), "the score to beat"),
    ("rescue", lambda net, batches: None, "the network did not change"),
    ("rescue", lambda net: None, "raises TypeError"),
    ("all_in_groups", groups(), "Right"),
    ("all_in_groups", groups(rest="front"), "head.bias is in no param group"),
    ("all_in_groups", groups(back_lr=0.1), "back.bias has lr 0.1, expected 0.01"),
    (
        "all_in_groups",
        lambda net: [{"params": net.parameters(), "lr": 0.01}],
        "front.bias has lr 0.01, expected 0.1",
    ),
    ("all_in_groups", lambda net: [], "raises"),
    ("all_in_groups", lambda net: None, "raises"),
    ("all_in_groups", "head", "expected a function"),
    ("all_in_groups", ..., "Not answered yet"),
    ("a_step", step(), "Right"),
    ("a_step", clears_after, "Right"),
    ("a_step", step(clear="never"), "after three steps back.bias is not as expected"),
    ("a_step", step(times=2), "after three steps back.bias is not as expected"),
    ("a_step", step(move=False), "head.weight did not change"),
    ("a_step", nothing, "head.weight did not change"),
    ("a_step", lambda: None, "raises"),
    ("a_step", 3, "expected a function"),
    ("every_group", first_group, "the lr of back went from 0.2 to 0.2, expected 0.1"),
    ("every_group", one_for_all, "back went from 0.2 to 0.2"),
    ("every_group", nothing, "front went from 0.4 to 0.4"),
    ("every_group", lambda: None, "raises"),
    ("every_group", [0.2, 0.1, 0.05], "expected a function"),
    ("later_groups", stops_short, "in epoch 2, head has lr 0.1, expected 0.05"),
    ("later_groups", compounds, "in epoch 2, front has lr 0.15, expected 0.2"),
    ("later_groups", nothing, "in epoch 1, front has lr 0.4, expected 0.3"),
    ("later_groups", lambda optimizer: None, "raises"),
    ("later_groups", 1, "expected a function"),
    ("no_leap", (detach, attach), "Right"),
    ("no_leap", [detach, attach], "Right"),
    ("no_leap", (lr(0.0), lr(0.1)), "is 4.9 times lr × gradient"),
    ("no_leap", (detach, nothing), "front does not move after the thaw"),
    ("no_leap", (lr(0.0), lr(0.001)), "is 0.0 times lr × gradient"),
    ("no_leap", (nothing, nothing), "moves while it is frozen"),
    ("no_leap", (detach, attach, attach), "expected two functions, got 3"),
    ("no_leap", detach, "expected a tuple of two functions"),
    ("no_leap", (0.0, 0.1), "expected a tuple of two functions"),
    ("no_stale_gradient", step(), "Right"),
    ("no_stale_gradient", clears_after, "Right"),
    ("no_stale_gradient", step(clear="attached"), "front.bias still moves"),
    ("no_stale_gradient", step(clear="never"), "front.bias still moves"),
    ("no_stale_gradient", nothing, "neither does head.weight"),
    ("no_stale_gradient", lambda net: None, "raises"),
    ("no_stale_gradient", None, "Not answered yet"),
    ("by_name", (save_names, load_names), "Right"),
    ("by_name", (save_list, load_list), "back.weight has the values of front.weight"),
    ("by_name", (save_live, load_names), "was not restored"),
    ("by_name", (save_names, nothing), "was not restored"),
    ("by_name", (save_list, load_names), "raises"),
    ("by_name", save_names, "expected a tuple of two functions"),
    ("both_optimizers", lambda o: optim.ExponentialLR(o, gamma=0.5), "Right"),
    ("both_optimizers", lambda o: optim.StepLR(o, 1, 0.5), "Right"),
    ("both_optimizers", lambda o: optim.ExponentialLR(o.opts[0], gamma=0.5), "[0.05, 0.2]"),
    ("both_optimizers", lambda o: optim.ExponentialLR(o.opts[1], gamma=0.5), "[0.4, 0.025]"),
    ("both_optimizers", lambda o: o, "should return a schedule"),
    ("both_optimizers", lambda o: None, "should return a schedule"),
    ("both_optimizers", "opts", "expected a function"),
    ("head_alone", head(), "Right"),
    ("head_alone", head(attach="all"), "VJPs"),
    ("head_alone", head(norm=""), "norm.running_mean changed"),
    ("head_alone", head(norm="eval"), "norm.running_mean changed"),
    ("head_alone", head(attach="all", hold="all"), "front.bias changed"),
    ("head_alone", head(pair=False), "should return (optimizer, gm)"),
    ("head_alone", still, "head does not move"),
    ("head_alone", lambda net: None, "should return (optimizer, gm)"),
    ("head_alone", "head", "expected a function"),
]

test_answers = answers_test(lesson_05, ANSWERS)
test_solutions = solutions_test(lesson_05)


def test_the_network_and_data_are_reproducible_and_do_not_advance_the_generator() -> None:
    before = random.get_state()["position"]
    first, second = fresh().state_dict(), fresh().state_dict()
    assert all(np.array_equal(first[name], second[name]) for name in first)
    assert random.get_state()["position"] == before
    assert np.array_equal(batch(1)[0], batch(1)[0])
    assert not np.array_equal(batch(1)[0], batch(2)[0])
