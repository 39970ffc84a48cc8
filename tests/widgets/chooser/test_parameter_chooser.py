"""The chooser of watched parameters: its widgets, without a browser."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from fineopt.errors import ParameterWarning
from fineopt.figures import describe
from fineopt.scenes.style import COLOURS, GREY
from fineopt.training import Trainer
from fineopt.widgets import TrainingPanel
from tests.support.live_page import LivePage
from tests.support.named import make_named_trainer
from tests.support.panels import open_widgets, tell
from tests.support.small import make_trainer
from tests.support.waiting import until


def opened(panel: TrainingPanel) -> Any:
    panel.chooser.toggle.click()
    return panel.chooser.fold


def labels(fold: Any) -> list[str]:
    return [one.key[1] for one in fold.lists.children]


def checked(fold: Any) -> list[str]:
    return [name for name, box in fold.boxes.items() if box.value]


def test_a_checked_parameter_is_drawn_and_described_at_once() -> None:
    panel = TrainingPanel(make_trainer(), watch="last.bias")
    assert panel.chooser.toggle.description == "Watching: last.bias ▾"
    fold, page = opened(panel), LivePage(panel.charts)
    lines = page.scene["watched"]["marks"]
    assert panel.chooser.toggle.description == "Watching: last.bias ▴"
    assert checked(fold) == ["last.bias"]
    fold.boxes["first.weight"].value = True
    assert panel.figure.watch == ("last.bias", "first.weight")
    assert page.scene["watched"]["marks"] != lines
    fold.boxes["last.bias"].value = False
    assert panel.figure.watch == "first.weight"
    assert checked(fold) == ["first.weight"]
    assert panel.chooser.toggle.description.startswith("Watching: first.weight")
    assert "Watched: first.weight (first), as lines of its elements" in page.alt


def test_each_list_has_its_group_s_name_and_colour_and_each_box_its_parameter_s_name() -> None:
    record_groups = {"first": COLOURS[0], "last": COLOURS[1], "in no group": GREY}
    trainer = make_trainer()
    trainer.record.parameters["last.bias"] = None
    fold = opened(TrainingPanel(trainer))
    for one, (label, colour) in zip(fold.lists.children, record_groups.items(), strict=True):
        head = one.children[0].value
        assert f"<b>{label}</b>" in head
        assert f"background:{colour}" in head
        for name, box in one.boxes.items():
            assert name in box.description


def test_the_boxes_follow_the_search_and_enter_takes_the_first_match() -> None:
    panel = TrainingPanel(make_trainer(), watch="last.bias")
    fold = opened(panel)
    fold.search.value = "wei"
    assert list(fold.boxes) == ["first.weight", "last.weight"]
    assert checked(fold) == []
    assert panel.figure.watch == "last.bias"  # a search chooses nothing
    fold.search.value = "wei nothing"
    assert list(fold.boxes) == []
    assert "no parameter matches" in fold.search_message.value
    assert panel.figure.watch == "last.bias"
    fold.search.value = "wei la"
    tell(fold.search, {"event": "submit"})
    assert panel.figure.watch == "last.weight"
    fold.search.value = ""
    assert len(fold.boxes) == 4
    assert checked(fold) == ["last.weight"]
    panel.chooser.toggle.click()  # a search ends with the fold
    assert panel.watching.search == ""


def test_choosing_none_or_too_many_is_reverted_and_said_beside_the_boxes() -> None:
    panel = TrainingPanel(make_trainer(), watch="last.bias")
    panel.figure.record.parameters.update({f"first.{i}": 0 for i in range(3)})
    fold = opened(panel)
    fold.boxes["last.bias"].value = False
    assert checked(fold) == ["last.bias"]
    assert "one parameter is always watched" in panel.chooser.refusal.value
    for i in range(3):
        fold.boxes[f"first.{i}"].value = True
    assert panel.chooser.refusal.value == ""
    fold.boxes["first.weight"].value = True
    assert checked(fold) == ["first.0", "first.1", "first.2", "last.bias"]
    assert "expected 1 to 4 parameters" in panel.chooser.refusal.value
    assert panel.message.value == ""
    fold.boxes["first.2"].value = False
    assert panel.chooser.refusal.value == ""


@pytest.mark.parametrize(("view", "said"), [
    ("path", "as a path along its two leading"), ("ratio", "by its update ratio"),
    ("histogram", "as a histogram of its elements"),
])  # fmt: skip
def test_a_view_is_drawn_at_once(view: Any, said: str) -> None:
    panel = TrainingPanel(make_trainer(), watch=["last.bias", "first.bias"])
    panel.controller.trainer.run(2)
    panel.show()
    page = LivePage(panel.charts)
    title = page.scene["watched"]["title"]
    panel.chooser.view.value = view
    assert panel.figure.view == view
    assert said in page.alt
    assert "only last.bias, the first of 2" in panel.chooser.note.value
    assert page.scene["watched"]["title"] != title
    panel.chooser.view.value = "lines"
    assert "last.bias (last), first.bias (first), as lines of their elements" in page.alt
    assert page.scene["watched"]["title"] == title
    assert "only" not in panel.chooser.note.value


def test_marks_are_drawn_or_not_at_once() -> None:
    panel = TrainingPanel(make_trainer())
    panel.controller.trainer.run(1)
    panel.rows.children[0].freeze.value = True
    panel.controller.trainer.run(1)
    panel.show()
    page = LivePage(panel.charts)
    marked = page.scene["loss"]["verticals"]
    assert [mark["text"] for mark in marked] == ["first frozen"]
    panel.chooser.marks.value = False
    assert panel.figure.marks is False
    assert page.scene["loss"]["verticals"] == page.scene["watched"]["verticals"] == []
    panel.chooser.marks.value = True
    assert page.scene["loss"]["verticals"] == marked


def test_choices_made_in_code_are_shown_within_a_frame() -> None:
    async def use() -> None:
        panel = TrainingPanel(make_trainer(), frames_per_second=100)
        panel.chooser.toggle.click()
        await until(lambda: panel.chooser.fold is not None)
        figure = panel.figure
        figure.watch, figure.view, figure.marks = ["last.bias", "last.weight"], "path", False
        await until(lambda: panel.chooser.view.value == "path")
        assert panel.chooser.marks.value is False
        assert checked(panel.chooser.fold) == ["last.bias", "last.weight"]
        assert "as a path" in panel.figure.describe()
        assert panel.figure.scene()["watched"]["title"].startswith("Path of last.bias")
        assert panel.chooser.toggle.description == "Watching: last.bias and last.weight ▴"
        panel.close()

    asyncio.run(use())


def test_a_group_added_later_gets_a_list() -> None:
    small = make_trainer()
    bare = small.optimizer.param_groups[0]["params"].pop()
    with pytest.warns(ParameterWarning, match="which the optimizer"):
        trainer = Trainer(small.net, small.optimizer, small.dataloader)
    panel = TrainingPanel(trainer)
    fold = opened(panel)
    assert labels(fold) == ["first", "last", "in no group"]
    trainer.optimizer.add_param_group({"params": [bare], "name": "new"})
    trainer.step()
    panel.show()
    assert labels(fold) == ["first", "last", "new"]
    assert list(fold.lists.children[2].boxes) == ["first.weight"]


def test_of_many_parameters_the_first_have_boxes_and_a_search_finds_the_others() -> None:
    trainer = make_trainer()
    trainer.record.parameters.update({f"first.layer{i}.weight": 0 for i in range(160)})
    panel = TrainingPanel(trainer)
    before = len(open_widgets())
    fold = opened(panel)
    assert len(fold.boxes) == 60
    assert "showing the first 60; 104 more match" in fold.search_message.value
    fold.search.value = "layer159"
    assert list(fold.boxes) == ["first.layer159.weight"]
    panel.chooser.toggle.click()
    assert len(open_widgets()) == before  # folded it holds none
    panel.close()


def test_the_saved_text_is_stable_and_the_picture_s_alt_text_names_what_is_watched() -> None:
    panel = TrainingPanel(make_trainer(), watch="last.bias")
    figure = panel.figure
    assert LivePage(panel.charts).alt == describe(figure.record, figure.watched, figure.view)
    assert repr(panel) == "TrainingPanel(first: learning rate 0.1, last: learning rate 0.01)"


def test_with_many_groups_the_matching_ones_are_listed() -> None:
    panel = TrainingPanel(make_named_trainer([f"group {i}" for i in range(500)]))
    panel.chooser.toggle.click()
    assert len(panel.chooser.fold.boxes) == 60
    panel.watching.search = "group 499"
    panel.show()
    assert labels(panel.chooser.fold) == ["group 444", "group 499"]  # p499 and its own
    panel.close()
