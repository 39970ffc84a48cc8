"""Input widgets: events of user input, and how they are acknowledged."""

from __future__ import annotations

import math

import pytest

from fineopt.optimizer import CosineAnnealingLR
from fineopt.widgets import TrainingPanel
from fineopt.widgets.fields.user_input import MAX_PAGES
from fineopt.widgets.rows.lr_slider import LrSlider
from tests.support.panels import Page, tell
from tests.support.small import make_trainer


@pytest.mark.parametrize("lr", [0.1, 1.0, 1e-5, 0.3])
def test_user_input_takes_effect_even_if_code_set_the_same_lr_before(lr: float) -> None:
    trainer = make_trainer()
    panel = TrainingPanel(trainer)
    group = trainer.optimizer.param_groups[0]
    slider = panel.rows.children[0].slider
    page = Page()
    for _ in range(3):
        for code in (lr, 0.02):
            group["lr"] = code
            panel.show()
        page.send(slider, position=math.log10(lr))
        assert group["lr"] == lr
    assert page.acknowledged(slider) == page.events == 3


def test_each_tab_is_acknowledged_separately_and_showing_is_no_event() -> None:
    trainer = make_trainer()
    trainer.schedule = CosineAnnealingLR(trainer.optimizer, 10)
    panel = TrainingPanel(trainer)
    slider = panel.rows.children[0].slider
    one, two = Page("one"), Page("two")
    for _ in range(5):
        trainer.schedule.step()
        panel.show()
    assert trainer.schedule.held == []
    one.send(slider, position=-2.0)
    two.send(slider, position=-3.0)
    assert (one.acknowledged(slider), two.acknowledged(slider)) == (1, 1)
    assert trainer.optimizer.param_groups[0]["lr"] == 0.001
    assert trainer.schedule.held == [0]
    for i in range(MAX_PAGES):
        Page(f"other {i}").send(slider, position=-2.0)
    assert len(slider.display_state["acknowledged"]) == MAX_PAGES


def test_malformed_messages_are_ignored() -> None:
    slider = LrSlider(0.1, "lr", print)
    for content in (None, "0.3", {}, {"position": -1.0}, {"event_id": "1", "position": -1.0}):
        tell(slider, content)
    assert slider.value == 0.1
