"""KeyboardInterrupt at each line of a run, of a reset, and of each optimizer's step."""

from __future__ import annotations

from typing import Any

import pytest

from fineopt.optimizer import SGD, Adadelta, Adagrad, Adam, AdamW, Lion, RMSprop
from tests.support.injection import (
    check_draws,
    check_goes_on,
    check_resets,
    check_whole,
    interrupted,
    make,
)

PAIRS: dict[str, Any] = {
    "SGD and Adam": (SGD, Adam),
    "RMSprop and AdamW": (RMSprop, AdamW),
    "Lion and Adagrad": (Lion, Adagrad),
    "Adadelta and SGD": (Adadelta, SGD),
}


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
@pytest.mark.parametrize("start", range(4))
def test_an_interrupted_run_continues_unaffected(pair: Any, start: int) -> None:
    losses, line, wrong = make(*pair).run(epochs=3).loss.copy(), start + 1, []
    step = 4 if pair == (SGD, Adam) else 4 * 7
    while True:
        trainer = make(*pair)
        where = interrupted(line, lambda: trainer.run(2))  # noqa: B023
        if not where:
            break
        try:
            check_whole(trainer)
            if line % 400 < step:
                check_draws(trainer)
            check_goes_on(trainer, losses, 3)
        except Exception as error:
            wrong.append(f"{where}: {type(error).__name__}: {str(error)[:200]}")
        line += step
    print(f"{line // step} interrupts, {len(wrong)} of them wrong")
    assert not wrong, "\n".join(wrong)


def test_an_interrupted_reset_is_complete_or_finished_by_the_next_call() -> None:
    losses, line, wrong = make(SGD, Adam).run(epochs=3).loss.copy(), 1, []
    while True:
        trainer = make(SGD, Adam)
        trainer.run(1)
        where = interrupted(line, trainer.reset)
        if not where:
            break
        try:
            check_whole(trainer)
            check_resets(trainer, losses, 3)
        except Exception as error:
            wrong.append(f"{where}: {type(error).__name__}: {str(error)[:200]}")
        line += 1
    print(f"{line - 1} interrupts, {len(wrong)} of them wrong")
    assert not wrong, "\n".join(wrong)
