"""Wait until something is so, and say what it was instead."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from playwright.sync_api import Locator, Page

T = TypeVar("T")
PATIENCE = 60  # seconds: a busy machine takes many times longer than a quiet one
BRIGHTNESS = """words => words.map(word => {
    const [red, green, blue] = getComputedStyle(word).color.match(/[0-9.]+/g).map(Number);
    return (red + green + blue) / 3;
})"""


def eventually(page: Page, ask: Callable[[], T], right: Callable[[T], bool], what: str) -> T:
    """Ask until the answer is right, and return it; `what` says what was waited for."""
    deadline = time.monotonic() + PATIENCE
    while not right(answer := ask()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: after {PATIENCE} s it is {answer!r}")
        page.wait_for_timeout(50)
    return answer


def wait_until_it_fits(area: Locator) -> None:
    """Wait until nothing in an output area is wider than the area."""
    eventually(
        area.page,
        lambda: area.evaluate("area => area.scrollWidth - area.clientWidth"),
        lambda over: over <= 0,
        "pixels that it is too wide",
    )


def wait_until_light(words: Locator) -> None:
    """Wait until there are words, and all are light, as they must be on a dark ground."""
    eventually(
        words.page,
        lambda: words.evaluate_all(BRIGHTNESS),
        lambda found: bool(found) and min(found) > 128,
        "how bright each word is",
    )
