"""Distinguishes changes of a widget made by the user from those made by Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["EchoGuard"]


class EchoGuard:
    """Suppresses the handlers of a view's widgets while the view itself sets their values.

    A widget reports every change of its value, including those made by Python to show the current
    state. Handlers registered with `observe` are not called for changes made inside a ``with``
    block of the same guard, so showing a value is never handled as user input.

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
        """Call a handler with each new value of a widget, unless the view itself sets it."""

        def changed(change: dict[str, Any]) -> None:
            if not self._depth:
                handler(change["new"])

        widget.observe(changed, "value")
