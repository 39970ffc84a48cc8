"""The line that says where a run is."""

from __future__ import annotations

import re

import pytest

from fineopt.widgets.parts.state_line import state_line
from tests.support.parsed_html import ParsedHTML


@pytest.mark.parametrize(
    ("share", "now", "width"),
    [(0.0, "0", "0.0"), (1 / 3, "33", "33.3"), (1.0, "100", "100.0"), (1.5, "100", "100.0")],
    ids=["start", "third", "end", "an epoch that became shorter"],
)
def test_the_bar_shows_the_share_of_the_epoch(share: float, now: str, width: str) -> None:
    shown = state_line("epoch 1, step 2 of 6", [("loss", "0.5")], share)
    assert f'aria-valuenow="{now}"' in shown
    assert re.findall(r";width:([\d.]+)%", shown) == [width]
    assert 'aria-label="epoch 1, step 2 of 6"' in shown


def test_there_is_no_bar_for_an_epoch_of_unknown_length() -> None:
    assert "progressbar" not in state_line("epoch 1, step 2", [("loss", "0.5")])


def test_a_run_that_has_not_begun_says_so() -> None:
    read = ParsedHTML(state_line("epoch 1, step 0 of 3", [], 0.0))
    assert " ".join(read.text.split()) == "epoch 1, step 0 of 3 not started"


def test_words_are_text() -> None:
    read = ParsedHTML(state_line("<i>", [("<b>", "a<1")]))
    assert read.text.split() == ["<i>", "<b>", "a<1"]
    assert "i" not in read.tags
