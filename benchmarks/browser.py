"""The cost of a live panel in JupyterLab and Chromium, beside a bare loop that takes turns with it.

Needs JupyterLab, Playwright and Chromium, and a quiet machine: all times are wall times, since the
browser and the kernel share the processors.
"""

from __future__ import annotations

import json
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.browser.chromium import find_chromium, headless, why_no_chromium
from tests.browser.lab_server import Lab, lab_server
from tests.browser.notebook import open_notebook, output, run_all, run_python
from tests.browser.test_harness import write_notebook

from .measure import Row

__all__ = ["browser"]

REPOSITORY = Path(__file__).parent.parent
KEPT = 0.9  # of the bare loop's steps per second
LIMITS = {"kernel": 2.5, "page": 6.0, "bytes": 4.0, "slider": 80.0}  # ms, ms, kB, ms
SECONDS = 0.5  # of each turn: many short ones, as the speed of a shared machine changes
BEFORE, AFTER = 0.25, 0.1  # seconds until a panel plays steadily, and until the page rests again
TURNS = 6  # of each side in a round
SETUP = f"""
import sys; sys.path.insert(0, {str(REPOSITORY)!r})
import asyncio, json, time
from benchmarks.live import _trainer as new_trainer
from fineopt.training import train_func
from fineopt.widgets import TrainingPanel
trainer, bare = new_trainer(), new_trainer()
panel = TrainingPanel(trainer, watch="fc1.weight")
kernel, sizes = [], []
push, send = panel.charts._push_scene, panel.charts.send

def pushed(*args, **options):
    begin = time.thread_time()
    push(*args, **options)
    kernel.append((time.thread_time() - begin) * 1e3)

def sent(content, buffers):
    sizes.append((content, len(buffers[0])))  # words are counted later: it is no cost of a panel
    send(content, buffers)

panel.charts._push_scene, panel.charts.send = pushed, sent

def fill(steps):
    "Record steps without training, to begin late in a run."
    trainer.step()
    engine, record = trainer, trainer.record
    values = {{name: p.numpy() for name, p in trainer.parameters.items()}}
    while record.steps < steps:
        record.add_step(0.5, [0.01, 0.01], values, values)
        if record.steps % 62 == 0:
            record.end_epoch(0.9, values, values)

def loop(seconds):
    "Return the steps per second of a bare loop."
    begin, steps = time.perf_counter(), 0
    while time.perf_counter() - begin < seconds:
        for images, labels in bare.dataloader:
            bare.optimizer.clear_grad()
            _, loss = train_func(images, labels, bare.net, bare.gm)
            bare.optimizer.step()
            loss.item()
            steps += 1
            if time.perf_counter() - begin >= seconds:
                break
    return steps / (time.perf_counter() - begin)

async def play(seconds):
    "Return the steps and the frames per second while the panel plays."
    panel.controller.play()
    await asyncio.sleep({BEFORE})
    begin, before = time.perf_counter(), (trainer.record.steps, panel.charts.frames)
    await asyncio.sleep(seconds)
    now, took = (trainer.record.steps, panel.charts.frames), time.perf_counter() - begin
    panel.controller.pause()
    await asyncio.sleep({AFTER})
    return [(b - a) / took for a, b in zip(before, now)]

async def take_turns(count, seconds):
    "Note the rates of both sides. No cell asks meanwhile: it would take 10 ms itself."
    first = loop(seconds)
    for _ in range(count):
        (ours, frames), last = await play(seconds), loop(seconds)
        rates.append([ours, (first + last) / 2, frames])
        first = last

rates = []
panel"""
VIEW = "document.querySelector('.fineopt-charts').fineoptView"
FRAMES = f"() => [{VIEW}.stats.received, {VIEW}.stats.painted]"
REPAINT = f"""async () => {{
    const view = {VIEW}, took = [];
    for (let i = 0; i < 30; i++) {{
        view.ask(null);
        await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
        took.push(view.stats.paint.at(-1));
    }}
    return took.sort((a, b) => a - b)[15];
}}"""
# From the input of a slider to the paint of a scene with that lr, in milliseconds.
SLIDE = f"""async turn => {{
    const view = {VIEW}, input = document.querySelector('.fineopt-slider input');
    const painted = () => {{
        const table = view.scene.rate.tables.t;
        return 10 ** table.data[(table.rows - 1) * table.cols + 1];
    }};
    const before = painted(), begin = performance.now();
    input.value = -2 + 0.1 * (turn % 5 + 1);
    input.dispatchEvent(new Event('input', {{ bubbles: true }}));
    while (painted() === before && performance.now() - begin < 3000)
        await new Promise(done => requestAnimationFrame(done));
    return performance.now() - begin;
}}"""


