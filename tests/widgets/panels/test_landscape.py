"""The landscape panel, without a browser."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import numpy as np
import pytest

from fineopt.landscape import LANDSCAPES, Landscape
from fineopt.widgets import LandscapePanel
from tests.support.live_page import LivePage
from tests.support.panels import open_widgets
from tests.support.waiting import turns, until


def broken(x: Any, y: Any) -> Any:
    """A function that can be drawn, but whose steps fail."""
    return x * x + 1 / x.ndim


def test_widgets_show_and_set_the_controller_s_settings() -> None:
    panel = LandscapePanel("rosenbrock", optimizers=("SGD", "Adam"), lrs=(0.001, 0.05))
    x, y = panel.rows
    assert (x.rule.value, x.slider.value, x.number.value) == ("SGD", 0.001, 0.001)
    assert (y.rule.value, y.slider.value, y.number.value) == ("Adam", 0.05, 0.05)
    y.slider.value = 0.02
    assert (panel.controller.lrs, y.number.value) == ((0.001, 0.02), 0.02)
    x.number.value = 30
    assert (panel.controller.lrs[0], x.slider.value, x.slider.max) == (30, 30, 2)
    x.rule.value = "Momentum"
    assert panel.controller.run.rules == ("Momentum", "Adam")
    panel.start[0].value = 0.5
    assert panel.controller.start == (0.5, 1.0)
    panel.speed.value = 60.0
    assert panel.controller.speed == 60


def test_an_lr_of_0_can_be_typed_and_the_coordinate_does_not_move() -> None:
    panel = LandscapePanel("beale")
    panel.rows[1].number.value = 0
    panel.step.click()
    assert panel.controller.run.path[1, 1] == 1
    panel.rows[1].slider.value = 0.1
    assert panel.controller.lrs[1] == 0.1


def test_a_slider_moved_there_and_back_while_both_moves_are_queued() -> None:
    async def use() -> None:
        panel = LandscapePanel("beale", lrs=(0.1, 0.1))
        row = panel.rows[0]
        for lr in (0.2, 0.3, 0.1):
            row.slider.value = lr
        await turns()
        assert panel.controller.lrs[0] == row.slider.value == 0.1
        panel.close()

    asyncio.run(use())


def test_changes_made_in_code_are_shown() -> None:
    panel = LandscapePanel("beale")
    panel.controller.set_landscape("saddle")
    panel.controller.set_start(0.1, 0.2)
    panel.controller.set_rule(1, "Lion")
    assert panel.landscape.value is LANDSCAPES["saddle"]
    assert [box.value for box in panel.start] == [0.1, 0.2]
    assert panel.rows[1].rule.value == "Lion"
    panel.controller.run.optimizer.param_groups[0]["lr"] = 0.007
    panel.show()
    assert panel.rows[0].number.value == 0.007


def test_another_landscape_is_drawn() -> None:
    panel = LandscapePanel("beale")
    page = LivePage(panel.map)
    contours = page.scene["map"]["tables"]["c0"]
    panel.landscape.value = LANDSCAPES["noisy"]
    assert panel.controller.landscape is LANDSCAPES["noisy"]
    assert "Noisy quadratic" in page.alt
    assert page.scene["map"]["title"].startswith("Noisy quadratic")
    assert not np.array_equal(page.scene["map"]["tables"]["c0"], contours, equal_nan=True)


def test_the_start_is_dropped_on_the_map() -> None:
    panel = LandscapePanel("saddle")
    page = LivePage(panel.map)
    page.tell(drop=[0.49999, -0.25])
    assert panel.controller.start == (0.5, -0.25)
    assert [box.value for box in panel.start] == [0.5, -0.25]
    panel.step.click()
    page.tell(drop=[0.5, -0.25])  # the same place again
    assert (panel.controller.start, panel.controller.run.steps) == ((0.5, -0.25), 0)
    np.testing.assert_allclose(page.scene["map"]["tables"]["p0"], [[0.5, -0.25]])
    for junk in ([1], ["a", 2], None, [True, 0], {"x": 1}):
        page.tell(drop=junk)
    assert panel.controller.start == (0.5, -0.25)
    page.tell(drop=[1e9, 0])
    assert "far outside this landscape" in panel.message.value
    assert panel.controller.start == (0.5, -0.25)


def test_buttons_play_step_keep_clear_and_reset() -> None:
    async def use() -> None:
        panel = LandscapePanel("beale", frames_per_second=1000)
        assert panel.keep.disabled
        assert panel.clear.layout.display == "none"
        panel.step.click()
        await until(lambda: panel.controller.run.steps == 1)
        panel.play.click()
        await until(lambda: panel.play.description == "Pause")
        assert panel.step.disabled
        await until(lambda: panel.controller.run.steps > 3)
        panel.keep.click()
        await until(lambda: not panel.controller.playing)
        assert panel.play.description == "Play"
        assert (len(panel.controller.kept), panel.controller.run.steps) == (1, 0)
        page = LivePage(panel.map)
        await until(lambda: "Run 2, x: SGD" in page.alt)
        assert panel.clear.layout.display is None
        panel.clear.click()
        await until(lambda: not panel.controller.kept)
        panel.step.click()
        await until(lambda: panel.controller.run.steps == 1)
        panel.reset.click()
        await until(lambda: panel.controller.run.steps == 0)
        assert "step 0 of 500" in panel.status.value
        panel.close()

    asyncio.run(use())


def test_an_invalid_number_is_refused_in_its_field_and_reverted() -> None:
    panel = LandscapePanel("beale")
    panel.rows[1].number.value = -3
    assert "the lr of y must be at least 0" in panel.rows[1].number.error
    assert panel.rows[1].number.value == 0.02
    panel.start[0].value = 1e9
    assert "far outside this landscape" in panel.start[0].error
    assert panel.start[0].value == 1
    panel.start[0].value = 0.5
    assert panel.start[0].error == panel.message.value == ""


@pytest.mark.parametrize("button", ["step", "play"])
def test_an_error_in_a_step_is_shown(button: str) -> None:
    async def use() -> None:
        own = Landscape("own", broken, (-1, 1), (-1, 1), (), (0, 0), 0.1, "", "")
        panel = LandscapePanel(own)
        getattr(panel, button).click()
        await until(lambda: "ZeroDivisionError" in panel.message.value)
        assert "Stopped by an error" in panel.message.value
        assert panel.play.description == "Play"
        panel.close()

    asyncio.run(use())


def test_the_saved_output_has_a_picture_and_stable_text() -> None:
    panel = LandscapePanel("beale", optimizers=("SGD", "Adam"), lrs=(0.01, 0.1))
    panel.step.click()
    bundle = panel._repr_mimebundle_()
    assert base64.b64decode(bundle["image/png"])[1:4] == b"PNG"
    assert bundle["text/plain"] == (
        "LandscapePanel(Beale's function, x: SGD, lr 0.01; y: Adam, lr 0.1)"
    )


def test_closing_ends_the_task_and_every_widget() -> None:
    async def use() -> None:
        before = open_widgets()
        panel = LandscapePanel("beale")
        panel.play.click()
        await until(lambda: panel.controller.playing)
        panel.close()
        await until(lambda: not panel.controller.playing)
        assert open_widgets() == before

    asyncio.run(use())
