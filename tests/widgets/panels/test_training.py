"""The training panel, without a browser: what it shows, and what its controls do."""

from __future__ import annotations

import asyncio
import base64
from collections import Counter
from time import perf_counter
from typing import Any

import pytest

from fineopt.tensor import Parameter
from fineopt.widgets import GroupPanel, TrainingPanel
from fineopt.widgets.live.pages import ACK_COST
from tests.support.live_page import LivePage
from tests.support.panels import AT_ONCE, open_widgets, set_view_count
from tests.support.small import make_trainer
from tests.support.waiting import turns, until


def lrs(panel: TrainingPanel) -> list[float]:
    return [group["lr"] for group in panel.controller.trainer.optimizer.param_groups]


def test_each_group_has_a_row_with_its_lr() -> None:
    panel = TrainingPanel(make_trainer())
    first, last = panel.rows.children
    assert (first.slider.value, first.number.value, first.freeze.value) == (0.1, 0.1, False)
    assert "<b>last</b>" in last.summary.value
    assert "learning rate 0.01" in last.summary.value
    assert "2 parameters, 18 numbers" in last.summary.value


def test_slider_number_and_freeze_set_one_lr() -> None:
    panel = TrainingPanel(make_trainer())
    row = panel.rows.children[0]
    row.slider.value = 0.02
    assert (lrs(panel), row.number.value) == ([0.02, 0.01], 0.02)
    row.number.value = 0.3
    assert (lrs(panel), row.slider.value) == ([0.3, 0.01], 0.3)
    row.freeze.value = True
    assert lrs(panel) == [0.0, 0.01]
    assert (row.slider.disabled, row.slider.value, row.number.value) == (True, 0.3, 0.0)
    assert "frozen (was 0.3)" in row.summary.value
    row.freeze.value = False
    assert (lrs(panel), row.slider.disabled) == ([0.3, 0.01], False)


def test_a_dragged_lr_has_three_digits() -> None:
    panel = TrainingPanel(make_trainer())
    row = panel.rows.children[0]
    row.slider.value = 0.0346736850
    assert lrs(panel)[0] == row.number.value == row.slider.value == 0.0347


def test_a_moved_slider_takes_effect_at_the_next_step_also_from_another_panel() -> None:
    async def use() -> None:
        panel = TrainingPanel(make_trainer())
        trainer = panel.controller.trainer
        groups = GroupPanel(trainer.optimizer)
        panel.controller.play()
        for row, lr in ((panel.rows.children[0], 0.02), (groups.rows.children[0], 0.03)):
            for _ in range(5):  # wherever in a turn of the loop it is moved
                await asyncio.sleep(0)
            steps = trainer.record.steps
            row.slider.value = lr
            await until(lambda steps=steps: trainer.record.steps > steps + 2)  # type: ignore[misc]
            assert trainer.record.lr[steps - 1, 0] != lr
            assert trainer.record.lr[steps, 0] == lr
        panel.controller.pause()
        panel.close()
        groups.close()

    asyncio.run(use())


def test_pause_and_reset_take_no_further_step() -> None:
    async def use() -> None:
        panel = TrainingPanel(make_trainer())
        record = panel.controller.trainer.record
        panel.play.click()
        await until(lambda: record.steps > 3)
        steps = record.steps
        panel.play.click()
        await turns()
        assert record.steps == steps
        panel.play.click()
        await until(lambda: record.steps > steps)
        panel.reset.click()
        await turns()
        assert record.steps == 0
        panel.close()

    asyncio.run(use())


def test_a_frame_does_not_revert_a_slider_while_a_change_is_queued() -> None:
    async def use() -> None:
        panel = TrainingPanel(make_trainer())
        row = panel.rows.children[0]
        row.slider.value = 0.05
        row.slider.value = 0.04  # both wait for the event loop
        panel.show()
        assert (row.slider.value, lrs(panel)[0]) == (0.04, 0.1)
        await until(lambda: lrs(panel)[0] == 0.04)
        assert (row.slider.value, row.number.value) == (0.04, 0.04)

    asyncio.run(use())


