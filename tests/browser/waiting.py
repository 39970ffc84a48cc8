"""Wait for a condition, and report the last value if it never holds."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from playwright.sync_api import Locator, Page

T = TypeVar("T")
PATIENCE = 60  # seconds; a busy machine is many times slower than an idle one
BRIGHTNESS = """words => words.map(word => {
    const [red, green, blue] = getComputedStyle(word).color.match(/[0-9.]+/g).map(Number);
    return (red + green + blue) / 3;
})"""


def eventually(page: Page, ask: Callable[[], T], right: Callable[[T], bool], what: str) -> T:
    """Poll a value until it is right, and return it; `what` describes it in the error."""
    deadline = time.monotonic() + PATIENCE
    while not right(answer := ask()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: after {PATIENCE} s it is {answer!r}")
        page.wait_for_timeout(50)
    return answer


def wait_until_it_fits(area: Locator) -> None:
    """Wait until an output area does not overflow horizontally."""
    eventually(
        area.page,
        lambda: area.evaluate("area => area.scrollWidth - area.clientWidth"),
        lambda over: over <= 0,
        "pixels that it is too wide",
    )


def wait_until_light(words: Locator) -> None:
    """Wait until there is text, and all of it is light, as required on a dark background."""
    eventually(
        words.page,
        lambda: words.evaluate_all(BRIGHTNESS),
        lambda found: bool(found) and min(found) > 128,
        "how bright each word is",
    )
