"""Behaviour common to all panels: following code, messages, saved output, closing."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbconvert import HTMLExporter

from fineopt.optimizer import LinearLR
from fineopt.widgets import FreezePanel, GroupPanel, OptimizerPanel, TrainingPanel
from tests.support.panels import AT_ONCE, open_widgets
from tests.support.small import make_trainer
from tests.support.waiting import until

MAKERS: dict[str, Callable[[Any], Any]] = {
    "TrainingPanel": TrainingPanel,
    "FreezePanel": FreezePanel,
    "OptimizerPanel": OptimizerPanel,
    "GroupPanel": lambda trainer, **options: GroupPanel(trainer.optimizer, **options),
}


@pytest.mark.parametrize("kind", MAKERS)
def test_a_closed_panel_leaves_no_widget_and_no_task(kind: str) -> None:
    async def use() -> None:
        before, tasks = open_widgets(), asyncio.all_tasks()
        panel = MAKERS[kind](make_trainer())
        for row in getattr(panel.rows, "children", ()):
            if hasattr(row, "more"):
                row.more.click()
        await until(lambda: all(getattr(row, "fold", 1) for row in panel.rows.children))
        assert len(asyncio.all_tasks()) > len(tasks)
        panel.close()
        panel.close()  # twice is once
        await until(lambda: asyncio.all_tasks() == tasks)
        assert open_widgets() - before == set()

    asyncio.run(use())


@pytest.mark.parametrize("kind", MAKERS)
def test_the_task_ends_with_the_comm(kind: str) -> None:
    async def use() -> None:
        tasks = asyncio.all_tasks()
        panel = MAKERS[kind](make_trainer(), frames_per_second=AT_ONCE)
        panel.comm = None
        await until(lambda: asyncio.all_tasks() == tasks)

    asyncio.run(use())


@pytest.mark.parametrize("kind", MAKERS)
def test_a_saved_notebook_keeps_a_picture_and_stable_text(kind: str) -> None:
    bundles = [MAKERS[kind](make_trainer())._repr_mimebundle_() for _ in range(2)]
    assert base64.b64decode(bundles[0]["image/png"]).startswith(b"\x89PNG")
    assert bundles[0]["text/plain"].startswith(f"{kind}(")
    assert bundles[0]["text/plain"] == bundles[1]["text/plain"]
    assert bundles[0]["image/png"] == bundles[1]["image/png"]
    assert "application/vnd.jupyter.widget-view+json" in bundles[0]


@pytest.mark.parametrize("kind", MAKERS)
def test_frames_per_second_must_be_above_0(kind: str) -> None:
    with pytest.raises(ValueError, match="frames_per_second"):
        MAKERS[kind](make_trainer(), frames_per_second=0)


@pytest.mark.parametrize("kind", ["TrainingPanel", "GroupPanel"])
def test_changes_made_in_code_are_shown_while_nothing_plays(kind: str) -> None:
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
        await until(lambda: "Cannot be shown" in panel.message.value)
        trainer.optimizer.param_groups[0]["lr"] = 0.02
        await until(lambda: first.number.value == 0.02 and panel.message.value == "")
        panel.close()

    asyncio.run(use())


# --- one route: an action, one refresh, and its error in the panel -------------------------------


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (ValueError("too large"), "Not accepted:</b> too large"),
        (ZeroDivisionError("no luck"), "Not accepted:</b> ZeroDivisionError: no luck"),
        (KeyboardInterrupt("stop"), "Not accepted:</b> KeyboardInterrupt: stop"),
    ],
)
def test_an_action_that_fails_is_shown_until_the_next_one(
    kind: str, error: BaseException, shown: str
) -> None:
    panel = MAKERS[kind](make_trainer())

    def fail() -> None:
        raise error

    panel.submit(fail)
    assert shown in panel.message.value
    panel.submit(lambda: None)
    assert panel.message.value == ""
    panel.close()


def test_an_action_is_answered_by_one_refresh(monkeypatch: pytest.MonkeyPatch) -> None:
    panel = TrainingPanel(make_trainer())
    refreshed: list[int] = []
    monkeypatch.setattr(panel, "refresh", lambda: refreshed.append(1))
    for button in (panel.step, panel.epoch, panel.reset):
        button.click()
    assert len(refreshed) == 3
    panel.close()


@pytest.mark.parametrize("kind", MAKERS)
def test_the_saved_picture_has_alt_text_in_nbconvert_s_html(kind: str) -> None:
    panel = MAKERS[kind](make_trainer())
    bundle = panel._repr_mimebundle_()
    output = nbformat.v4.new_output("display_data", bundle)
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("panel", outputs=[output])]
    )
    html, _ = HTMLExporter().from_notebook_node(notebook)
    pictures = BeautifulSoup(html, "html.parser").find_all("img")
    assert [image["alt"] for image in pictures] == [panel.alt_text()]
    panel.close()
