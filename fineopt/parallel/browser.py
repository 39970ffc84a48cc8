"""Whether Python runs in a browser (Pyodide), where it has one thread and one event loop."""

from __future__ import annotations

import sys

__all__ = ["IN_BROWSER", "least_sleep"]

IN_BROWSER = sys.platform == "emscripten"

# Pyodide sends a sleep of up to 2 ms through a MessageChannel, ahead of the messages of the page:
# buttons and sliders then wait for minutes. A timer lets them in.
_TIMER = 0.003


def least_sleep(seconds: float) -> float:
    """Return the seconds to sleep so that waiting messages are handled: at least 3 ms in a browser.

    >>> least_sleep(0.5)
    0.5
    """
    return max(seconds, _TIMER) if IN_BROWSER else seconds
