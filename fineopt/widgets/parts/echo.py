"""Tells a change that the user makes to a widget from one that Python makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["EchoGuard"]


class EchoGuard:
    """Silences the handlers of a view's widgets while the view sets them itself.

    A widget reports every change of its value, also those that Python makes to show the current
    state. Handlers registered with `observe` are not called for changes made inside a ``with``
    block of the same guard, so that showing a value never counts as choosing it.

    >>> import ipywidgets
    >>> box, guard = ipywidgets.Checkbox(), EchoGuard()
    >>> guard.observe(box, print)
    >>> with guard:
    ...     box.value = True
    >>> box.value = False
    False
    """

    def __init__(self) -> None:
        self._depth = 0

    def __enter__(self) -> None:
        self._depth += 1

    def __exit__(self, *_: object) -> None:
        self._depth -= 1

    def observe(self, widget: Any, handler: Callable[[Any], object]) -> None:
        """Call a handler with each new value of a widget, unless the view sets it itself."""

        def changed(change: dict[str, Any]) -> None:
            if not self._depth:
                handler(change["new"])

        widget.observe(changed, "value")