def test_typing_0_freezes_and_typing_an_lr_unfreezes() -> None:
    panel = TrainingPanel(make_trainer())
    row = panel.rows.children[0]
    row.number.value = 0
    assert row.freeze.value
    row.number.value = 0.7
    assert (row.freeze.value, lrs(panel)[0]) == (False, 0.7)


def test_an_lr_beyond_the_slider_s_range_widens_it() -> None:
    panel = TrainingPanel(make_trainer())
    row = panel.rows.children[0]
    row.number.value = 30
    assert (lrs(panel)[0], row.slider.value, row.slider.max) == (30, 30, 2)
    row.number.value = 1e-9
    assert (lrs(panel)[0], row.slider.value, row.slider.min) == (1e-9, 1e-9, -9)


def test_an_invalid_number_is_refused_in_its_field_and_reverted() -> None:
    panel = TrainingPanel(make_trainer())
    row = panel.rows.children[1]
    row.number.value = -3
    assert lrs(panel) == [0.1, 0.01]
    assert row.number.value == 0.01
    assert row.number.error == "lr of last must be at least 0, not -3"
    assert panel.message.value == ""  # no banner, which would move every row
    row.number.value = 0.02
    assert row.number.error == ""


def test_values_set_in_code_are_shown_without_an_echo() -> None:
    panel = TrainingPanel(make_trainer())
    groups = panel.controller.trainer.optimizer.param_groups
    groups[0]["lr"] = 0.012345678
    groups[1]["lr"] = 0.0
    panel.show()
    first, last = panel.rows.children
    assert first.number.value == 0.012345678
    assert first.number.text == "0.012345678"
    groups[0]["lr"] = 0.0123456789012
    panel.show()
    assert first.number.text == "0.01235"  # what there is room for
    groups[0]["lr"] = 0.012345678
    panel.show()
    assert first.slider.value == 0.012345678
    assert last.freeze.value
    assert lrs(panel) == [0.012345678, 0.0]


def test_buttons_play_pause_step_and_reset() -> None:
    async def use() -> None:
        panel = TrainingPanel(make_trainer())
        record = panel.controller.trainer.record
        panel.step.click()
        await until(lambda: record.steps == 1)
        assert "step 1 of 3" in panel.status.value
        panel.play.click()
        await until(lambda: panel.play.description == "Pause")
        assert panel.step.disabled
        await until(lambda: record.steps > 5)
        panel.rows.children[0].slider.value = 0.02
        panel.play.click()
        await until(lambda: panel.play.description == "Play")
        assert not panel.controller.playing
        panel.epoch.click()
        await until(lambda: panel.controller.playing)
        await until(lambda: not panel.controller.playing)
        assert panel.controller.trainer.step_in_epoch == 0
        panel.reset.click()
        await until(lambda: record.steps == 0)
        assert "step 0 of 3" in panel.status.value
        assert panel.rows.children[0].slider.value == 0.1
        panel.close()

    asyncio.run(use())


def test_an_error_in_a_step_is_shown_in_the_panel() -> None:
    async def use() -> None:
        panel = TrainingPanel(make_trainer())

        def fails(*_: Any) -> Any:
            raise ValueError("<no> luck")

        panel.controller.trainer.train_func = fails
        panel.play.click()
        await until(lambda: "luck" in panel.message.value)
        assert "Stopped by an error:" in panel.message.value
        assert "&lt;no&gt; luck" in panel.message.value
        assert panel.play.description == "Play"

    asyncio.run(use())


def test_the_saved_output_has_a_picture_and_stable_text() -> None:
    panel = TrainingPanel(make_trainer())
    panel.rows.children[1].freeze.value = True
    bundle = panel._repr_mimebundle_()
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert bundle["text/plain"] == (
        "TrainingPanel(first: learning rate 0.1, last: frozen (was 0.01))"
    )
    assert "application/vnd.jupyter.widget-view+json" in bundle


@pytest.mark.parametrize(
    ("charts", "size"),
    [
        ("loss", (880, 280)),
        (("rate", "grad"), (880, 280)),
        (("loss", "rate", "grad"), (880, 560)),
        (("loss", "rate", "watched", "grad"), (880, 560)),
        ((), (880, 560)),  # of a panel without charts, all four
    ],
)
def test_the_saved_picture_has_the_charts_that_are_shown(
    charts: Any, size: tuple[int, int]
) -> None:
    panel = TrainingPanel(make_trainer(), charts=charts)
    picture = panel.picture()
    assert (int.from_bytes(picture[16:20], "big"), int.from_bytes(picture[20:24], "big")) == size
    panel.close()


