"""How far a long cell of a notebook has come: a bar that is gone when the work is done.

The bar is an output that is empty before and after, so what a notebook saves is the same with it
and without; tqdm's bars stay, or leave text, in what is saved.
"""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sized
from types import TracebackType
from typing import Any, TypeVar

__all__ = ["Bar", "progress"]

T = TypeVar("T")

_PATIENCE = 1.0  # seconds until a bar appears
_PAUSE = 0.25  # seconds between two updates
_WIDTH = 20  # characters
_ROW = '<div style="display: flex; align-items: center; gap: 0.6em">'  # also where it is narrow


class Bar:
    """A bar below the cell that runs, within a ``with`` block; outside notebooks it shows nothing.

    Args:
        total: what the count is at the end; None where nobody knows, and there is no bar.

    >>> with Bar(3) as bar:
    ...     bar.show(1)
    """

    def __init__(self, total: float | None) -> None:
        self._total = total
        self._publish = _publisher() if total else None
        self._begin = self._last = time.monotonic()
        self._shown = False

    def __enter__(self) -> Bar:
        return self

    def show(self, done: float) -> None:
        """Show how much of the total is done; most calls return at once."""
        if self._publish is None or not self._total:
            return
        now = time.monotonic()
        if now - self._last < (_PAUSE if self._shown else _PATIENCE):
            return
        if not self._shown:
            self._publish({}, False)
            self._shown = True
        self._last = now
        self._publish(_picture(min(done / self._total, 1.0), now - self._begin), True)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._shown and self._publish is not None:
            self._shown = False
            self._publish({}, True)


def progress(iterable: Iterable[T], total: float | None = None) -> Iterator[T]:
    """Yield from an iterable, with a bar below the cell that runs; it is gone at the end.

    Args:
        iterable: such as ``range(4)`` or a DataLoader.
        total: how many items there will be; by default the length of the iterable.

    >>> from fineopt.training import progress
    >>> sum(progress(range(4)))
    6
    """
    if total is None and isinstance(iterable, Sized):
        total = len(iterable)
    with Bar(total) as bar:
        for done, item in enumerate(iterable):
            bar.show(done)
            yield item


def _picture(part: float, seconds: float) -> dict[str, str]:
    """Return the bar, with the time that the rest will take, in two forms."""
    filled = round(part * _WIDTH)
    rest = f" · {seconds * (1 - part) / part:.0f} s" if part else ""
    text = f"{'█' * filled}{'░' * (_WIDTH - filled)} {part:4.0%}{rest}"
    value = f'<progress value="{part:.3f}" style="flex: 0 1 20em; min-width: 3em"></progress>'
    words = f'<span style="white-space: nowrap">{part:.0%}{rest}</span>'
    return {"text/plain": text, "text/html": f"{_ROW}{value}{words}</div>"}


def _publisher() -> Callable[[dict[str, str], bool], Any] | None:
    """Return what shows an output below the cell, or changes it; None outside notebooks."""
    ipython = sys.modules.get("IPython")  # loaded in every notebook
    shell: Any = ipython.get_ipython() if ipython is not None else None
    if not hasattr(shell, "kernel"):
        return None
    transient = {"display_id": uuid.uuid4().hex}

    def publish(data: dict[str, str], update: bool) -> None:
        shell.display_pub.publish(data, {}, transient=transient, update=update)

    return publish
