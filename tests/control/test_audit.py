"""The audit of a trainer's next step comes true, and leaves the run as it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import fineopt
from fineopt.control import audit as module
from fineopt.control.audit import AuditController
from fineopt.control.freeze import FreezeController
from fineopt.optimizer import SGD
from fineopt.training import Trainer
from tests.support.small import make_trainer
from tests.training.test_snapshot import make


@pytest.mark.parametrize("before", [0, 1, 4, 5, 7])
def test_what_is_said_of_the_next_step_comes_true(before: int) -> None:
    trainer = make()  # with dropout, batch norm, two optimizers and a schedule
    for _ in range(before):
        trainer.step()
    report = AuditController(trainer).report()
    assert all(row.moves for row in report.rows if row.why == "gradient")
    assert any(row.moves for row in report.rows)
    trainer.step()
    assert report.verify() == []


def test_the_run_is_the_same_as_without() -> None:
    alone = make()
    expected = [alone.step() for _ in range(12)]
    watched = make()  # seeds again
    controller = AuditController(watched)
    losses = []
    for _ in range(12):
        controller.report()
        losses.append(watched.step())
    assert losses == expected


def test_it_is_asked_again_when_something_is_changed_by_hand() -> None:
    trainer = make_trainer()
    freeze = FreezeController(trainer)
    words = [freeze.summary_text("first.bias")]
    trainer.optimizer.param_groups[0]["lr"] = 0.0
    words.append(freeze.summary_text("first.bias"))
    freeze.set_attached("first.bias", False)
    words.append(freeze.summary_text("first.bias"))
    freeze.set_optimized("first.bias", False)
    words.append(freeze.summary_text("first.bias"))
    assert [said.split(":")[0] for said in words] == [
        "it moves by its gradient",
        "its group's learning rate is 0",
        "no gradient is computed",
        "no gradient is computed and no optimizer holds it",
    ]


def test_weight_decay_and_momentum_of_a_zero_gradient_are_told() -> None:
    for settings, why in (({"weight_decay": 0.1}, "decay"), ({"momentum": 0.9}, "momentum")):
        small = make_trainer()
        optimizer = SGD(list(small.net.parameters()), lr=0.1, **settings)
        trainer = Trainer(small.net, optimizer, small.dataloader)
        trainer.step()
        p = small.net.first.bias
        p[...] = 1.0
        trainer.gm.attach(p, lambda _, grad: fineopt.Tensor(np.zeros(grad.shape, "float32")))
        row = AuditController(trainer).report()["first.bias"]
        assert (row.why, row.moves, row.gradient) == (why, True, "zero")


def test_while_it_trains_it_takes_no_more_than_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, asked = [0.0], []
    monkeypatch.setattr(module, "perf_counter", lambda: clock[0])
    real = module.audit

    def slow(*args: Any, **options: Any) -> Any:
        asked.append(clock[0])
        clock[0] += 0.01  # seconds that an audit takes
        return real(*args, **options)

    monkeypatch.setattr(module, "audit", slow)
    trainer = make_trainer()
    controller = AuditController(trainer)
    while clock[0] < 10:
        trainer.step()
        clock[0] += 0.005
        controller.report()
    assert 0.01 * len(asked) <= 0.02 * 10 + 0.01
    assert len(asked) >= 15


def test_a_step_that_would_fail_says_why() -> None:
    trainer = make_trainer()
    freeze = FreezeController(trainer)
    good = trainer.train_func
    trainer.train_func = lambda *_: 1 / 0  # type: ignore[assignment,return-value]
    assert freeze.summary_text("last.bias") == (
        "the next step cannot be predicted: ZeroDivisionError: division by zero"
    )
    trainer.train_func = good
    trainer.step()
    assert freeze.summary_text("last.bias") == "it moves by its gradient"
