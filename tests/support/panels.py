"""What a front end does to widgets: views, messages, and which widgets are open."""

from __future__ import annotations

from typing import Any

from comm import get_comm_manager

__all__ = ["AT_ONCE", "open_widgets", "set_view_count", "tell"]

AT_ONCE = 1e6  # frames per second: code is polled whenever the event loop is free


def open_widgets() -> set[str]:
    """Return the ids of all widgets that are not closed."""
    return set(get_comm_manager().comms)


def tell(widget: Any, content: dict[str, Any]) -> None:
    """Send a custom message to a widget, as its page does."""
    data = {"method": "custom", "content": content}
    widget.comm.handle_msg({"content": {"data": data}, "buffers": []})


def set_view_count(panel: Any, count: int) -> None:
    """Report the number of a panel's views, as its page does."""
    data = {"method": "update", "state": {"_view_count": count}, "buffer_paths": []}
    panel.comm.handle_msg({"content": {"data": data}, "buffers": []})