def test_an_unknown_parameter_to_watch_raises() -> None:
    with pytest.raises(KeyError, match=r"no parameter 'frist\.bias'"):
        TrainingPanel(make_trainer(), watch="frist.bias")


def test_a_group_added_later_gets_a_row() -> None:
    trainer = make_trainer()
    panel = TrainingPanel(trainer)
    trainer.optimizer.add_param_group({"params": [Parameter([1.0])], "lr": 0.5, "name": "new"})
    panel.show()
    assert [row.group.label for row in panel.rows.children] == ["first", "last", "new"]


def test_close_ends_the_task_and_leaves_no_widget() -> None:
    async def use() -> None:
        before = open_widgets()
        panel = TrainingPanel(make_trainer())
        assert len(open_widgets() - before) > 20
        panel.play.click()
        await until(lambda: panel.controller.playing)
        panel.close()
        await until(lambda: not panel.controller.playing)
        assert open_widgets() - before == set()
        assert panel.controller.on_frame == []

    asyncio.run(use())


def test_a_schedule_is_chosen_overridden_and_released() -> None:
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
    # Its place is kept while nothing is overridden, so that a dragged slider keeps its width.
    assert (row.release.layout.display, row.release.layout.visibility) == (None, "hidden")
    row.number.value = 0.5
    assert (row.release.layout.display, row.release.layout.visibility) == (None, None)
    assert "set by hand: first" in options.summary.value
    row.release.click()
    assert (row.number.text, row.release.layout.visibility) == ("0.075", "hidden")
    panel.reset.click()
    assert row.release.layout.display == "none"
    assert (options.schedule.value, row.number.value) == ("constant", 0.1)


def test_speed_and_length_show_their_defaults() -> None:
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


def test_two_panels_of_one_trainer_agree() -> None:
    async def use() -> None:
        trainer = make_trainer()
        one, two = (TrainingPanel(trainer, frames_per_second=AT_ONCE) for _ in range(2))
        set_view_count(two, 1)  # it is to be seen somewhere
        one.rows.children[0].number.value = 0.5
        await until(lambda: two.rows.children[0].number.value == 0.5)
        one.play.click()
        await until(lambda: trainer.record.steps > 2)
        one.play.click()
        await until(lambda: not one.controller.playing)
        await until(lambda: two.status.value == one.status.value)
        one.close()
        two.rows.children[0].number.value = 0.25
        await until(lambda: trainer.optimizer.param_groups[0]["lr"] == 0.25)
        two.close()

    asyncio.run(use())


@pytest.mark.parametrize(
    ("charts", "chooser"),
    [
        (("loss", "rate", "watched", "grad"), True),
        (("watched", "loss"), True),
        (["grad"], False),
        ("loss", False),
        ((), False),
    ],
)
def test_the_charts_to_show_are_chosen(charts: Any, chooser: bool) -> None:
    panel = TrainingPanel(make_trainer(), charts=charts)
    shown = [charts] if isinstance(charts, str) else list(charts)
    assert list(panel._scene()) == shown
    assert (panel.charts.layout.display != "none") == bool(shown)
    assert (panel.chooser.layout.display != "none") == chooser
    panel.close()
    assert panel.charts.comm is None


@pytest.mark.parametrize("strip", [True, False])
def test_the_strip_may_be_left_out(strip: bool) -> None:
    panel = TrainingPanel(make_trainer(), strip=strip)
    assert (panel.strip.layout.display != "none") == strip
    panel.controller.again()
    panel.show()
    assert (panel.strip.layout.display != "none") == strip
    panel.close()


def test_an_unknown_chart_is_refused_before_anything_is_made() -> None:
    before = open_widgets()
    with pytest.raises(ValueError, match="unknown chart 'losses'; expected some of loss, rate"):
        TrainingPanel(make_trainer(), charts=["losses"])
    assert open_widgets() == before


