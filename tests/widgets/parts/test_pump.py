"""Widgets' messages reach a loop that keeps the kernel busy, without a front end's subshells."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from typing import Any

import pytest

jupyter_client = pytest.importorskip("jupyter_client")

SETUP = """
import time, ipywidgets
from fineopt.widgets.parts.pump import pump
slider = ipywidgets.IntSlider()
print(slider.comm.comm_id)
"""
LOOP = """
begin, value = time.monotonic(), None
while time.monotonic() - begin < 60 and slider.value != 7:
    pump()
    time.sleep(0.01)
print("slider", slider.value)
"""


@pytest.fixture
def client() -> Iterator[Any]:
    manager, client = jupyter_client.manager.start_new_kernel(kernel_name="python3")
    try:
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def printed(client: Any, request: str) -> str:
    text = ""
    while True:
        try:
            message = client.get_iopub_msg(timeout=90)
        except queue.Empty:
            pytest.fail(f"the kernel did not answer; it printed {text!r}")
        if message["parent_header"].get("msg_id") != request:
            continue
        kind, content = message["msg_type"], message["content"]
        if kind == "stream":
            text += content["text"]
        if kind == "error":
            pytest.fail("\n".join(content["traceback"]))
        if kind == "status" and content["execution_state"] == "idle":
            return text


def test_a_busy_loop_receives_them_and_requests_keep_their_order(client: Any) -> None:
    comm = printed(client, client.execute(SETUP)).strip()
    loop = client.execute(LOOP)
    after = [client.execute(f"print({i})") for i in range(2)]
    content = {"comm_id": comm, "data": {"method": "update", "state": {"value": 7}}}
    client.shell_channel.send(client.session.msg("comm_msg", content))
    assert printed(client, loop) == "slider 7\n"
    assert [printed(client, request) for request in after] == ["0\n", "1\n"]
