"""The bar of a notebook: it is shown late, seldom, and leaves an output without data."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from fineopt import optimizer
from fineopt.models import LeNet
from fineopt.training import Trainer, bars, progress
from tools.execute_lessons import joined

Shown = list[tuple[dict[str, str], bool]]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Time that passes only when it is told to."""
    now = [100.0]
    monkeypatch.setattr(bars, "time", SimpleNamespace(monotonic=lambda: now[0]))

    def pass_by(seconds: float) -> None:
        now[0] += seconds

    return pass_by


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shown]:
    """What a notebook would be sent."""
    sent: Shown = []
    ids = set()

    def publish(data: dict[str, str], metadata: Any, *, transient: Any, update: bool) -> None:
        ids.add(transient["display_id"])
        sent.append((data, update))

    shell = SimpleNamespace(kernel=None, display_pub=SimpleNamespace(publish=publish))
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    yield sent
    assert len(ids) <= 1


def test_a_quick_loop_shows_nothing(shown: Shown, clock: Callable[[float], None]) -> None:
    for _item in progress(range(100)):
        clock(0.001)
    assert not shown


def test_a_long_loop_shows_how_far_it_is_and_leaves_nothing(
    shown: Shown, clock: Callable[[float], None]
) -> None:
    items = []
    for item in progress([3, 1, 4, 1]):
        clock(2.0)
        items.append(item)
    assert items == [3, 1, 4, 1]
    texts = [data["text/plain"] for data, update in shown[1:-1] if update]
    assert texts == [
        "█████░░░░░░░░░░░░░░░  25% · 6 s",
        "██████████░░░░░░░░░░  50% · 4 s",
        "███████████████░░░░░  75% · 2 s",
    ]
    assert (shown[0], shown[-1]) == (({}, False), ({}, True))


def test_updates_are_seldom(shown: Shown, clock: Callable[[float], None]) -> None:
    for _item in progress(range(1000)):
        clock(0.01)  # ten seconds in all
    assert 30 <= len(shown) <= 42


@pytest.mark.parametrize("how", ["break", "error"])
def test_a_loop_that_is_left_leaves_nothing(
    how: str, shown: Shown, clock: Callable[[float], None]
) -> None:
    def loop() -> None:
        for item in progress(range(9)):
            clock(2.0)
            if item == 4 and how == "error":
                raise KeyError
            if item == 4:
                break

    try:
        loop()
    except KeyError as error:
        error.__traceback__ = None  # as it holds the loop
    assert shown[-1] == ({}, True)


def test_nobody_knows_the_total(shown: Shown, clock: Callable[[float], None]) -> None:
    for _item in progress(iter(range(9))):
        clock(2.0)
    assert not shown


def test_a_run_shows_its_epochs_and_steps(shown: Shown, clock: Callable[[float], None]) -> None:
    batch = np.zeros((2, 1, 32, 32), "float32"), np.array([0, 1])
    net = LeNet()

    class Slow(optimizer.SGD):
        def step(self) -> Any:
            clock(2.0)
            return super().step()

    trainer = Trainer(net, Slow(net.parameters(), lr=0.1), [batch] * 2)
    trainer.step()
    assert trainer.run(epochs=2).steps == 4  # the epoch that has begun counts as the first
    parts = [data["text/plain"].split()[1] for data, _update in shown[1:-1]]
    assert parts == ["50%", "75%", "100%"]
    assert shown[-1] == ({}, True)


def test_the_empty_output_of_a_bar_is_not_saved() -> None:
    bar = SimpleNamespace(output_type="display_data", data={})
    text = SimpleNamespace(output_type="stream", name="stdout", text="a")
    more = SimpleNamespace(output_type="stream", name="stdout", text="b")
    assert [output.text for output in joined([text, bar, more])] == ["ab"]
