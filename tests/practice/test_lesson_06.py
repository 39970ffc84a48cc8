"""Exercises of lesson 06: correct answers, the broken functions of the lesson, and others."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell
from torch import nn

from fineopt.practice import lesson_06
from fineopt.practice.lesson_06.network import NeedsTorch, train_step
from tests.practice.checks import answers_test, solutions_test


def adapt(
    *, first: str = "head", outputs: int = 4, keep: bool = False, change: bool = False
) -> Callable[[Any], Any]:
    def answer(net: Any) -> Any:
        old = list(net.parameters())
        if not keep:
            net.head = nn.Linear(8, outputs)
        if change:
            net.backbone.second.bias.data += 1
        parameters = {
            "head": list(net.parameters()),
            "optimizer": old,
            "both": [*old, *net.head.parameters()],
            "backbone": list(net.backbone.parameters()),
        }
        return torch.optim.SGD(parameters[first], lr=0.1)

    return answer


def freeze(how: str) -> Callable[[Any], None]:
    def answer(net: Any) -> None:
        for name, p in net.named_parameters():
            if name.startswith("backbone") or how == "everything":
                p.requires_grad_(False)
                if how != "flag":
                    p.grad = None
        if how == "zero":
            for p in net.backbone.parameters():
                p.data *= 0

    return answer


def train(
    *, backbone: bool = False, head: bool = True, steps: int = 4, step: bool = True
) -> Callable[[Any, Any, Any], None]:
    def answer(net: Any, optimizer: Any, batches: Any) -> None:
        net.train()
        net.backbone.train(backbone)
        net.head.train(head)
        for data, label in batches[:steps]:
            if step:
                train_step(net, optimizer, (data, label))
            else:
                net(data)

    return answer


def groups(head: float = 0.1, rest: float = 0.001, part: str = "") -> Callable[[Any], Any]:
    def build(net: Any) -> Any:
        others = [p for n, p in net.named_parameters() if "head" not in n and part in n]
        last = [p for n, p in net.named_parameters() if "head" in n]
        return torch.optim.SGD([{"params": others}, {"params": last, "lr": head}], lr=rest)

    return build


def two_optimizers(net: Any) -> list[Any]:
    trunk = [p for n, p in net.named_parameters() if "classifer" not in n]
    return [torch.optim.SGD(trunk, 0.03), torch.optim.SGD(net.classifer.parameters(), 0.7)]


def changed(net: Any) -> Any:
    net.fc1.bias.data += 1
    return torch.optim.SGD(net.parameters(), lr=0.1)


ANSWERS = [
    ("new_head", adapt(), "Right"),
    ("new_head", adapt(first="optimizer"), "head.weight is in no param group"),
    ("new_head", adapt(first="backbone"), "head.weight is in no param group"),
    ("new_head", adapt(first="both"), "2 parameters that the network no longer has"),
    ("new_head", adapt(outputs=3), "a new layer with 4 outputs"),
    ("new_head", adapt(keep=True), "a new layer with 4 outputs"),
    ("new_head", adapt(change=True), "changed the backbone"),
    ("new_head", lambda net: None, "should return an optimizer of PyTorch"),
    ("new_head", lambda net: ..., "Not answered yet"),
    ("new_head", 4, "expected a function"),
    ("frozen_for_good", freeze("both"), "Right"),
    ("frozen_for_good", freeze("flag"), "with momentum 0.9, backbone.first.weight still moves"),
    ("frozen_for_good", freeze("zero"), "freezing changed backbone.first.weight"),
    ("frozen_for_good", freeze("everything"), "raises"),
    ("frozen_for_good", lambda net: None, "still moves after it is frozen"),
    ("frozen_for_good", lambda: None, "raises"),
    ("norm_at_rest", train(), "Right"),
    ("norm_at_rest", train(backbone=True), "backbone.norm.running_mean changed"),
    ("norm_at_rest", train(head=False), "in training mode"),
    ("norm_at_rest", train(steps=3), "each of 4 mini-batches"),
    ("norm_at_rest", train(step=False), "each of 4 mini-batches"),
    ("norm_at_rest", "eval", "expected a function"),
    ("head_faster", groups(), "Right"),
    ("head_faster", groups(head=0.01), "head.weight has lr 0.01, expected 0.1"),
    ("head_faster", groups(rest=0.1), "backbone.first.weight has lr 0.1, expected 0.001"),
    ("head_faster", groups(part="norm"), "backbone.first.weight is in no param group"),
    ("head_faster", lambda net: net, "should return an optimizer of PyTorch"),
    ("head_faster", lambda net: ..., "Not answered yet"),
    ("which_rate", 0.06, "Right"),
    ("which_rate", torch.tensor(0.06, dtype=torch.float64), "Right"),
    ("which_rate", 0.3, "w.groups[0].lr"),
    ("which_rate", 0.15, "ExponentialLR"),
    ("which_rate", 0.12, "in epoch 2"),
    ("which_rate", ..., "Not answered yet"),
    ("steps_recorded", 50, "Right"),
    ("steps_recorded", 40, "second optimizer's steps count too"),
    ("steps_recorded", 80, "does not step at each"),
    ("steps_recorded", 10, "first optimizer's"),
    ("steps_recorded", "50", "expected a number"),
    ("fine_tuned", two_optimizers, "Right"),
    ("fine_tuned", lambda net: torch.optim.SGD(net.parameters(), lr=0.05), "the score to beat"),
    ("fine_tuned", changed, "the function changed the network"),
    ("fine_tuned", lambda net: [], "or a list of them, but returned []"),
    ("fine_tuned", lambda net: 0.1, "or a list of them, but returned 0.1"),
    ("fine_tuned", lambda net: ..., "Not answered yet"),
]

test_answers = answers_test(lesson_06, ANSWERS)
test_solutions = solutions_test(lesson_06)


def test_checking_leaves_pytorch_s_random_numbers_and_threads_as_they_are() -> None:
    torch.manual_seed(3)
    expected, threads = torch.rand(4), torch.get_num_threads()
    torch.manual_seed(3)
    lesson_06.fine_tuned.check(two_optimizers)
    lesson_06.norm_at_rest.check(train())
    assert torch.equal(torch.rand(4), expected)
    assert torch.get_num_threads() == threads


def test_the_network_is_the_same_on_each_call_and_trained() -> None:
    first, second = lesson_06.pretrained(), lesson_06.pretrained()
    for one, other in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(one, other)
        assert one.grad is None
    data, label = lesson_06.batch(7, kinds=3)
    assert (first.eval()(data).argmax(1) == label).double().mean() > 0.8


@pytest.mark.parametrize(("language", "words"), [("en", "needs PyTorch"), ("zh", "需要 PyTorch")])
def test_it_says_so_where_pytorch_is_missing(
    language: str, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lesson_06.require_torch()
    monkeypatch.setenv("FINEOPT_LANG", language)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(NeedsTorch, match=words):
        lesson_06.require_torch()
    shell = InteractiveShell()
    shell.run_cell("from fineopt.practice import lesson_06 as practice\npractice.require_torch()")
    shown = capsys.readouterr().out
    assert words in shown
    assert "pip install 'fineopt[torch]'" in shown
    assert "Traceback" not in shown
