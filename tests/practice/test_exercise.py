"""What all exercises share: numbers, errors of an answer, hints, progress and languages."""

from __future__ import annotations

import re
import types
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fineopt import Tensor, practice
from fineopt.practice import Exercise, OpenTask
from fineopt.practice.judging.judges import number
from fineopt.practice.judging.mistakes import describe_error
from fineopt.practice.progress import exercises_of
from tests.lessons.notebooks import LESSONS, code_cells, paths, read, texts

MODULES = [getattr(practice, f"lesson_0{i}") for i in range(7)]
ALL = [
    pytest.param(exercise, id=name)
    for module in MODULES
    for name, exercise in exercises_of(module.__name__).items()
]
NUMBERS = re.compile(r"(?<![\w.])[-−]?\d[\d,]*\.?\d*(?:e[-+]?\d+)?")


def exercise_of(judge: Callable[[Any], str | None]) -> Exercise:
    return Exercise(judge, asks="?", hint="!", solution="0", why="Because.")


@pytest.mark.parametrize(
    "five",
    [
        5, 5.0, np.int64(5), np.float32(5), np.float64(5), np.uint8(5), np.array(5), np.array(5.0),
        np.array([5]), np.array([[5.0]]), Fraction(10, 2), Decimal("5.0"), Tensor(5.0),
        Tensor([5.0]),
    ],
    ids=repr,
)  # fmt: skip
def test_numbers_of_every_kind_are_accepted(five: Any) -> None:
    judge = number(5, "five", slips={6: "One less."})
    assert judge(five) is None
    assert judge(five + 1) == "6 is not five. One less."


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, np.longdouble, Tensor, float])
@pytest.mark.parametrize("right", [5.42, 0.012, -0.85])
def test_a_number_is_compared_in_its_own_precision(kind: Any, right: float) -> None:
    judge = number(right, "right", slips={2 * right: "Twice."})
    assert judge(kind(right)) is None
    assert str(judge(kind(2 * right))).endswith("Twice.")
    assert judge(kind(1.01 * right)) is not None
    assert judge(right + 1e-4) is not None


def test_a_number_of_torch_is_accepted() -> None:
    torch = pytest.importorskip("torch")
    judge = number(5, "five")
    assert judge(torch.tensor(5)) is judge(torch.tensor([5.0])) is None
    assert number(5.42, "it")(torch.tensor(5.42, requires_grad=True)) is None
    assert judge(torch.tensor(True)) == "expected a number, got tensor(True)."


@pytest.mark.parametrize(
    "other",
    [
        True, np.bool_(True), "5", b"5", 5j, np.complex64(5), [5], (5,), {5}, np.array([5, 5]),
        np.array([]), np.array("5"), Tensor([5.0, 5.0]), object, print, np.datetime64("2020-01-01"),
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_not_a_number_is_named(other: Any) -> None:
    wrong = number(5, "five")(other)
    assert wrong is not None
    assert wrong.startswith("expected a number, got ")
    assert len(wrong) < 200


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (float("nan"), "nan is not five."),
        (float("inf"), "inf is not five."),
        (10**400, "inf is not five."),
        (-(10**400), "-inf is not five."),
        (Decimal("NaN"), "nan is not five."),
    ],
)
def test_numbers_that_are_no_answer(value: Any, says: str) -> None:
    assert number(5, "five")(value) == says


# --- errors of an answer -----------------------------------------------------------------------


def misspelt() -> Any:
    return undefined_name  # type: ignore[name-defined] # noqa: F821


def late() -> Any:
    print(value)  # noqa: F821
    value = 1
    return value


def no_attribute() -> Any:
    return np.zeros(3).gradient  # type: ignore[attr-defined]


def divides() -> float:
    return 1 / 0


def forever() -> Any:
    return forever()


def asserts() -> None:
    raise AssertionError


def leaves() -> None:
    raise SystemExit(1)


def refused() -> Any:
    from fineopt import optimizer as optim

    return optim.SGD([{"params": [], "lrr": 3}], lr=0.1)


