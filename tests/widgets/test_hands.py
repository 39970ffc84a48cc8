"""Sliders and number fields, told what a page would tell: what a hand does, and nothing else."""

from __future__ import annotations

import math
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fineopt.optimizer import CosineAnnealingLR
from fineopt.widgets import GroupPanel, LandscapePanel, TrainingPanel
from fineopt.widgets.parts.hand import PAGES, HandWidget
from fineopt.widgets.parts.number_field import NumberField
from fineopt.widgets.parts.number_text import read_number
from fineopt.widgets.rows.lr_slider import LrSlider
from tests.support.small import make_trainer

JUNK = ("abc", "1e", "--3", "٣", "0x10", "1_000", "0,0,1", "1,000.5", "nan", "inf", "0.1 0.2", "e5",
        ".", "1.2.3", "0.1;", "1e5.5", "½", "+", "0..1")  # fmt: skip


class Page:
    """A tab: it numbers what the hand does in it."""

    def __init__(self, name: str = "a tab") -> None:
        self.name, self.acts = name, 0

    def tell(self, widget: HandWidget, **act: Any) -> None:
        self.acts += 1
        content = {**act, "page": self.name, "act": self.acts}
        widget._handle_custom_msg(content, [])

    def heard(self, widget: HandWidget) -> int:
        return int(widget.shown["heard"].get(self.name, 0))


