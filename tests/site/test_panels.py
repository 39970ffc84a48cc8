"""Each kind of panel, once, and an answer that is kept: all in one notebook of the site."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.notebook import output, run_cell, run_python, set_source
from tests.site.conftest import new_context, watched_page
from tests.site.notebook import Site, button, open_lesson, play_and_pause, saved_cells, use_slider

LESSON = "en/01-learning-rate-per-group.ipynb"
SETUP = """
import fineopt, fineopt.optimizer as optim, fineopt.widgets as widgets
from fineopt.data import DataLoader, RandomSampler
from fineopt.data.dataset import MNISTSample
from fineopt.data.transform import Compose, Normalize, Pad, ToMode
from fineopt.models import LeNet
from fineopt.training import Trainer
digits = MNISTSample()
loader = DataLoader(
    digits, sampler=RandomSampler(digits, batch_size=16, drop_last=True),
    transform=Compose([Normalize(mean=33.3, std=78.6), Pad(2), ToMode("CHW")]),
)
net = LeNet()
conv = [p for name, p in net.named_parameters() if "conv" in name]
rest = [p for name, p in net.named_parameters() if "conv" not in name]
optimizer = optim.SGD([{"params": conv, "name": "conv"}, {"params": rest}], lr=0.05)
trainer = Trainer(net, optimizer, loader)
"""
pytestmark = pytest.mark.xdist_group("panels")  # they share a kernel
PANEL = ".widget-vbox.fineopt-panel"
LR = "optimizer.param_groups[0]['lr']"


@dataclass
class Panels:
    """A notebook in which each panel is shown below the next code cell."""

    page: Page
    cells: Iterator[int]

    def show(self, panel: str) -> Locator:
        """Show a panel of a new run, and return it."""
        index = next(self.cells)
        set_source(self.page, index, f"{SETUP}panel = widgets.{panel}\npanel")
        run_cell(self.page, index)
        shown = output(self.page, index).locator(PANEL)
        expect(shown).to_be_visible()
        return shown


@pytest.fixture(scope="module")
def panels(browser: Browser, site: Site) -> Iterator[Panels]:
    """One kernel for all panels: it takes most of a test's time to start."""
    cells = saved_cells(site.folder / "files" / LESSON)
    code = (index for index, cell in enumerate(cells) if cell["cell_type"] == "code")
    with new_context(browser) as context, watched_page(context, site) as page:
        open_lesson(page, site, LESSON)
        yield Panels(page, code)


def test_training_panel_plays_pauses_and_takes_a_slider_while_it_plays(panels: Panels) -> None:
    page, panel = panels.page, panels.show("TrainingPanel(trainer)")
    play_and_pause(panel)
    use_slider(page, panel, LR)
    button(panel, "Play").click()
    button(panel, "Pause").wait_for()
    use_slider(page, panel, LR)
    assert run_python(page, "print(panel.controller.playing)") == "True"
    button(panel, "Pause").click()
    button(panel, "Play").wait_for()


def test_landscape_panel_plays(panels: Panels) -> None:
    panel = panels.show("LandscapePanel('saddle')")
    play_and_pause(panel)
    assert int(run_python(panels.page, "print(panel.controller.run.steps)")) > 0
    use_slider(panels.page, panel, "panel.controller.lrs")


def test_freeze_panel_detaches_a_parameter(panels: Panels) -> None:
    shown = panels.show("FreezePanel(trainer)")
    box = shown.get_by_role("checkbox", name="attach conv1.weight")
    box.click()
    expect(box).not_to_be_checked()
    trained = "trainer.step(); print(conv[0].grad is None or conv[1].grad is None)"
    assert run_python(panels.page, trained) == "True"


def test_optimizer_panel_replaces_the_optimizer_of_a_group(panels: Panels) -> None:
    shown = panels.show("OptimizerPanel(trainer)")
    shown.get_by_label("optimizer of").nth(1).select_option("Adam")
    expect(shown.get_by_text("whose state starts at zero")).to_be_visible()


def test_audit_panel_lists_each_parameter(panels: Panels) -> None:
    shown = panels.show("AuditPanel(trainer)")
    for name in ("conv1.weight", "fc1.bias", "classifer.weight"):
        expect(shown).to_contain_text(name)


def test_an_answer_is_kept_over_a_reload(panels: Panels, site: Site) -> None:
    """The last test, as the page is then another."""
    page, cells = panels.page, saved_cells(site.folder / "files" / LESSON)
    place = next(i for i, cell in enumerate(cells) if "default_lr.check" in "".join(cell["source"]))
    answer = "".join(cells[place]["source"]).replace("...", "0.15")
    run_python(page, "from fineopt.practice import lesson_01 as practice")
    set_source(page, place, answer)
    run_cell(page, place)
    expect(output(page, place)).to_contain_text("Right.")
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    page.goto(site.address(LESSON))
    expect(output(page, place)).to_contain_text("Right.")
    kept = page.evaluate(
        "i => window.jupyterapp.shell.currentWidget.content.widgets[i].model.sharedModel.source",
        place,
    )
    assert kept == answer
