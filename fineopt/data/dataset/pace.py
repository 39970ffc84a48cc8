"""Connections that are given up when hardly anything comes, be it of the answer or its headers."""

from __future__ import annotations

import http.client
import io
import math
import time
import urllib.request
from typing import Any

__all__ = ["Paced", "opener"]

LEAST = 1000  # bytes a second


class Paced(io.RawIOBase):
    """A stream that raises TimeoutError if less than 1,000 bytes a second come, on average.

    Args:
        raw: the stream of a socket, which itself raises TimeoutError where nothing comes.
        window: seconds of waiting that are judged together.
    """

    def __init__(self, raw: Any, window: float) -> None:
        self._raw, self._window = raw, window
        self._waited, self._came = 0.0, 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what is there; see `io.RawIOBase`."""
        begin = time.monotonic()
        count: int | None = self._raw.readinto(buffer)
        self._waited += time.monotonic() - begin
        self._came += count or 0
        if count and self._waited > self._window:
            if self._came < LEAST * self._waited:
                raise TimeoutError(
                    f"too slow: {self._came} bytes came in {self._waited:.1f} seconds"
                )
            self._waited, self._came = 0.0, 0
        return count

    def close(self) -> None:
        """Close the socket's stream too."""
        self._raw.close()
        super().close()


def opener(window: float | None) -> urllib.request.OpenerDirector:
    """Return urllib's opener, with answers that are `Paced`."""
    seconds = math.inf if window is None else window

    class Response(http.client.HTTPResponse):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self.fp = io.BufferedReader(Paced(self.fp.detach(), seconds))  # type: ignore[attr-defined]

    class Plain(http.client.HTTPConnection):
        response_class = Response

    class Secure(http.client.HTTPSConnection):
        response_class = Response

    class PlainHandler(urllib.request.HTTPHandler):
        def http_open(self, req: urllib.request.Request) -> Any:
            return self.do_open(Plain, req)

    class SecureHandler(urllib.request.HTTPSHandler):
        def https_open(self, req: urllib.request.Request) -> Any:
            return self.do_open(Secure, req)

    return urllib.request.build_opener(PlainHandler, SecureHandler)