# --- reading -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0,01", 0.01),
        ("0.01", 0.01),
        (" 0.01 ", 0.01),
        (",5", 0.5),
        ("5.", 5.0),
        ("1e-3", 0.001),
        ("2,5E-3", 0.0025),
        ("−0.25", -0.25),  # as the panel itself writes it
        ("１．５", 1.5),
        ("0,001", 0.001),
        ("1.000", 1.0),
        ("-0", 0.0),
        ("5e-324", 5e-324),
        ("1.7e308", 1.7e308),
        ("0.1234567890123456", 0.1234567890123456),
    ],
)
def test_a_number_is_read_with_point_or_comma(text: str, value: float) -> None:
    assert read_number(text) == value
    assert str(read_number(text)) != "-0.0"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        *((junk, "is not a number: write one such as 0.01") for junk in JUNK),
        ("", "nothing is written"),
        ("   ", "nothing is written"),
        ("1e999", "too large: at most 1.79e308"),
        ("1e-999", "too small: write 0"),
        ("1,500", "two ways: write 1.500 or 1500"),
    ],
)  # fmt: skip
def test_all_else_is_refused_with_what_would_do(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_number(text)


@pytest.mark.parametrize("text", ["2.5", "2,5", "1e-3", "1,000", "ten"])
def test_a_whole_number_is_whole(text: str) -> None:
    with pytest.raises(ValueError, match=r"write (a whole number|one) such as 10|write 1000"):
        read_number(text, whole=True)
    assert read_number("1e2", whole=True) == 100


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_a_field_shows_is_read_as_the_same_number(value: float) -> None:
    field = NumberField(0.5, "lr", "lr", lambda _: None)
    field.value = value
    assert read_number(field.text) == value


# --- the slider --------------------------------------------------------------------------------


@pytest.mark.parametrize("lr", [0.1, 1.0, 1e-5, 0.3])
def test_a_hand_is_believed_also_where_code_has_set_that_very_lr_before(lr: float) -> None:
    trainer = make_trainer()
    panel = TrainingPanel(trainer)
    group = trainer.optimizer.param_groups[0]
    slider = panel.rows.children[0].slider
    page = Page()
    for _ in range(3):
        for code in (lr, 0.02):
            group["lr"] = code
            panel.show()
        page.tell(slider, to=math.log10(lr))
        assert group["lr"] == lr
    assert page.heard(slider) == page.acts == 3


def test_two_tabs_are_heard_each_by_itself_and_a_show_is_no_act() -> None:
    trainer = make_trainer()
    trainer.schedule = CosineAnnealingLR(trainer.optimizer, 10)
    panel = TrainingPanel(trainer)
    slider = panel.rows.children[0].slider
    one, two = Page("one"), Page("two")
    for _ in range(5):
        trainer.schedule.step()
        panel.show()
    assert trainer.schedule.held == []
    one.tell(slider, to=-2.0)
    two.tell(slider, to=-3.0)
    assert (one.heard(slider), two.heard(slider)) == (1, 1)
    assert trainer.optimizer.param_groups[0]["lr"] == 0.001
    assert trainer.schedule.held == [0]
    for i in range(PAGES):
        Page(f"other {i}").tell(slider, to=-2.0)
    assert len(slider.shown["heard"]) == PAGES


def test_what_no_page_of_ours_sends_is_passed_over() -> None:
    slider = LrSlider(0.1, "lr", print)
    for content in (None, "0.3", {}, {"to": -1.0}, {"act": "1", "to": -1.0}):
        slider._handle_custom_msg(content, [])
    assert slider.value == 0.1


@pytest.mark.parametrize("lr", [5e-324, 1e-300, 1e-12, 1e9, 30.0, 1.7e308, sys.float_info.max])
def test_the_range_holds_any_lr_and_each_end_is_an_lr(lr: float) -> None:
    set_to: list[float] = []
    slider = LrSlider(0.1, "lr", set_to.append)
    slider.show(lr)
    shown = slider.shown
    assert shown["low"] <= shown["at"] <= shown["high"] + 0.01
    assert float(shown["value"]) == lr
    for end in (shown["low"], shown["high"]):
        Page().tell(slider, to=end)
        assert 0 < set_to[-1] < float("inf")
    slider.show(0.05)  # by code, or typed: the first range again
    assert (slider.min, slider.max) == (-5, 0)


@pytest.mark.parametrize("lr", [float("nan"), float("inf"), 0.0, -1.0])
def test_what_has_no_place_on_it_changes_nothing(lr: float) -> None:
    slider = LrSlider(0.1, "lr", print)
    before = slider.shown
    slider.show(lr)
    assert slider.shown == before


def test_the_ends_stay_while_a_hand_moves_it_and_are_the_first_after_reset() -> None:
    panel = TrainingPanel(make_trainer())
    row, page = panel.rows.children[0], Page()
    page.tell(row.number, text="1e9")
    page.tell(row.slider, to=-1.0)
    panel.show()
    assert (row.slider.min, row.slider.max, row.number.value) == (-5, 9, 0.1)
    panel.reset.click()
    assert (row.slider.min, row.slider.max) == (-5, 0)
    landscape = LandscapePanel("beale")
    line = landscape.rows[0]
    for text, lr in (("1e-6", 1e-6), ("1e9", 1e9), ("30", 30.0)):
        page.tell(line.number, text=text)
        assert (landscape.controller.lrs[0], line.slider.value) == (lr, lr)
    page.tell(line.slider, to=-1.0)
    landscape.reset.click()
    assert (line.slider.min, line.slider.max) == (-5, 0)


# --- the field ---------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["abc", "", "1e999", "-3", "1,500"])
def test_a_refusal_stands_beside_the_field_and_changes_nothing(text: str) -> None:
    panel = GroupPanel(make_trainer().optimizer)
    row, page = panel.rows.children[0], Page()
    page.tell(row.number, text=text)
    assert row.group.lr == row.number.value == 0.1
    assert row.number.shown["refused"]
    assert (row.number.shown["text"], panel.message.value) == ("0.1", "")
    page.tell(row.number, text=None)  # Escape
    assert row.number.shown["refused"] == ""
    page.tell(row.number, text=text)
    page.tell(row.slider, to=-2.0)  # another way to set it
    assert (row.number.shown["refused"], row.number.shown["text"]) == ("", "0.01")


def test_what_was_typed_is_shown_to_the_last_digit() -> None:
    panel = GroupPanel(make_trainer().optimizer)
    row = panel.rows.children[0]
    Page().tell(row.number, text="0,012345678901234")
    assert (row.group.lr, row.number.shown["text"]) == (0.012345678901234, "0.012345678901234")


def test_arrows_go_along_the_log_scale_and_epochs_by_one() -> None:
    panel = TrainingPanel(make_trainer())
    row, page = panel.rows.children[0], Page()
    page.tell(row.number, by=1)
    assert row.group.lr == 0.105
    page.tell(row.number, by=-1)
    assert row.group.lr == 0.1
    page.tell(row.number, by=1, text="0,5")
    assert row.group.lr == 0.525
    panel.options.schedule.value = "cosine"
    page.tell(panel.options.span, by=1)
    assert panel.controller.schedule.epochs == 11
    page.tell(panel.options.span, text="2.5")
    assert "not a whole number" in panel.options.span.error
    page.tell(panel.options.span, text="0")
    assert "from 1 to 100000" in panel.options.span.error
    assert panel.controller.schedule.epochs == 11
