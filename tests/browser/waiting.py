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


# The contrast of each word with what lies behind it, as WCAG 2 defines it, from 1 to 21.
CONTRAST = """elements => {
    const numbers = colour => (colour.match(/[\\d.]+/g) || []).map(Number);
    const linear = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    const behind = element => {
        for (let at = element; at; at = at.parentElement) {
            const colour = numbers(getComputedStyle(at).backgroundColor);
            if (colour.length === 3 || colour[3] > 0.5) return colour;
        }
        return [255, 255, 255];
    };
    return elements.filter(one => one.checkVisibility()).map(one => {
        const ground = behind(one), [r, g, b, alpha = 1] = numbers(getComputedStyle(one).color);
        const ink = [r, g, b].map((v, i) => alpha * v + (1 - alpha) * ground[i]);
        const [low, high] = [light(ink), light(ground)].sort((a, b) => a - b);
        return [(high + 0.05) / (low + 0.05), one.outerHTML.slice(0, 200)];
    });
}"""


def wait_until_readable(words: Locator) -> None:
    """Wait until there is text, and its contrast is at least 4.5, as WCAG 2 requires."""
    eventually(
        words.page,
        lambda: sorted(words.evaluate_all(CONTRAST))[:3],
        lambda lowest: bool(lowest) and lowest[0][0] >= 4.5,
        "the lowest contrasts",
    )


def wait_until_light(words: Locator) -> None:
    """Wait until there is text, and all of it is light, as required on a dark background."""
    eventually(
        words.page,
        lambda: words.evaluate_all(BRIGHTNESS),
        lambda found: bool(found) and min(found) > 128,
        "how bright each word is",
    )
