"""The connection of a page sends small messages at once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from jupyter_server.serverapp import ServerApp
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler
from traitlets.config import Config

from fineopt.command.lab import CONNECTION
from fineopt.command.websockets import PromptConnection


def test_connecting_turns_the_delay_off_first(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Any] = []
    monkeypatch.setattr(
        ZMQChannelsWebsocketConnection, "connect", lambda self: done.append("connect") or "future"
    )
    handler = KernelWebsocketHandler.__new__(KernelWebsocketHandler)
    handler.ws_connection = SimpleNamespace(set_nodelay=done.append)  # type: ignore[assignment]
    connection = PromptConnection.__new__(PromptConnection)
    connection.websocket_handler = handler
    assert connection.connect() == "future"
    assert done == [True, "connect"]


def test_the_server_takes_the_class_by_the_name_that_it_is_given() -> None:
    option, name = CONNECTION.split("=")
    trait = option.removeprefix("--ServerApp.")
    server = ServerApp(config=Config(ServerApp={trait: name}))
    assert server.kernel_websocket_connection_class is PromptConnection
