"""What a front end does to widgets: views, messages, and which widgets are open."""

from __future__ import annotations

from typing import Any

import comm
import pytest

__all__ = ["AT_ONCE", "Page", "open_widgets", "set_view_count", "states_sent", "tell"]

AT_ONCE = 1e6  # frames per second: code is polled whenever the event loop is free


def open_widgets() -> set[str]:
    """Return the ids of all widgets that are not closed."""
    return set(comm.get_comm_manager().comms)  # ipykernel puts its own manager there


def tell(widget: Any, content: dict[str, Any]) -> None:
    """Send a custom message to a widget, as its page does."""
    data = {"method": "custom", "content": content}
    widget.comm.handle_msg({"content": {"data": data}, "buffers": []})


def set_view_count(panel: Any, count: int) -> None:
    """Report the number of a panel's views, as its page does."""
    data = {"method": "update", "state": {"_view_count": count}, "buffer_paths": []}
    panel.comm.handle_msg({"content": {"data": data}, "buffers": []})


def states_sent(widget: Any, monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """Return a list to which each later message of a widget's state adds what it holds."""
    sent: list[set[str]] = []
    # Once ipykernel is imported, by whichever test, a comm outside a kernel sends nothing.
    monkeypatch.setattr(widget.comm, "kernel", object(), raising=False)
    send = lambda message, buffers=None: sent.append(set(message["state"]))  # noqa: E731
    monkeypatch.setattr(widget, "_send", send)
    return sent


class Page:
    """A browser tab, which numbers the events of its user input."""

    def __init__(self, name: str = "a tab") -> None:
        self.name, self.events = name, 0

    def send(self, widget: Any, **event: Any) -> None:
        """Send an event of user input to a widget."""
        self.events += 1
        tell(widget, {**event, "page": self.name, "event_id": self.events})

    def acknowledged(self, widget: Any) -> int:
        """Return the id of the last event that a widget acknowledged to this tab."""
        return int(widget.display_state["acknowledged"].get(self.name, 0))
