"""Watching, as plain Python: searching and choosing parameters."""

from __future__ import annotations

from typing import Any

import pytest

from fineopt.control.watching import Watching
from fineopt.figures import LiveFigure
from fineopt.recorder import Record

NAMES = ("conv1.bias", "conv1.weight", "conv2.bias", "conv2.weight", "fc.bias", "fc.weight", "ema")


GROUPS = {name: {"c": 0, "f": 1, "e": None}[name[0]] for name in NAMES}


def watching(watch: Any = None) -> Watching:
    return Watching(LiveFigure(Record(GROUPS, ["Features", "head"]), watch))


def test_parameters_are_grouped_and_those_in_no_group_come_last() -> None:
    assert [(one.group, one.label, len(one.names)) for one in watching().all()] == [
        (0, "Features", 4), (1, "head", 2), (None, "in no group", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(("search", "names"), [
    ("", NAMES),
    ("  ", NAMES),
    ("WEIGHT", ("conv1.weight", "conv2.weight", "fc.weight")),
    ("weight 2", ("conv2.weight",)),
    ("2 weight", ("conv2.weight",)),
    ("head", ("fc.bias", "fc.weight")),
    ("feat bias", ("conv1.bias", "conv2.bias")),
    ("no group", ("ema",)),
    ("conv fc", ()),
])  # fmt: skip
def test_each_word_must_be_in_the_name_or_the_groups(search: str, names: tuple[str, ...]) -> None:
    one = watching()
    one.search = search
    assert tuple(name for found in one.found() for name in found.names) == names


def test_a_search_without_a_match_keeps_the_watched_parameter() -> None:
    one = watching("fc.bias")
    one.search = "conv9 "
    assert one.news() == "no parameter matches 'conv9'; still watching fc.bias"
    one.choose_first()
    assert one.figure.watch == "fc.bias"
    one.search = "bias"
    assert one.news() == "3 of 7; Enter watches the first"
    one.choose_first()
    assert one.figure.watch == "conv1.bias"


def test_a_choice_replaces_all_watched_parameters_or_those_of_its_group() -> None:
    one = watching("fc.bias")
    one.choose(0, ["conv1.bias", "conv2.bias"])
    assert one.figure.watch == ("conv1.bias", "conv2.bias")
    one.together = True
    one.choose(1, ["fc.weight"])
    one.choose(0, ["conv2.weight"])
    assert one.figure.watch == ("fc.weight", "conv2.weight")
    one.choose(None, ["ema"])
    assert one.figure.watch == ("fc.weight", "conv2.weight", "ema")
    one.choose(0, [])
    assert one.figure.watch == ("fc.weight", "conv2.weight", "ema")


def test_an_invalid_choice_changes_nothing() -> None:
    one = watching("fc.bias")
    one.together = True
    with pytest.raises(ValueError, match=r"expected 1 to 4 parameters to watch, got 5"):
        one.choose(0, NAMES[:4])
    with pytest.raises(KeyError, match="nobody"):
        one.choose(0, ["nobody"])
    assert one.figure.watch == "fc.bias"


def test_the_note_describes_what_a_view_leaves_out() -> None:
    one = watching(["fc.bias", "ema"])
    assert (one.summary_text(), one.note()) == ("Watching: fc.bias and ema", "")
    one.figure.view = "path"
    assert one.note() == "as a path: only fc.bias, the first of 2"
    one.figure.watch = ["fc.bias", "ema", "fc.weight"]
    assert one.summary_text() == "Watching: fc.bias and 2 more"
    one.figure.watch = "ema"
    assert (one.words(), one.note()) == ("Watching: ema", "")


# --- by the widgets ----------------------------------------------------------------------------


def opened(panel: TrainingPanel) -> Any:
    panel.chooser.toggle.click()
    return panel.chooser.fold


def test_a_choice_in_a_list_draws_at_once_and_shows_in_words() -> None:
    panel = TrainingPanel(make_trainer(), watch="last.bias")
    assert panel.chooser.toggle.description == "Watching: last.bias ▾"
    fold, picture = opened(panel), panel.figure.value
    assert panel.chooser.toggle.description == "Watching: last.bias ▴"
    first, last = fold.lists.children
    assert (first.names.value, last.names.value) == ((), ("last.bias",))
    first.names.value = ("first.weight",)
    assert panel.figure.figure.watch == "first.weight"
    assert (first.names.value, last.names.value) == (("first.weight",), ())
    assert panel.chooser.toggle.description.startswith("Watching: first.weight")
    assert panel.figure.value != picture
    assert "Watched: first.weight (first), as lines of its elements" in panel.figure.value
    fold.together.value = True
    last.names.value = ("last.bias",)
    assert panel.figure.figure.watch == ("first.weight", "last.bias")
    assert first.names.value == ("first.weight",)


def test_each_list_has_its_groups_name_and_colour_and_a_name_to_be_heard() -> None:
    record_groups = {"first": COLOURS[0], "last": COLOURS[1], "in no group": GREY}
    trainer = make_trainer()
    trainer.record.parameters["last.bias"] = None
    fold = opened(TrainingPanel(trainer))
    for one, (label, colour) in zip(fold.lists.children, record_groups.items(), strict=True):
        head = one.children[0].value
        assert f"<b>{label}</b>" in head
        assert f"background:{colour}" in head
        assert f"parameters of {label}" in one.names.description


def test_the_lists_follow_what_is_typed_and_enter_takes_the_first() -> None:
    panel = TrainingPanel(make_trainer(), watch="last.bias")
    fold = opened(panel)
    first, last = fold.lists.children
    fold.search.value = "wei"
    assert (first.names.options, last.names.options) == (("first.weight",), ("last.weight",))
    assert last.names.value == ()
    assert panel.figure.figure.watch == "last.bias"  # a search chooses nothing
    fold.search.value = "wei la"
    assert (first.layout.display, last.layout.display) == ("none", None)
    fold.search.value = "wei nothing"
    assert "no parameter matches" in fold.news.value
    assert panel.figure.figure.watch == "last.bias"
    fold.search.value = "wei la"
    fold.search._handle_custom_msg({"event": "submit"}, [])
    assert panel.figure.figure.watch == "last.weight"
    fold.search.value = ""
    assert (first.names.options, last.names.value) == (
        ("first.bias", "first.weight"),
        ("last.weight",),
    )
    panel.chooser.toggle.click()  # a search ends with the fold
    assert panel.watching.search == ""


def test_to_choose_none_or_too_many_is_taken_back() -> None:
    panel = TrainingPanel(make_trainer(), watch="last.bias")
    panel.figure.figure.record.parameters.update({f"first.{i}": 0 for i in range(3)})
    fold = opened(panel)
    first, last = fold.lists.children
    last.names.value = ()
    assert last.names.value == ("last.bias",)
    first.names.value = first.names.options
    assert (first.names.value, last.names.value) == ((), ("last.bias",))
    assert "expected 1 to 4 parameters" in panel.message.value
    assert "Not accepted" in panel.message.value
    first.names.value = ("first.bias",)
    assert panel.message.value == ""


@pytest.mark.parametrize(("view", "said"), [
    ("path", "as a path along its two leading"), ("ratio", "by its update ratio"),
    ("histogram", "as a histogram of its elements"),
])  # fmt: skip
def test_a_view_is_drawn_at_once(view: Any, said: str) -> None:
    panel = TrainingPanel(make_trainer(), watch=["last.bias", "first.bias"])
    panel.controller.trainer.run(2)
    panel.show()
    picture = panel.figure.value
    panel.chooser.view.value = view
    assert panel.figure.figure.view == view
    assert said in panel.figure.value
    assert "last.bias alone, the first of 2" in panel.chooser.note.value
    assert panel.figure.value != picture
    panel.chooser.view.value = "lines"
    assert "last.bias (last), first.bias (first), as lines of their elements" in panel.figure.value
    assert "alone" not in panel.chooser.note.value


def seen(panel: TrainingPanel) -> np.ndarray:
    """The picture in the panel's image, as numbers."""
    png = re.search(r"base64,([^\"]+)", panel.figure.value)
    assert png is not None
    picture = Image.open(io.BytesIO(base64.b64decode(png[1]))).convert("RGB")
    return np.asarray(picture).astype(int)


def test_marks_are_drawn_or_not_at_once() -> None:
    panel = TrainingPanel(make_trainer())
    panel.controller.trainer.run(1)
    panel.rows.children[0].freeze.value = True
    panel.controller.trainer.run(1)
    panel.show()
    marked = seen(panel)
    panel.chooser.marks.value = False
    assert panel.figure.figure.marks is False
    assert np.abs(seen(panel) - marked).max() > 99
    panel.chooser.marks.value = True
    assert np.abs(seen(panel) - marked).max() < 16  # as near as a palette's colours are


def test_what_code_chooses_shows_within_a_frame() -> None:
    async def use() -> None:
        panel = TrainingPanel(make_trainer(), frames_per_second=100)
        panel.chooser.toggle.click()
        await until(lambda: panel.chooser.fold is not None)
        figure = panel.figure.figure
        figure.watch, figure.view, figure.marks = ["last.bias", "last.weight"], "path", False
        await until(lambda: panel.chooser.view.value == "path")
        assert panel.chooser.marks.value is False
        assert panel.chooser.fold.lists.children[1].names.value == ("last.bias", "last.weight")
        assert "as a path" in panel.figure.value
        assert panel.chooser.toggle.description == "Watching: last.bias and last.weight ▴"
        panel.close()

    asyncio.run(use())


def test_a_group_that_is_added_later_gets_a_list() -> None:
    small = make_trainer()
    bare = small.optimizer.param_groups[0]["params"].pop()
    with pytest.warns(ParameterWarning, match="which the optimizer"):
        trainer = Trainer(small.net, small.optimizer, small.dataloader)
    panel = TrainingPanel(trainer)
    fold = opened(panel)
    assert [one.label for one in fold.lists.children] == ["first", "last", "in no group"]
    trainer.optimizer.add_param_group({"params": [bare], "name": "new"})
    trainer.step()
    panel.show()
    assert [one.label for one in fold.lists.children] == ["first", "last", "new"]
    assert fold.lists.children[2].names.options == ("first.weight",)


def test_many_parameters_need_no_more_widgets_than_few() -> None:
    def widgets_of(count: int) -> int:
        trainer = make_trainer()
        trainer.record.parameters.update({f"first.layer{i}.weight": 0 for i in range(count)})
        panel = TrainingPanel(trainer)
        before = len(_instances)
        fold = opened(panel)
        assert len(fold.lists.children[0].names.options) == count + 2
        assert fold.lists.children[0].names.rows <= 7  # it scrolls
        made = len(_instances) - before
        panel.chooser.toggle.click()
        assert len(_instances) == before  # and folded it holds none
        panel.close()
        return made

    assert widgets_of(160) == widgets_of(8)


def test_the_saved_words_tell_nothing_that_changes_but_the_picture_tells_what_is_watched() -> None:
    panel = TrainingPanel(make_trainer(), watch="last.bias")
    figure = panel.figure.figure
    assert describe(figure.record, figure.watched, figure.view) in panel.figure.value
    assert repr(panel) == "TrainingPanel(first: learning rate 0.1, last: learning rate 0.01)"