@pytest.mark.parametrize(
    ("answer", "kind", "code", "meaning"),
    [
        (
            misspelt,
            "NameError",
            "return undefined_name",
            "it is misspelt, or an import is missing.",
        ),
        (late, "UnboundLocalError", "print(value)", "so it has no value yet."),
        (no_attribute, "AttributeError", "return np.zeros(3).gradient", "Is it the object"),
        (divides, "ZeroDivisionError: division by zero.", "return 1 / 0", "divided by 0."),
        (lambda: {}["lr"], "KeyError: 'lr'.", '{}["lr"]', "no such key."),
        (lambda: [][0], "IndexError", "[][0]", "fewer items"),
        (lambda: 1 + "1", "TypeError", '1 + "1"', "a type that cannot be used here"),  # type: ignore
        (lambda: int("x"), "ValueError", 'int("x")', "the right type"),
        (lambda: next(iter([])), "StopIteration.", "next(iter([]))", "used only once."),
        (forever, "RecursionError", "return forever()", "calls itself"),
        (asserts, "AssertionError.", "raise AssertionError", "asserts"),
        (leaves, "SystemExit: 1.", "raise SystemExit(1)", "remove exit()."),
    ],
)
def test_an_error_has_its_type_its_line_and_its_meaning(
    answer: Callable[[], Any],
    kind: str,
    code: str,
    meaning: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    exercise = exercise_of(lambda answer: answer())
    exercise.check(answer)
    printed = capsys.readouterr().out
    line = re.search(r"line (\d+), `(.*)`, raises (\w+)", printed)
    assert line is not None, printed
    assert code in line[2]
    source = Path(__file__).read_text(encoding="utf-8").splitlines()
    assert code in source[int(line[1]) - 1]
    assert kind in printed
    assert meaning in printed
    assert not exercise.solved


def test_an_error_of_fineopt_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    exercise_of(lambda answer: answer()).check(refused)
    printed = capsys.readouterr().out
    assert "line" in printed and "return optim.SGD(" in printed
    assert "The dict has no such key" not in printed


def test_a_call_with_other_arguments_has_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    practice.lesson_00.by_hand.check(divides)
    printed = capsys.readouterr().out
    assert "checking this answer raises TypeError" in printed
    assert "too many or too few arguments" in printed


def test_an_interrupt_is_not_caught() -> None:
    def interrupted(answer: Any) -> str | None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        exercise_of(interrupted).check(1)


def test_an_error_without_source_still_has_its_line() -> None:
    names: dict[str, Any] = {}
    exec(compile("def answer():\n    return 1 / 0", "<a cell>", "exec"), names)
    try:
        names["answer"]()
    except ZeroDivisionError as error:
        own = error.with_traceback(error.__traceback__ and error.__traceback__.tb_next)
        assert describe_error(own).startswith("line 2 raises ZeroDivisionError: division by zero.")


# --- what an exercise says ---------------------------------------------------------------------


@pytest.mark.parametrize("exercise", ALL)
def test_it_says_what_it_asks(exercise: Exercise) -> None:
    exercise.solved = False
    assert repr(exercise) == f"Exercise: {exercise.question} (not solved yet)"
    assert len(exercise.question) > 20


@pytest.mark.parametrize("exercise", ALL)
def test_it_cannot_be_solved_by_its_hint(
    exercise: Exercise, capsys: pytest.CaptureFixture[str]
) -> None:
    exercise.hint()
    hint = capsys.readouterr().out.removeprefix("Hint: ").strip()
    answers = [hint, *re.findall(r"`(.+?)`", hint), hint.split(), set(hint.split())]
    for answer in [*answers, *numbers_in(hint)]:
        if not isinstance(exercise, OpenTask) or not isinstance(answer, float):
            exercise.check(answer)
            assert not exercise.solved, answer
    code = [line.strip() for line in exercise.solution_code.splitlines()]
    shown = [line for line in code if len(line) > 12 and line in hint]
    assert not shown, shown


@pytest.mark.parametrize("exercise", ALL)
def test_it_cannot_be_solved_by_printing(
    exercise: Exercise, capsys: pytest.CaptureFixture[str]
) -> None:
    for answer in (None, ..., print, lambda *_: print(exercise.solution_code), exercise):
        exercise.check(answer)
        assert not exercise.solved, answer


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__[-9:])
def test_no_number_that_a_lesson_prints_solves_an_exercise(
    module: types.ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    (path,) = [path for path in paths("en") if path.name.startswith(module.__name__[-2:])]
    printed = set(numbers_in("\n".join(texts(read(path))[:-1])))
    assert len(printed) > 10
    for name, exercise in exercises_of(module.__name__).items():
        for value in printed if not isinstance(exercise, OpenTask) else ():
            exercise.check(value)
            assert not exercise.solved, (name, value)


def numbers_in(text: str) -> list[float]:
    found = NUMBERS.findall(text)
    return [float(each.replace(",", "").replace("−", "-").rstrip(".")) for each in found]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__[-9:])
