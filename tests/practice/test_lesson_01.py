"""Exercises of lesson 01: correct and wrong answers, and answers of wrong types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fineopt.optimizer import SGD
from fineopt.practice import lesson_01
from tests.practice.checks import answers_test, solutions_test


def three_groups(fc_lr: float = 0.01, drop: str = "", merge: bool = False) -> Any:
    def build(net: Any) -> Any:
        lists: dict[str, list[Any]] = {"conv": [], "classifer": [], "fc": []}
        for name, param in net.named_parameters():
            if name != drop:
                kind = next((k for k in ("conv", "classifer") if k in name), "fc")
                lists[kind].append(param)
        groups = [
            {"params": lists["conv"]},
            {"params": lists["fc"], "lr": fc_lr},
            {"params": lists["classifer"], "lr": 0.001},
        ]
        if merge:
            first, second = lists["conv"][:1], lists["conv"][1:]
            groups = [{"params": first}, {"params": second}, *groups[1:]]
        return groups

    return build


def reads(found: Callable[[Any, Any], bool]) -> Callable[..., Any]:
    def read(optimizer: Any, param: Any) -> Any:
        return next((group["lr"] for group in optimizer.param_groups if found(group, param)), None)

    return read


def freeze(lr: float = 0.0, every: bool = False) -> Callable[..., Any]:
    def freezes(optimizer: Any, name: str) -> None:
        for group in optimizer.param_groups:
            if every or group["name"] == name:
                group["lr"] = lr

    return freezes


def trains_itself(net: Any) -> Any:
    net.fc1.bias[...] = 1
    return SGD(net.parameters(), lr=0.1)


ANSWERS = [
    ("default_lr", 0.15, "Right"),
    ("default_lr", 0.3, "before the last line"),
    ("default_lr", 0.05, "it is different here"),
    ("default_lr", 0.005, "the second group's rate"),
    ("default_lr", 0.01, "the second group's own rate"),
    ("default_lr", "0.15", "expected a number"),
    ("default_lr", ..., "Not answered yet"),
    ("default_lr", None, "Not answered yet"),
    ("lr_of", reads(lambda group, p: any(q is p for q in group["params"])), "Right"),
    ("lr_of", reads(lambda group, p: p is group["params"][0]), "expected a learning rate"),
    ("lr_of", reads(lambda group, p: True), "with lr 0.04 is said to have 0.4"),
    ("lr_of", lambda optimizer, p: optimizer.defaults, "raises AttributeError"),
    ("lr_of", lambda optimizer, p: "0.4", "expected a learning rate"),
    ("lr_of", 0.4, "expected a function"),
    ("after_a_step", 1.58, "Right"),
    ("after_a_step", 1.42, "Check the sign"),
    ("after_a_step", 5.5, "Multiply the gradient"),
    ("after_a_step", 0.08, "where does it end"),
    ("after_a_step", 1.7, "the optimizer's lr"),
    ("after_a_step", True, "expected a number"),
    ("freeze_by_name", freeze(), "Right"),
    ("freeze_by_name", freeze(lr=1e-3), "fc still moves"),
    ("freeze_by_name", freeze(every=True), "so does another group"),
    ("freeze_by_name", lambda optimizer, name: None, "fc still moves"),
    ("freeze_by_name", lambda optimizer: None, "raises TypeError"),
    ("freeze_by_name", "fc", "expected a function"),
    ("best_groups", lambda net: SGD(net.parameters(), lr=0.01), "the score to beat"),
    ("best_groups", lambda net: [{"params": net.parameters()}], "but returned list"),
    ("best_groups", trains_itself, "the function changed the network"),
    ("classifier_apart", three_groups(), "Right"),
    ("classifier_apart", three_groups(fc_lr=0.1), "has lr 0.1, expected 0.01"),
    ("classifier_apart", three_groups(drop="fc1.bias"), "fc1.bias is in no param group"),
    ("classifier_apart", three_groups(merge=True), "there are 4 groups, not 3"),
    ("classifier_apart", lambda net: ..., "Not answered yet"),
    ("classifier_apart", lambda net: None, "returned None"),
    ("classifier_apart", lambda net: [{"parms": []}], "'params'"),
    ("classifier_apart", lambda: [], "raises TypeError"),
    ("classifier_apart", 3, "expected a function"),
]

test_answers = answers_test(lesson_01, ANSWERS)
test_solutions = solutions_test(lesson_01)
