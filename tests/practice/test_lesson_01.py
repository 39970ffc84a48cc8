"""Exercises of lesson 01: correct and wrong answers, and answers of wrong types."""

from __future__ import annotations

from typing import Any

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


ANSWERS = [
    ("default_lr", 0.2, "Right"),
    ("default_lr", 0.05, "it is different here"),
    ("default_lr", 0.01, "the fc group's own lr"),
    ("default_lr", "0.2", "expected a number"),
    ("default_lr", ..., "Not answered yet"),
    ("default_lr", None, "Not answered yet"),
    ("step_ratio", 5, "Right"),
    ("step_ratio", 0.05 / 0.01, "Right"),
    ("step_ratio", 0.2, "invert it"),
    ("step_ratio", 1, "lr times the gradient"),
    ("step_ratio", True, "expected a number"),
    ("classifier_apart", three_groups(), "Right"),
    ("classifier_apart", three_groups(fc_lr=0.1), "has lr 0.1, expected 0.01"),
    ("classifier_apart", three_groups(drop="fc1.bias"), "fc1.bias is in no param group"),
    ("classifier_apart", three_groups(merge=True), "there are 4 groups, not 3"),
    ("classifier_apart", lambda net: ..., "Not answered yet"),
    ("classifier_apart", lambda net: None, "returned None"),
    ("classifier_apart", lambda net: [{"parms": []}], "'params'"),
    ("classifier_apart", lambda: [], "raised"),
    ("classifier_apart", 3, "expected a function"),
]

test_answers = answers_test(lesson_01, ANSWERS)
test_solutions = solutions_test(lesson_01)