def test_words_are_shown_twice_a_second_the_strip_once_and_fields_if_they_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 100.0
    monkeypatch.setattr("fineopt.widgets.panels.training.monotonic", lambda: now)
    calls: Counter[str] = Counter()

    async def use() -> None:
        nonlocal now
        trainer = make_trainer()
        panel = TrainingPanel(trainer, frames_per_second=1000)
        panel.actions.close()  # nothing but the frames shows anything

        def count(owner: object, name: str) -> None:
            call = getattr(owner, name)

            def counted() -> None:
                calls[name] += 1
                call()

            monkeypatch.setattr(owner, name, counted)

        for name in ("_draw", "_show_place", "_show_strip", "refresh"):
            count(panel, name)
        panel.play.click()
        await until(lambda: panel.controller.playing and calls["_draw"] > 2)
        for late in (0.0, 0.1, 0.49):  # since the words were shown
            now = 100.0 + late
            before = calls.copy()
            await until(lambda before=before: calls["_draw"] > before["_draw"] + 3)
            assert calls["_show_place"] == before["_show_place"]
            assert calls["_show_strip"] == before["_show_strip"]
        now += 0.02
        before, place = calls.copy(), panel.status.value
        await until(lambda: calls["_show_place"] > before["_show_place"])
        assert calls["refresh"] == before["refresh"]  # no group has changed
        assert panel.status.value != place
        assert calls["_show_strip"] == before["_show_strip"]
        strip = panel.strip.now
        now += 0.51
        await until(lambda: calls["_show_strip"] > before["_show_strip"])
        assert calls["refresh"] == before["refresh"]
        assert panel.strip.now > strip
        trainer.optimizer.param_groups[0]["lr"] = 0.003
        now += 0.51
        await until(lambda: calls["refresh"] > before["refresh"])
        assert panel.rows.children[0].number.value == 0.003
        before = calls.copy()
        panel.play.click()  # what a hand does is shown at once
        await until(lambda: not panel.controller.playing and calls["refresh"] > before["refresh"])
        panel.close()

    asyncio.run(use())


@pytest.mark.parametrize(
    "speed, wanted", [(None, ["step", "charts", "row"]), (10.0, ["row", "step", "charts"])]
)
def test_an_action_is_shown_with_the_step_after_it_if_that_comes_at_once(
    speed: float | None, wanted: list[str]
) -> None:
    told: list[str] = []

    async def use() -> None:
        trainer = make_trainer()
        panel = TrainingPanel(trainer)
        panel.actions.close()  # nothing but actions and frames shows anything
        LivePage(panel.charts)
        panel.play.click()
        await until(lambda: panel.controller.playing and trainer.record.steps > 3)
        panel.controller.speed = speed
        send, step = panel.charts.send, trainer.step

        def noted(what: str, call: Any) -> Any:
            return lambda *given: (told.append(what), call(*given))[-1]

        panel.charts.send, trainer.step = noted("charts", send), noted("step", step)
        row = panel.rows.children[0]
        row.summary.observe(lambda change: told.append("row"), "value")
        panel.controller.player.budget.charge(-1.0)  # frames have time enough
        row.freeze.value = True
        await until(lambda: set(told) == set(wanted))
        assert "frozen (was 0.1)" in row.summary.value
        assert trainer.record.lr[-1, 0] == 0
        panel.submit(lambda: trainer.optimizer.param_groups[9])
        await until(lambda: "list index out of range" in panel.message.value)
        panel.close()

    asyncio.run(use())
    assert sorted(set(told), key=told.index) == wanted


def test_an_acknowledgement_is_charged_to_the_share_of_the_frames() -> None:
    panel = TrainingPanel(make_trainer())
    charged: list[float] = []
    panel.charts._charge = charged.append
    panel.charts._on_message(None, {"page": "a", "hello": True}, None)
    assert charged == []
    panel.charts._on_message(None, {"page": "a", "ack": 1}, None)
    assert charged == [ACK_COST]
    player = panel.controller.player
    before = player.budget._left
    panel.controller.charge(0.5)
    assert player.budget._left == before - 0.5
    assert not player.budget.due(perf_counter(), 0.0)
