"""A watched PyTorch model: the panel answers while the user's plain loop keeps the kernel busy."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import REPOSITORY
from tests.browser.lab_server import Lab
from tests.browser.notebook import open_notebook, output, run_cell
from tests.browser.test_harness import write_notebook
from tests.support.peers import import_torch

import_torch()

CELLS = (
    f"import sys; sys.path.insert(0, {str(REPOSITORY)!r})\n"
    "import time, torch, fineopt\n"
    "torch.set_num_threads(1)\n"
    "model = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.Linear(16, 3))\n"
    "optimizer = torch.optim.SGD([{'params': model[0].parameters(), 'name': 'body'},\n"
    "    {'params': model[1].parameters(), 'name': 'head'}], lr=0.01)\n"
    "x, y = torch.randn(12, 8), torch.arange(12) % 3",
    "w = fineopt.watch(model, optimizer)\nw",
    "begin = time.monotonic()\n"
    "while time.monotonic() - begin < 240 and not w.groups['head'].frozen:\n"
    "    optimizer.zero_grad()\n"
    "    loss = torch.nn.functional.cross_entropy(model(x), y)\n"
    "    loss.backward()\n"
    "    optimizer.step()\n"
    "    w.loss(loss)\n"
    "print('frozen:', w.groups['head'].frozen, 'lr changed:', len(set(w.record.lr[:, 0])) > 1)",
)


def test_a_plain_loop_answers(page: Page, lab: Lab) -> None:
    write_notebook(lab.root / "watch.ipynb", *CELLS)
    open_notebook(page, lab, "watch.ipynb")
    run_cell(page, 0)
    run_cell(page, 1)
    panel = output(page, 1)
    expect(panel.get_by_role("slider").first).to_be_visible()
    run_cell(page, 2, wait=False)
    expect(panel.get_by_text("loss")).to_be_visible()

    slider = panel.get_by_role("slider").first
    slider.focus()
    slider.press("ArrowLeft")
    expect(panel.get_by_text("body · learning rate 0.01", exact=True)).to_have_count(0)

    panel.get_by_role("button", name="Pause").click()
    expect(panel.get_by_role("button", name="Go on")).to_be_visible()
    panel.get_by_role("button", name="Step").click()
    expect(panel.get_by_role("button", name="Go on")).to_be_visible()
    panel.get_by_role("button", name="Go on").click()
    expect(panel.get_by_role("button", name="Pause")).to_be_visible()

    panel.get_by_role("checkbox", name="Freeze head").check()
    expect(output(page, 2)).to_contain_text("frozen: True lr changed: True")
