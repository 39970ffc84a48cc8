"""A live view and its pages, in plain Python: whatever happens, an awake page shows the truth."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fineopt.control.playing.loop import ActionQueue
from fineopt.recorder import Record
from fineopt.scenes.watched_run import WatchedRun
from fineopt.widgets.live import SceneView
from fineopt.widgets.parts.html import close_all
from tests.support.panels import open_widgets, tell
from tests.support.reference_page import ReferencePage, plain

NAMES = {"conv.weight": 0, "fc.weight": 1}


def go_on(record: Record, steps: int) -> None:
    for _ in range(steps):
        step = record.steps
        values = {name: np.full((2, 3), 0.1 * i + 0.01 * step) for i, name in enumerate(NAMES)}
        grads = {name: np.ones((2, 3)) for name in NAMES}
        if not record.started:
            record.start(values)
        record.add_step(1 / (1 + step), [0.1, 0.0 if step % 7 else 0.02], values, grads)
        if record.steps % 5 == 0:
            record.end_epoch(None, values, grads)


class Stand:
    """A view of a run, and pages that are told what it sends, a frame every tenth of a second."""

    def __init__(self, pages: int = 2) -> None:
        record = Record(NAMES, ["conv", "fc"], steps_per_epoch=5)
        self.run = WatchedRun(record, "conv.weight")
        self.scenes = 0
        self.picked: list[str] = []
        self.dropped: list[tuple[float, float]] = []
        self.view = SceneView(
            self._make, self.run.describe, ActionQueue(), watch=self.picked.append,
            drop=lambda x, y: self.dropped.append((x, y)),
        )  # fmt: skip
        self.view.send = self._send  # type: ignore[method-assign]
        self.pages = [ReferencePage(f"page {i}") for i in range(pages)]
        self.deaf: set[str] = set()  # pages that lose what is sent
        self.awake: set[str] = set()
        self.now, self.bytes = 0.0, list[int]()

    def _make(self) -> Any:
        self.scenes += 1
        return self.run.scene()

    def _send(self, content: Any, buffers: Sequence[bytes]) -> None:
        told = json.loads(json.dumps(content, allow_nan=False))
        self.bytes.append(len(buffers[0]) + len(json.dumps(content)))
        asking = [
            page for page in self.pages
            if page.name not in self.deaf and page.receive(told, buffers[0])
        ]  # fmt: skip
        for page in asking:
            self.tell(page, hello=True)

    def tell(self, page: ReferencePage, **content: Any) -> None:
        tell(self.view, {"page": page.name, **content})

    def wake(self, page: ReferencePage) -> None:
        self.awake.add(page.name)
        self.deaf.discard(page.name)
        self.tell(page, wake=True)

    def sleep(self, page: ReferencePage) -> None:
        self.awake.discard(page.name)
        self.tell(page, sleep=page.frame)

    def frame(self, final: bool = False) -> None:
        self.now += 0.1
        self.view.refresh(final)

    def acknowledge(self) -> None:
        for page in self.pages:
            if page.name in self.awake - self.deaf and page.frame >= 0:
                self.tell(page, ack=page.frame)


@pytest.fixture
def stand() -> Iterator[Stand]:
    made = Stand()
    with patch("fineopt.widgets.live.scene_view.monotonic", lambda: made.now):
        yield made
    made.view.close()


HAPPENINGS = (
    "steps", "many", "clear", "view", "watch", "marks", "wake", "sleep", "deafen", "frame",
    "pause", "acknowledge", "wait", "reload", "scroll",
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(HAPPENINGS), st.integers(0, 3)), max_size=25))
def test_awake_pages_show_the_scene_whatever_happened(happenings: list[tuple[str, int]]) -> None:
    stand = Stand()
    with patch("fineopt.widgets.live.scene_view.monotonic", lambda: stand.now):
        for what, number in happenings:
            happen(stand, what, number)
        for _ in stand.pages:  # a second later, for those that still look
            stand.now += 1.1
            stand.acknowledge()
        for page in stand.pages:
            if page.name in stand.deaf and page.name in stand.awake:
                stand.wake(page)
        stand.frame(final=True)
        stand.acknowledge()
        truth, alt = plain(stand.run.scene()), stand.run.describe()
        for page in stand.pages:
            if page.name in stand.awake and page.name not in stand.deaf:
                assert plain(page.charts) == truth
                assert page.alt == alt
    stand.view.close()


def happen(stand: Stand, what: str, number: int) -> None:
    run, page = stand.run, stand.pages[number % 2]
    if what in ("steps", "many"):
        go_on(run.record, 1 + number if what == "steps" else 300)
    elif what == "clear":
        run.record.clear()
    elif what == "view":
        run.view = ("lines", "path", "ratio", "histogram")[number]  # type: ignore[assignment]
    elif what == "watch":
        run.watch = list(NAMES)[number % 2] if number < 2 else list(NAMES)
    elif what == "marks":
        run.marks = not run.marks
    elif what == "wake":
        stand.wake(page)
    elif what == "sleep":
        stand.sleep(page)
    elif what == "deafen":
        stand.deaf.add(page.name)
    elif what in ("frame", "pause"):
        stand.frame(final=what == "pause")
    elif what == "acknowledge":
        stand.acknowledge()
    elif what == "wait":
        stand.now += 1.5
    elif what == "scroll":
        stand.tell(page, idle=number < 2)
    elif what == "reload":
        stand.pages[number % 2] = ReferencePage(f"{page.name}'")
        stand.wake(stand.pages[number % 2])


def test_without_a_page_no_scene_is_made(stand: Stand) -> None:
    for _ in range(50):
        go_on(stand.run.record, 1)
        stand.frame()
    assert (stand.scenes, stand.bytes) == (0, [])
    stand.wake(stand.pages[0])
    assert stand.scenes == 1
    assert plain(stand.pages[0].charts) == plain(stand.run.scene())


def test_a_page_that_never_acknowledges_costs_nothing_after_a_second(stand: Stand) -> None:
    stand.wake(stand.pages[0])
    for _ in range(20):
        go_on(stand.run.record, 1)
        stand.frame()
    scenes = stand.scenes
    assert scenes <= 12
    for _ in range(1000):
        go_on(stand.run.record, 1)
        stand.frame()
    assert stand.scenes == scenes
    stand.acknowledge()  # it was slow
    assert plain(stand.pages[0].charts) == plain(stand.run.scene())


def test_a_frame_of_a_step_is_small(stand: Stand) -> None:
    go_on(stand.run.record, 400)
    stand.wake(stand.pages[0])
    stand.bytes.clear()
    for _ in range(200):
        go_on(stand.run.record, 3)
        stand.frame()
        stand.acknowledge()
    assert len(stand.bytes) == 200
    assert np.mean(stand.bytes) <= 4096


def test_the_description_is_sent_every_two_seconds_and_at_the_end(stand: Stand) -> None:
    page = stand.pages[0]
    stand.wake(page)
    said = []
    for _ in range(40):
        go_on(stand.run.record, 1)
        stand.frame()
        stand.acknowledge()
        said.append(page.alt)
    assert 2 <= len(set(said)) <= 4
    stand.frame(final=True)
    assert page.alt == stand.run.describe()


JUNK: list[Any] = [
    None, [], "hello", 3, {}, {"hello": True}, {"page": 3, "hello": True},
    {"page": "a"}, {"page": "a", "ack": "3"}, {"page": "a", "ack": None}, {"page": "a", "watch": 7},
    {"page": "a", "drop": [1]}, {"page": "a", "drop": "ab"}, {"page": "a", "drop": [True, 1]},
    {"page": "a", "drop": [float("nan"), 0]}, {"page": "a", "drop": [0, float("inf")]},
]  # fmt: skip


@pytest.mark.parametrize("content", JUNK, ids=repr)
def test_junk_from_a_page_does_nothing(stand: Stand, content: Any) -> None:
    tell(stand.view, content)
    assert (stand.scenes, stand.picked, stand.dropped) == (0, [], [])


def test_clicks_reach_the_panel(stand: Stand) -> None:
    stand.tell(stand.pages[0], watch="fc.weight")
    stand.tell(stand.pages[0], drop=[1, -0.5])
    assert (stand.picked, stand.dropped) == (["fc.weight"], [(1, -0.5)])


def test_a_closed_view_sends_nothing_and_leaves_no_widget() -> None:
    before = open_widgets()
    stand = Stand()
    stand.wake(stand.pages[0])
    close_all([stand.view])
    sent = len(stand.bytes)
    stand.view.refresh()
    assert len(stand.bytes) == sent
    assert open_widgets() == before
