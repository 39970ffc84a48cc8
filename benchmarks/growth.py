"""A long run in JupyterLab and Chromium, with its page open, hidden and closed: what grows.

A tiny network takes 100,000 steps in each state. Memory is compared from a tenth of the way to the
end; the record of these steps, of 24 bytes each, is part of it. Needs what `browser` needs.
"""

from __future__ import annotations

import ast
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from playwright.sync_api import Browser, Page

from tests.browser.chromium import find_chromium, headless, why_no_chromium
from tests.browser.lab_server import Lab, lab_server
from tests.browser.notebook import open_notebook, run_all
from tests.browser.test_harness import write_notebook
from tests.browser.test_live import HIDE

from .measure import Row

__all__ = ["growth"]

REPOSITORY = Path(__file__).parent.parent
STEPS = 100_000  # in each state
EARLY = 500  # the step from which the first frames are measured
SAME = 300  # frames at both ends whose costs are compared
KERNEL, PAGE = 16.0, 4.0  # MB, at most
FLAT = 1.2  # the ratio of a late frame to an early one, at most
LIMIT = 600.0  # seconds for the steps of one state
VIEW = "document.querySelector('.fineopt-charts').fineoptView"
SETUP = f"""
import sys; sys.path.insert(0, {str(REPOSITORY)!r})
import gc, statistics, time
import psutil
from fineopt.control.training import TrainingController
from fineopt.widgets import TrainingPanel
from fineopt.training import Trainer
from tests.support.small import make_trainer
made = make_trainer()
trainer = Trainer(made.net, made.optimizer, list(made.dataloader) * 20)  # epochs of 60 steps
panel = TrainingPanel(trainer)
took, sizes = [], []
push, send = panel.charts._push_scene, panel.charts.send

def pushed(*args, **options):
    begin = time.thread_time()
    push(*args, **options)
    took.append((trainer.record.steps, (time.thread_time() - begin) * 1e3))

def sent(content, buffers):
    sizes.append(len(buffers[0]))
    send(content, buffers)

panel.charts._push_scene, panel.charts.send = pushed, sent

def state():
    gc.collect()
    memory = psutil.Process().memory_info().rss / 1e6
    return trainer.record.steps, memory, len(took), sum(sizes), panel.controller.playing

def cost(first, count):
    "The median of the milliseconds of so many frames from a step on."
    found = [ms for step, ms in took if step >= first][:count] if count > 0 else [
        ms for _, ms in took[count:]]
    return statistics.median(found) if found else 0.0

panel"""


class Kernel:
    """A notebook's kernel, asked without a page."""

    def __init__(self, lab: Lab) -> None:
        (kernel,) = lab.kernels()
        file = lab.home / "runtime" / f"kernel-{kernel}.json"
        self._client = BlockingKernelClient(connection_file=str(file))
        self._client.load_connection_file()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=60)

    def value(self, expression: str) -> Any:
        """Return the value of an expression: numbers, strings and tuples."""
        reply: Any = self._client.execute(
            "", user_expressions={"value": expression}, reply=True, timeout=120
        )
        told = reply["content"]["user_expressions"]["value"]
        if told["status"] != "ok":
            raise RuntimeError(f"{expression}: {told['ename']}: {told['evalue']}")
        return ast.literal_eval(told["data"]["text/plain"])

    def close(self) -> None:
        """Close the channels."""
        self._client.stop_channels()

    def until(self, steps: int) -> tuple[int, float, int, int]:
        """Wait until the run has taken so many steps; return them, MB, frames and bytes."""
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            taken, memory, frames, sizes, playing = self.value("state()")
            if taken >= steps:
                return taken, memory, frames, sizes
            if not playing:
                raise RuntimeError(f"the run stopped at step {taken}")
            time.sleep(1)
        raise TimeoutError(f"the run did not come to step {steps:,} in {LIMIT:g} s")


def heap(page: Page) -> float:
    """Return the MB that the page's JavaScript keeps alive."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used: float = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return used / 1e6


def growth(threads: int, rounds: int) -> Iterator[Row]:
    """Measure memory, bytes and frames over 100,000 steps, with the page open, hidden, closed."""
    chromium = find_chromium()
    if chromium is None:
        print(why_no_chromium())
        return
    with (
        tempfile.TemporaryDirectory() as root,
        lab_server(Path(root)) as lab,
        headless(chromium) as running,
    ):
        yield from _states(running, lab)


def _states(running: Browser, lab: Lab) -> Iterator[Row]:
    page = running.new_page(viewport={"width": 1280, "height": 1200})
    write_notebook(lab.root / "growth.ipynb", SETUP)
    open_notebook(page, lab, "growth.ipynb")
    run_all(page)
    page.get_by_role("img").first.scroll_into_view_if_needed()
    page.wait_for_function(f"() => {VIEW}.stats.painted > 0")
    kernel = Kernel(lab)
    kernel.value("panel.controller.play()")
    yield from _one("open", kernel, lambda: heap(page))
    early, late = kernel.value(f"(cost({EARLY}, {SAME}), cost(0, -{SAME}))")
    yield Row(f"a frame, step {STEPS:,}", late, early, late / early, FLAT, of=f"step {EARLY}")
    page.evaluate(HIDE, True)
    yield from _one("hidden", kernel, lambda: heap(page))
    page.evaluate(HIDE, False)
    page.wait_for_function(f"() => {VIEW}.stats.received > 0")
    page.close()
    yield from _one("closed", kernel, None)
    kernel.value("panel.controller.pause()")
    kernel.close()


def _one(name: str, kernel: Kernel, page: Callable[[], float] | None) -> Iterator[Row]:
    """Measure 100,000 further steps; compare memory after a tenth of them to that at the end."""
    begin = kernel.until(0)[0]
    first, at = kernel.until(begin + STEPS // 10), time.perf_counter()
    before = page() if page else 0.0
    last = kernel.until(begin + STEPS)
    seconds = time.perf_counter() - at
    after = page() if page else 0.0
    frames, size = last[2] - first[2], last[3] - first[3]
    grown = last[1] - first[1]
    yield Row(f"kernel's growth, {name}", grown, KERNEL, grown / KERNEL, 1.0, "MB", "limit")
    if page:
        grown = after - before
        yield Row(f"page's growth, {name}", grown, PAGE, grown / PAGE, 1.0, "MB", "limit")
    print(
        f"    {name}: kernel {first[1]:.0f} to {last[1]:.0f} MB, page {before:.1f} to "
        f"{after:.1f} MB, {frames / seconds:.1f} frames a second, "
        f"{size / max(frames, 1) / 1e3:.2f} kB a frame, "
        f"{(last[0] - first[0]) / seconds:,.0f} steps a second",
        flush=True,
    )
