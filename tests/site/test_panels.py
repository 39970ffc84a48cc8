"""Each kind of panel, once, in the site."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.notebook import output, run_cell, run_python, set_source
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
PANEL = ".widget-vbox.fineopt-panel"
LR = "optimizer.param_groups[0]['lr']"


def show(page: Page, site: Site, panel: str) -> int:
    """Show a panel below the first code cell of a lesson, and return the cell's index."""
    open_lesson(page, site, LESSON)
    cells = saved_cells(site.folder / "files" / LESSON)
    index = next(i for i, cell in enumerate(cells) if cell["cell_type"] == "code")
    set_source(page, index, f"{SETUP}panel = widgets.{panel}\npanel")
    run_cell(page, index)
    expect(output(page, index).locator(PANEL)).to_be_visible()
    return index


def test_training_panel_plays_pauses_and_takes_a_slider_while_it_plays(
    page: Page, site: Site
) -> None:
    panel = output(page, show(page, site, "TrainingPanel(trainer)")).locator(PANEL)
    play_and_pause(panel)
    use_slider(page, panel, LR)
    button(panel, "Play").click()
    button(panel, "Pause").wait_for()
    use_slider(page, panel, LR)
    assert run_python(page, "print(panel.controller.playing)") == "True"
    button(panel, "Pause").click()
    button(panel, "Play").wait_for()


def test_landscape_panel_plays(page: Page, site: Site) -> None:
    panel = output(page, show(page, site, "LandscapePanel('saddle')")).locator(PANEL)
    play_and_pause(panel)
    steps = int(run_python(page, "print(panel.controller.run.steps)"))
    assert steps > 0


def test_freeze_panel_detaches_a_parameter(page: Page, site: Site) -> None:
    shown = output(page, show(page, site, "FreezePanel(trainer)")).locator(PANEL)
    box = shown.get_by_role("checkbox", name="attach conv1.weight")
    box.click()
    expect(box).not_to_be_checked()
    trained = "trainer.step(); print(conv[0].grad is None or conv[1].grad is None)"
    assert run_python(page, trained) == "True"


def test_optimizer_panel_replaces_the_optimizer_of_a_group(page: Page, site: Site) -> None:
    shown = output(page, show(page, site, "OptimizerPanel(trainer)")).locator(PANEL)
    shown.get_by_label("optimizer of").nth(1).select_option("Adam")
    expect(shown.get_by_text("whose state starts at zero")).to_be_visible()


def test_audit_panel_lists_each_parameter(page: Page, site: Site) -> None:
    shown = output(page, show(page, site, "AuditPanel(trainer)")).locator(PANEL)
    for name in ("conv1.weight", "fc1.bias", "classifer.weight"):
        expect(shown).to_contain_text(name)
