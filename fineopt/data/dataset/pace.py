"""HTTP connections that time out if the response arrives too slowly."""

from __future__ import annotations

import http.client
import io
import math
import time
import urllib.request
from typing import Any

__all__ = ["Paced", "opener"]

MIN_RATE = 1000  # bytes per second


class Paced(io.RawIOBase):
    """A stream that raises TimeoutError if fewer than 1,000 bytes arrive per second.

    Args:
        raw: the stream of a socket, which raises TimeoutError itself if nothing arrives.
        window: the number of seconds of waiting over which the rate is averaged.
    """

    def __init__(self, raw: Any, window: float) -> None:
        self._raw, self._window = raw, window
        self._waited, self._received = 0.0, 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read available bytes; see `io.RawIOBase`."""
        begin = time.monotonic()
        count: int | None = self._raw.readinto(buffer)
        self._waited += time.monotonic() - begin
        self._received += count or 0
        if count and self._waited > self._window:
            if self._received < MIN_RATE * self._waited:
                raise TimeoutError(
                    f"too slow: {self._received} bytes in {self._waited:.1f} seconds"
                )
            self._waited, self._received = 0.0, 0
        return count

    def close(self) -> None:
        """Close the stream and that of the socket."""
        self._raw.close()
        super().close()


def opener(window: float | None) -> urllib.request.OpenerDirector:
    """Return a urllib opener whose responses are `Paced`."""
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
