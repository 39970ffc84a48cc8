"""Learning rate sliders: range and position."""

from __future__ import annotations

import sys

import pytest

from fineopt.widgets import LandscapePanel, TrainingPanel
from fineopt.widgets.rows.lr_slider import LrSlider
from tests.support.panels import Page
from tests.support.small import make_trainer


@pytest.mark.parametrize("lr", [5e-324, 1e-300, 1e-12, 1e9, 30.0, 1.7e308, sys.float_info.max])
def test_the_range_contains_any_lr_and_both_ends_are_valid(lr: float) -> None:
    set_to: list[float] = []
    slider = LrSlider(0.1, "lr", set_to.append)
    slider.show(lr)
    state = slider.display_state
    assert state["low"] <= state["position"] <= state["high"] + 0.01
    assert float(state["value"]) == lr
    for end in (state["low"], state["high"]):
        Page().send(slider, position=end)
        assert 0 < set_to[-1] < float("inf")
    slider.show(0.05)  # set by code or typed: the default range again
    assert (slider.min, slider.max) == (-5, 0)


@pytest.mark.parametrize("lr", [float("nan"), float("inf"), 0.0, -1.0])
def test_an_lr_that_is_not_positive_and_finite_changes_nothing(lr: float) -> None:
    slider = LrSlider(0.1, "lr", print)
    before = slider.display_state
    slider.show(lr)
    assert slider.display_state == before


def test_user_input_keeps_the_range_and_reset_restores_it() -> None:
    panel = TrainingPanel(make_trainer())
    row, page = panel.rows.children[0], Page()
    page.send(row.number, text="1e9")
    page.send(row.slider, position=-1.0)
    panel.show()
    assert (row.slider.min, row.slider.max, row.number.value) == (-5, 9, 0.1)
    panel.reset.click()
    assert (row.slider.min, row.slider.max) == (-5, 0)
    landscape = LandscapePanel("beale")
    line = landscape.rows[0]
    for text, lr in (("1e-6", 1e-6), ("1e9", 1e9), ("30", 30.0)):
        page.send(line.number, text=text)
        assert (landscape.controller.lrs[0], line.slider.value) == (lr, lr)
    page.send(line.slider, position=-1.0)
    landscape.reset.click()
    assert (line.slider.min, line.slider.max) == (-5, 0)