def ask(page: Page, code: str) -> Any:
    """Run code in the kernel, and return the JSON that it prints."""
    return json.loads(run_python(page, code))


def browser(threads: int, rounds: int) -> Iterator[Row]:
    """Measure steps kept, frames, and their cost, at scale 1 and 2, early and late in a run."""
    chromium = find_chromium()
    if chromium is None:
        print(why_no_chromium())
        return
    with (
        tempfile.TemporaryDirectory() as root,
        lab_server(Path(root)) as lab,
        headless(chromium) as running,
    ):
        for scale in (1, 2):
            context = running.new_context(
                viewport={"width": 1280, "height": 1200}, device_scale_factor=scale
            )
            for steps in (500, 20_000):
                page = context.new_page()
                yield from _rows(page, lab, scale, steps, max(3, rounds))
                page.close()
                lab.forget()
            context.close()


def _open(page: Page, lab: Lab, steps: int) -> None:
    write_notebook(lab.root / "live.ipynb", SETUP)
    open_notebook(page, lab, "live.ipynb")
    run_all(page)
    run_python(page, f"fill({steps}); panel.show()")
    output(page, 0).get_by_role("img").scroll_into_view_if_needed()
    # Waits for the charts too: twice they were not on the page yet, for a reason not found.
    page.wait_for_function(
        "() => document.querySelector('.fineopt-charts')?.fineoptView?.stats.painted > 0"
    )


def _steadiness(turns: list[list[float]]) -> str:
    """Say how much the bare loop's own speed changed, with which the ratios scatter."""
    took = [1e3 / bare for _, bare, _ in turns]
    low, _, high = statistics.quantiles((bare / ours for ours, bare, _ in turns), n=4)
    least, most = min(took), max(took)
    return f"    bare {least:.1f} to {most:.1f} ms, half the ratios {low:.2f} to {high:.2f}"


def _rows(page: Page, lab: Lab, scale: int, steps: int, rounds: int) -> Iterator[Row]:
    _open(page, lab, steps)
    run_python(page, "kernel.clear(); sizes.clear()")
    count, before = TURNS * rounds, page.evaluate(FRAMES)
    run_python(page, f"turns = asyncio.ensure_future(take_turns({count}, {SECONDS}))")
    page.wait_for_timeout(1e3 * (count * (2 * SECONDS + BEFORE + AFTER) + SECONDS))
    turns = ask(page, "await turns; print(json.dumps(rates))")
    page.wait_for_timeout(500)
    received, painted = (b - a for a, b in zip(before, page.evaluate(FRAMES), strict=True))
    at = f"scale {scale}, step {steps:,}"
    mine, theirs, frames = zip(*turns, strict=True)
    a, b = 1e3 / statistics.median(mine), 1e3 / statistics.median(theirs)
    share = statistics.median(bare / ours for ours, bare, _ in turns)
    yield Row(f"step, {at}", a, b, share, round(1 / KEPT, 3), of="bare")
    print(f"    {statistics.mean(frames):.1f} frames a second, {painted} of {received} painted")
    print(_steadiness(turns))
    said = "[len(json.dumps(words)) + numbers for words, numbers in sizes]"
    kernel, sizes = ask(page, f"print(json.dumps([kernel, {said}]))")
    cost = statistics.median(kernel)
    yield Row(
        f"kernel a frame, {at}", cost, LIMITS["kernel"], cost / LIMITS["kernel"], 1.0, of="limit"
    )
    size = statistics.mean(sizes) / 1e3
    yield Row(f"a frame, {at}", size, LIMITS["bytes"], size / LIMITS["bytes"], 1.0, "kB", "limit")
    took = page.evaluate(REPAINT)
    yield Row(f"page, all, {at}", took, LIMITS["page"], took / LIMITS["page"], 1.0, of="limit")
    run_python(page, "panel.controller.play()")
    slides = []
    for turn in range(20):
        slides.append(page.evaluate(SLIDE, turn))
        page.wait_for_timeout(370)
    run_python(page, "panel.controller.pause()")
    late = statistics.median(slides)
    yield Row(
        f"slider to picture, {at}", late, LIMITS["slider"], late / LIMITS["slider"], 1.0, of="limit"
    )
