"""Groups, optimizers, freezing and the run's options as widgets, without a browser."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from typing import Any

import pytest
from ipywidgets.widgets.widget import _instances

from fineopt.optimizer import Adam, LinearLR
from fineopt.widgets import FreezePanel, GroupPanel, OptimizerPanel, TrainingPanel
from tests.control.test_training import until
from tests.support.small import make_trainer

MAKERS: dict[str, Callable[[Any], Any]] = {
    "TrainingPanel": TrainingPanel,
    "FreezePanel": FreezePanel,
    "OptimizerPanel": OptimizerPanel,
    "GroupPanel": lambda trainer, **options: GroupPanel(trainer.optimizer, **options),
}
AT_ONCE = 1e6  # frames a second: the code is looked at whenever the event loop is free


def ticks(panel: FreezePanel) -> dict[str, Any]:
    """Rows of single parameters by name, and those of groups by a star before their first."""
    return {("" if hasattr(row, "now") else "*") + row.names[0]: row for row in panel.rows.children}


# --- what all panels do ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", MAKERS)
def test_closed_it_leaves_no_widget_and_no_task(kind: str) -> None:
    async def use() -> None:
        before, tasks = set(_instances), asyncio.all_tasks()
        panel = MAKERS[kind](make_trainer())
        for row in getattr(panel.rows, "children", ()):
            if hasattr(row, "more"):
                row.more.click()
        await until(lambda: all(getattr(row, "fold", 1) for row in panel.rows.children))
        assert len(asyncio.all_tasks()) > len(tasks)
        panel.close()
        panel.close()  # twice is once
        await until(lambda: asyncio.all_tasks() == tasks)
        assert set(_instances) - before == set()

    asyncio.run(use())


@pytest.mark.parametrize("kind", MAKERS)
def test_its_task_ends_when_its_comm_is_gone(kind: str) -> None:
    async def use() -> None:
        tasks = asyncio.all_tasks()
        panel = MAKERS[kind](make_trainer(), frames_per_second=AT_ONCE)
        panel.comm = None
        await until(lambda: asyncio.all_tasks() == tasks)

    asyncio.run(use())


@pytest.mark.parametrize("kind", MAKERS)
def test_a_saved_notebook_keeps_a_picture_and_words_that_do_not_change(kind: str) -> None:
    bundles = [MAKERS[kind](make_trainer())._repr_mimebundle_() for _ in range(2)]
    assert base64.b64decode(bundles[0]["image/png"]).startswith(b"\x89PNG")
    assert bundles[0]["text/plain"].startswith(f"{kind}(")
    assert bundles[0]["text/plain"] == bundles[1]["text/plain"]
    assert bundles[0]["image/png"] == bundles[1]["image/png"]
    assert "application/vnd.jupyter.widget-view+json" in bundles[0]


@pytest.mark.parametrize("kind", MAKERS)
def test_frames_per_second_are_above_0(kind: str) -> None:
    with pytest.raises(ValueError, match="frames_per_second"):
        MAKERS[kind](make_trainer(), frames_per_second=0)


@pytest.mark.parametrize("kind", ["TrainingPanel", "GroupPanel"])
def test_what_code_does_while_nothing_plays_shows_by_itself(kind: str) -> None:
    async def use() -> None:
        trainer = make_trainer()
        panel = MAKERS[kind](trainer, frames_per_second=AT_ONCE)
        first, last = panel.rows.children
        trainer.optimizer.param_groups[1]["lr"] = 0.0
        await until(lambda: last.freeze.value)
        schedule = LinearLR(trainer.optimizer, total_epochs=10)
        schedule.step()
        await until(lambda: first.number.text == "0.09")
        trainer.optimizer.param_groups[0]["lr"] = "no number"
        await until(lambda: "can't be shown" in panel.message.value)
        trainer.optimizer.param_groups[0]["lr"] = 0.02
        await until(lambda: first.number.value == 0.02 and panel.message.value == "")
        panel.close()

    asyncio.run(use())


# --- the fold ----------------------------------------------------------------------------------


def test_the_fold_sets_every_other_number_and_says_what_is_refused() -> None:
    trainer = make_trainer()
    panel = GroupPanel(trainer.optimizer)
    row = panel.rows.children[1]
    assert row.fold is None
    row.more.click()
    assert (row.more.description, list(row.fold.fields)) == (
        "Less",
        ["momentum", "nesterov", "weight_decay"],
    )
    momentum, nesterov = row.fold.fields["momentum"][0], row.fold.fields["nesterov"][0]
    momentum.value = 0.5
    nesterov.value = True
    live = trainer.optimizer.param_groups[1]
    assert (live["momentum"], live["nesterov"]) == (0.5, True)
    momentum.value = 1.5
    assert (live["momentum"], momentum.value) == (0.5, 0.5)
    assert momentum.refused == "momentum of last must be at least 0 and below 1, not 1.5"
    momentum.value = 0.25
    assert momentum.refused == panel.message.value == ""
    live["weight_decay"] = 0.125
    panel.show()
    assert row.fold.fields["weight_decay"][0].value == 0.125
    row.more.click()
    assert (row.fold, row.more.description) == (None, "More")


def test_another_optimizer_brings_its_own_fields() -> None:
    trainer = make_trainer()
    panel = TrainingPanel(trainer)
    row = panel.rows.children[0]
    row.more.click()
    row.fold.rule.value = "Adam"
    assert panel.rows.children[0] is row
    assert list(row.fold.fields) == ["betas", "eps", "weight_decay"]
    row.fold.fields["betas"][1].value = 0.5
    assert trainer.optimizer.param_groups[0]["betas"] == (0.9, 0.5)
    assert "Adam, 2 parameters" in row.words.value
    panel.reset.click()
    assert row.fold.rule.value == "SGD with momentum"
    assert list(row.fold.fields) == ["momentum", "nesterov", "weight_decay"]


# --- the run's options -------------------------------------------------------------------------


def test_a_schedule_is_chosen_held_and_released() -> None:
    trainer = make_trainer()
    panel = TrainingPanel(trainer)
    options, row = panel.options, panel.rows.children[0]
    assert (options.span.layout.display, row.release.layout.display) == ("none", "none")
    options.schedule.value = "linear, each its own"
    options.span.value = 4
    assert options.span.layout.display is None
    trainer.run(epochs=1)
    panel.show()
    assert row.number.text == "0.075"
    # Its place is kept while nothing is held, so that a slider under the hand keeps its width.
    assert (row.release.layout.display, row.release.layout.visibility) == (None, "hidden")
    row.number.value = 0.5
    assert (row.release.layout.display, row.release.layout.visibility) == (None, None)
    assert "held by hand: first" in options.words.value
    row.release.click()
    assert (row.number.text, row.release.layout.visibility) == ("0.075", "hidden")
    panel.reset.click()
    assert row.release.layout.display == "none"
    assert (options.schedule.value, row.number.value) == ("constant", 0.1)


def test_speed_and_length_show_what_they_are_at_first() -> None:
    options = TrainingPanel(make_trainer()).options
    for choice, label in ((options.speed, "full speed"), (options.epochs, "until Pause")):
        assert (choice.index, choice.label) == (0, label)
        assert None not in dict(choice.options).values()  # which would show nothing, now and then


def test_speed_and_length_are_those_of_the_run() -> None:
    async def use() -> None:
        panel = TrainingPanel(make_trainer(), frames_per_second=AT_ONCE)
        panel.options.speed.value = 20.0
        await until(lambda: panel.controller.speed == 20)
        panel.controller.speed = 1e5
        await until(lambda: panel.options.speed.value == 1e5)
        panel.options.speed.value = 0
        await until(lambda: panel.controller.speed is None)
        panel.options.epochs.value = 2
        panel.play.click()
        await until(lambda: panel.controller.playing)
        await until(lambda: not panel.controller.playing)
        assert panel.controller.trainer.epoch == 2
        panel.close()

    asyncio.run(use())


# --- optimizers --------------------------------------------------------------------------------


def test_the_optimizer_panel_chooses_and_says_what_happened() -> None:
    trainer = make_trainer()
    panel = OptimizerPanel(trainer)
    first, last = panel.rows.children
    last.rule.value = "Adam"
    assert panel.optimizers.rule("last") == "Adam"
    assert "whose memory begins at zero" in panel.news.value
    assert panel.summary_text() == (
        "first: SGD with momentum, learning rate 0.1; last: Adam, learning rate 0.01"
    )
    trainer.optimizer.param_groups[0]["params"].clear()
    first.rule.value = "Lion"
    assert "no parameters left" in panel.message.value
    assert first.rule.value == "SGD with momentum"


def test_what_another_optimizer_means_is_said_wherever_it_is_chosen() -> None:
    trainer = make_trainer()
    training, optimizers = TrainingPanel(trainer), OptimizerPanel(trainer)
    row, other = training.rows.children[0], optimizers.rows.children[0]
    row.more.click()
    note = row.fold.note
    assert (note.value, note.layout.display) == ("", "none")

    def both() -> tuple[str, str]:
        training.show()
        optimizers.show()
        return note.value, other.about.value

    for choose in (
        lambda: setattr(row.fold.rule, "value", "Adam"),
        lambda: setattr(other.rule, "value", "Adam"),
        lambda: trainer.swap_optimizer("first", Adam),
    ):
        choose()
        for words in both():
            assert "Adam in place of SGD; its memory began at zero." in words
            assert "still 0.1; for Adam one would start at about 0.001" in words
        assert note.layout.display is None
        row.number.value = 0.002
        assert all("Adam in place of SGD" in words and "still" not in words for words in both())
        trainer.reset()
        assert all("Adam" not in words for words in both())
    row.more.click()
    row.more.click()
    other.rule.value = "RMSprop"
    training.show()
    assert "RMSprop in place of SGD" in row.fold.note.value


# --- freezing ----------------------------------------------------------------------------------


def test_ticks_attach_and_optimise_and_the_table_follows() -> None:
    trainer = make_trainer()
    panel = FreezePanel(trainer)
    rows = ticks(panel)
    assert list(rows) == ["*first.bias", "first.bias", "first.weight", "*last.bias", "last.bias",
                          "last.weight"]  # fmt: skip
    assert "None" in rows["last.bias"].now.value
    trainer.run(epochs=1)
    panel.show()
    assert "None" not in rows["last.bias"].now.value
    rows["*last.bias"].attached.value = False
    assert [panel.freeze.attached(f"last.{n}") for n in ("bias", "weight")] == [False, False]
    assert rows["last.weight"].attached.value is False
    assert "None" in rows["last.bias"].now.value
    rows["first.bias"].optimized.value = False
    assert rows["*first.bias"].optimized.value is False
    assert "adds up" in rows["first.bias"].words.value
    trainer.reset()
    panel.show()
    assert panel.summary_text() == "4 parameters: 4 attached, 4 in the optimizer"
    assert rows["*first.bias"].optimized.value


def test_a_group_s_tick_is_neither_set_nor_not_where_some_are() -> None:
    panel = FreezePanel(make_trainer())
    group = ticks(panel)["*first.bias"]
    for attached, optimized, states, words in (
        ((True, True), (True, True), "[false, false]", ""),
        ((True, False), (True, True), "[true, false]", "1 of 2 attached"),
        ((True, False), (False, True), "[true, true]", "1 of 2 attached, 1 of 2 in the optimizer"),
        ((False, False), (False, True), "[false, true]", "1 of 2 in the optimizer"),
        ((False, False), (False, False), "[false, false]", ""),
    ):
        for name, one, other in zip(group.names, attached, optimized, strict=True):
            panel.freeze.set_attached(name, one)
            panel.freeze.set_optimized(name, other)
        panel.show()
        assert (group.attached.value, group.optimized.value) == (all(attached), all(optimized))
        assert states in group.some.value
        assert f"<small>{words}</small>" in group.words.value
    before = group.some.value
    group.attached.value = True  # ticks all
    assert ticks(panel)["first.bias"].attached.value
    assert group.some.value != before


def test_a_search_shows_what_it_finds() -> None:
    panel = FreezePanel(make_trainer())
    panel.search.value = "BIAS"
    assert [name for name in ticks(panel) if "*" not in name] == ["first.bias", "last.bias"]
    assert "2 of 4 parameters" in panel.found.value


def test_training_elsewhere_shows_in_the_table() -> None:
    async def use() -> None:
        trainer = make_trainer()
        panel = FreezePanel(trainer, frames_per_second=AT_ONCE)
        row = ticks(panel)["last.bias"]
        trainer.step()
        await until(lambda: "None" not in row.now.value)
        panel.close()

    asyncio.run(use())


# --- two at once -------------------------------------------------------------------------------


def test_two_panels_of_one_trainer_agree() -> None:
    async def use() -> None:
        trainer = make_trainer()
        one, two = (TrainingPanel(trainer, frames_per_second=AT_ONCE) for _ in range(2))
        two._view_count = 1  # it is to be seen somewhere
        one.rows.children[0].number.value = 0.5
        await until(lambda: two.rows.children[0].number.value == 0.5)
        one.play.click()
        await until(lambda: trainer.record.steps > 2)
        one.play.click()
        await until(lambda: not one.controller.playing)
        await until(lambda: two.place.value == one.place.value)
        one.close()
        two.rows.children[0].number.value = 0.25
        await until(lambda: trainer.optimizer.param_groups[0]["lr"] == 0.25)
        two.close()

    asyncio.run(use())
