"""Number fields: typed text, steps and errors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fineopt.widgets import GroupPanel, TrainingPanel
from fineopt.widgets.fields.number_field import NumberField
from fineopt.widgets.fields.number_text import parse_number
from tests.support.panels import Page
from tests.support.small import make_trainer


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_text_of_a_field_parses_to_the_same_number(value: float) -> None:
    field = NumberField(0.5, "lr", "lr", lambda _: None)
    field.value = value
    assert parse_number(field.text) == value


@pytest.mark.parametrize("text", ["abc", "", "1e999", "-3", "1,500"])
def test_an_error_is_shown_in_the_field_and_changes_nothing(text: str) -> None:
    panel = GroupPanel(make_trainer().optimizer)
    row, page = panel.rows.children[0], Page()
    page.send(row.number, text=text)
    assert row.group.lr == row.number.value == 0.1
    assert row.number.display_state["error"]
    assert (row.number.display_state["text"], panel.message.value) == ("0.1", "")
    page.send(row.number, text=None)  # Escape
    assert row.number.display_state["error"] == ""
    page.send(row.number, text=text)
    page.send(row.slider, position=-2.0)  # another way to set the lr
    assert (row.number.display_state["error"], row.number.display_state["text"]) == ("", "0.01")


def test_a_typed_number_is_shown_in_full() -> None:
    panel = GroupPanel(make_trainer().optimizer)
    row = panel.rows.children[0]
    Page().send(row.number, text="0,012345678901234")
    assert (row.group.lr, row.number.display_state["text"]) == (
        0.012345678901234,
        "0.012345678901234",
    )


def test_arrow_keys_step_on_the_log_scale_and_epochs_by_one() -> None:
    panel = TrainingPanel(make_trainer())
    row, page = panel.rows.children[0], Page()
    page.send(row.number, steps=1)
    assert row.group.lr == 0.105
    page.send(row.number, steps=-1)
    assert row.group.lr == 0.1
    page.send(row.number, steps=1, text="0,5")
    assert row.group.lr == 0.525
    panel.options.schedule.value = "cosine"
    page.send(panel.options.span, steps=1)
    assert panel.controller.schedule.epochs == 11
    page.send(panel.options.span, text="2.5")
    assert "not an integer" in panel.options.span.error
    page.send(panel.options.span, text="0")
    assert "from 1 to 100000" in panel.options.span.error
    assert panel.controller.schedule.epochs == 11