def test_each_goal_of_a_lesson_has_an_exercise_and_there_is_an_open_task(
    module: types.ModuleType,
) -> None:
    (path,) = [path for path in paths("en") if path.name.startswith(module.__name__[-2:])]
    goals = read(path).cells[0].source.split("**You will be able to**")[1].split("**Takes**")[0]
    exercises = exercises_of(module.__name__)
    count = goals.count("\n- ")
    assert {exercise.goal for exercise in exercises.values()} - {0} == set(range(1, count + 1))
    assert [type(exercise) for exercise in exercises.values()].count(OpenTask) == 1
    assert isinstance([*exercises.values()][-1], OpenTask)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__[-9:])
def test_a_lesson_has_a_cell_for_each_exercise_and_ends_with_progress(
    module: types.ModuleType,
) -> None:
    (path,) = [path for path in paths("en") if path.name.startswith(module.__name__[-2:])]
    cells = [cell.source for cell in code_cells(read(path))]
    for name in exercises_of(module.__name__):
        (cell,) = [source for source in cells if f"practice.{name}.check(" in source]
        assert cell.endswith(f"# practice.{name}.hint()\n# practice.{name}.solution()")
    checks = [source for source in cells if ".check(" in source]
    order = [re.search(r"practice\.(\w+)\.check", source)[1] for source in checks]  # type: ignore[index]
    assert order == list(exercises_of(module.__name__))
    assert cells[-1] == "practice.progress()"


def test_progress_tells_what_is_solved_and_what_is_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    exercises = exercises_of("fineopt.practice.lesson_01")
    for exercise in exercises.values():
        monkeypatch.setattr(exercise, "solved", False)
    monkeypatch.setattr(exercises["default_lr"], "solved", True)
    practice.lesson_01.progress()
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "1 of 6 exercises are solved."
    assert [line[:3] for line in printed[1:7]] == ["[ ]", "[x]", "[ ]", "[ ]", "[ ]", "[ ]"]
    assert printed[7].startswith("Left: classifier_apart, lr_of, ")
    for exercise in exercises.values():
        monkeypatch.setattr(exercise, "solved", True)
    practice.lesson_01.progress()
    assert capsys.readouterr().out.endswith("All are solved.\n")


def test_the_best_score_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    task = OpenTask(float, beat=0.5, asks="?", hint="!", solution="1", why="So.")
    for answer, solved, best in ((0.4, False, 0.4), (0.9, True, 0.9), (0.6, True, 0.9)):
        task.check(answer)
        assert (task.solved, task.best) == (solved, best)
    assert "your best is 90.0%" in capsys.readouterr().out


# --- Chinese -----------------------------------------------------------------------------------


@pytest.mark.parametrize("exercise", ALL)
def test_it_speaks_chinese_in_a_chinese_lesson(
    exercise: Exercise, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(LESSONS / "zh")
    exercise.check(...)
    exercise.hint()
    exercise.check("no answer")
    exercise.check(lambda: None)
    print(exercise)
    for line in capsys.readouterr().out.splitlines():
        assert re.search("[\u4e00-\u9fff]", line), line
        assert "hint() may help" not in line


def test_an_error_is_explained_in_chinese(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FINEOPT_LANG", "zh")
    exercise_of(lambda answer: answer()).check(divides)
    printed = capsys.readouterr().out
    assert "`return 1 / 0` 引发了 ZeroDivisionError: division by zero." in printed
    assert "有什么被 0 除了。" in printed


def test_an_error_without_a_message_of_its_own_is_described() -> None:
    class Speechless(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    assert "raises Speechless." in describe_error(Speechless())
