"""Exercises: right answers, several wrong ones, and junk."""

from __future__ import annotations

from typing import Any

import pytest

from fineopt.practice import Exercise, lesson_01


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
    (lesson_01.default_lr, 0.2, "Right"),
    (lesson_01.default_lr, 0.05, "here it is another"),
    (lesson_01.default_lr, 0.01, "fc group sets for itself"),
    (lesson_01.default_lr, "0.2", "a number is asked for"),
    (lesson_01.default_lr, ..., "Not answered yet"),
    (lesson_01.default_lr, None, "Not answered yet"),
    (lesson_01.step_ratio, 5, "Right"),
    (lesson_01.step_ratio, 0.05 / 0.01, "Right"),
    (lesson_01.step_ratio, 0.2, "turn it round"),
    (lesson_01.step_ratio, 1, "lr times gradient"),
    (lesson_01.step_ratio, True, "a number is asked for"),
    (lesson_01.classifier_apart, three_groups(), "Right"),
    (lesson_01.classifier_apart, three_groups(fc_lr=0.1), "has lr 0.1, and should have 0.01"),
    (lesson_01.classifier_apart, three_groups(drop="fc1.bias"), "fc1.bias is in no group"),
    (lesson_01.classifier_apart, three_groups(merge=True), "in 4 groups, not 3"),
    (lesson_01.classifier_apart, lambda net: ..., "Not answered yet"),
    (lesson_01.classifier_apart, lambda net: None, "returns nothing"),
    (lesson_01.classifier_apart, lambda net: [{"parms": []}], "'params'"),
    (lesson_01.classifier_apart, lambda: [], "can't be used"),
    (lesson_01.classifier_apart, 3, "a function"),
]


@pytest.mark.parametrize(("exercise", "answer", "says"), ANSWERS)
def test_check_tells_right_from_wrong_and_why(
    exercise: Exercise, answer: Any, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    exercise.check(answer)
    assert says in capsys.readouterr().out
    assert exercise.solved == (says == "Right")


@pytest.mark.parametrize(
    "exercise", [lesson_01.default_lr, lesson_01.step_ratio, lesson_01.classifier_apart]
)
def test_the_solution_is_right(exercise: Exercise, capsys: pytest.CaptureFixture[str]) -> None:
    exercise.hint()
    exercise.solution()
    shown = capsys.readouterr().out
    assert shown.startswith("Hint: ")
    code = exercise._solution
    names: dict[str, Any] = {}
    if code.startswith("def "):
        exec(code, names)
        exercise.check(names["three_groups"])
    else:
        exercise.check(eval(code))
    assert exercise.solved
