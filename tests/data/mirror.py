"""A local mirror with configurable failures, and small IDX files for it to serve."""

from __future__ import annotations

import gzip
import hashlib
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np


@dataclass
class Mirror:
    """The files of the server, its failures, and the requests it received."""

    files: dict[str, bytes]
    honours_range: bool = True
    status: int | None = None  # respond to all requests with this error
    cuts: list[int] = field(default_factory=list)  # bytes to send of each response, one per request
    url: str = ""
    asked: list[tuple[str, str | None]] = field(default_factory=list)  # (name, Range)


@contextmanager
def serving(mirror: Mirror) -> Iterator[Mirror]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name, wanted = self.path.rsplit("/", 1)[-1], self.headers.get("Range")
            mirror.asked.append((name, wanted))
            if mirror.status is not None or name not in mirror.files:
                self.send_error(mirror.status or 404)
                return
            body, start = mirror.files[name], 0
            if wanted and mirror.honours_range:
                start = int(wanted.removeprefix("bytes=").removesuffix("-"))
                if start >= len(body):
                    self.send_error(416)
                    return
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
            self.send_header("Content-Length", str(len(body) - start))
            self.end_headers()
            stop = start + mirror.cuts.pop(0) if mirror.cuts else len(body)
            self.wfile.write(body[start:stop])

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    mirror.url = f"http://127.0.0.1:{server.server_address[1]}/mnist/"
    try:
        yield mirror
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def idx(
    array: np.ndarray, shape: tuple[int, ...] | None = None, magic: bytes | None = None
) -> bytes:
    """Return `array` as gzipped IDX; `shape` and `magic` make its header wrong."""
    shape = array.shape if shape is None else shape
    head = bytes([0, 0, 8, array.ndim]) if magic is None else magic
    packed = struct.pack(f">{len(shape)}I", *shape)
    return gzip.compress(head + packed + array.astype(np.uint8).tobytes(), mtime=0)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
