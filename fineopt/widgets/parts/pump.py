"""Fetches widgets' messages while a cell runs and the kernel's event loop waits for it.

With ipykernel 6 all messages wait in the socket of the shell channel, which belongs to the thread
that runs the cell. Those for widgets are handled here; all others are put where the kernel will
find them afterwards, in their order. With ipykernel 7 another thread reads the socket and passes
messages on by a pair of sockets; a front end that uses subshells has its widgets' messages handled
in a thread of their own, so that nothing waits; for others the near end of the pair is read.
"""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from IPython.core.getipython import get_ipython

__all__ = ["pump"]

COMM = {"comm_msg", "comm_close", "comm_open"}
_later: set[Any] = set()  # tasks of requests that were fetched: a loop keeps none


def pump() -> bool:
    """Handle the widgets' messages that wait; return whether there were any."""
    kernel = getattr(get_ipython(), "kernel", None)  # type: ignore[no-untyped-call]
    if kernel is None or threading.current_thread() is not threading.main_thread():
        return False
    socket, give_back = _source(kernel)
    if socket is None:
        return False
    import zmq

    found = False
    while True:
        try:
            parts = socket.recv_multipart(zmq.NOBLOCK, copy=False)
        except zmq.ZMQError:
            return found
        if not _handle(kernel, parts):
            give_back(parts)
        else:
            found = True


def _source(kernel: Any) -> tuple[Any, Any]:
    """Return the socket in which messages wait for this thread, and where others go."""
    thread = getattr(kernel, "shell_channel_thread", None)
    if thread is not None:  # ipykernel 7
        pair = getattr(thread.manager, "_shell_channel_to_main", None)
        return getattr(pair, "to_socket", None), lambda parts: _after(kernel, parts)
    stream = getattr(kernel, "shell_stream", None)
    if stream is None:
        return None, None
    return stream.socket, lambda parts: _requeue(kernel, parts)


def _handle(kernel: Any, parts: Any) -> bool:
    """Handle a message if it is for a widget; return whether it was."""
    try:
        identities, frames = kernel.session.feed_identities(parts, copy=False)
        # not deserialised yet: a session takes each signature only once
        kind = kernel.session.unpack(frames[1].bytes)["msg_type"]
        if kind not in COMM:
            return False
        message = kernel.session.deserialize(frames, content=True, copy=False)
    except Exception:  # not a message: the kernel says so
        return False
    getattr(kernel.comm_manager, kind)(None, identities, message)
    return True


def _requeue(kernel: Any, parts: Any) -> None:
    """Hand a request to ipykernel 6, behind those that it has read."""
    kernel.schedule_dispatch(kernel.dispatch_shell, parts)


def _after(kernel: Any, parts: Any) -> None:
    """Hand a request to ipykernel 7, which begins it when the cell has ended."""

    async def begin() -> None:
        # A task within a task, as ipykernel's own, so that none overtakes one that it has read:
        # with one turn of the loop less, a later request came first in 4 of 14 runs.
        await asyncio.create_task(kernel.shell_main(None, parts))

    task = asyncio.get_running_loop().create_task(begin())
    _later.add(task)
    task.add_done_callback(_later.discard)
