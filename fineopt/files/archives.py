"""Reading zips of arrays: every fault of a file is one ValueError that names it.

A file is read whole first, so that what fails after that is the file's own fault, and a real fault
of the disk stays an OSError. Nothing is made that the file does not hold: arrays are as large as
their members, and members unpack to no more than a bound.
"""

from __future__ import annotations

import io
import math
import os
import re
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

__all__ = ["Archive", "faults", "most_unpacked", "read_whole"]

_HEADER = re.compile(
    r"\{'descr': '([<>|=][a-zA-Z]\d*)', 'fortran_order': (True|False), "
    r"'shape': \((|\d+,|\d+(?:, \d+)+)\), \} *\n"
)


def read_whole(file: str | bytes | os.PathLike[Any] | int | BinaryIO) -> bytes:
    """Return all bytes of a path or of an open file.

    Raises:
        OSError: if it can't be read.
        ValueError: if the path is not that of a regular file: a FIFO might block for ever.
    """
    if not isinstance(file, str | bytes | os.PathLike | int):
        if file.seekable():
            file.seek(0)
        return file.read()
    flags = getattr(os, "O_NONBLOCK", 0)
    with open(file, "rb", opener=lambda path, mode: os.open(path, mode | flags)) as opened:
        if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
            raise ValueError("it is not a regular file")
        return opened.read()


@contextmanager
def faults(words: str) -> Iterator[None]:
    """Turn whatever a damaged file leads to into a ValueError that begins with these words."""
    try:
        yield
    except (MemoryError, OSError) as error:
        if isinstance(error, MemoryError) or error.errno is not None:
            raise  # of this machine, not of the file
        raise ValueError(f"{words}: {error}") from error
    except KeyError as error:
        raise ValueError(f"{words}: it lacks {error}") from error
    except Exception as error:
        raise ValueError(f"{words}: {error or type(error).__name__}") from error


def most_unpacked(size: int) -> int:
    """Return how many bytes a file of that size may unpack to (deflate: 1032 times, at most)."""
    return max(2**26, 100 * size)


class Archive:
    """The members of a zip in memory, each of which may be read once.

    Args:
        data: the zip.
        unpacked: the most bytes that all compressed members together may unpack to.

    Raises:
        Exception: of any kind, for a damaged file: see `faults`.
    """

    def __init__(self, data: bytes, unpacked: int) -> None:
        self._zip, self._room, end = zipfile.ZipFile(io.BytesIO(data)), unpacked, 0
        self._members: dict[str, zipfile.ZipInfo] = {}
        for member in sorted(self._zip.infolist(), key=lambda member: member.header_offset):
            if member.header_offset < end:
                raise ValueError(f"{member.filename} in it overlaps another member")
            end = member.header_offset + member.compress_size
            if member.filename in self._members:
                raise ValueError(f"{member.filename} is in it twice")
            self._members[member.filename] = member
        if end > len(data):
            raise ValueError("it is cut short")
        members = self._members.values()
        total = sum(m.file_size for m in members if m.compress_type != zipfile.ZIP_STORED)
        if unpacked and total > unpacked:  # what it says; `read` counts what is true
            raise ValueError(f"it unpacks from {len(data)} to {total} bytes")
        self.names = frozenset(self._members)

    def read(self, name: str) -> bytes:
        """Return a member's bytes, as many as there are, whatever the zip says of their number."""
        if name not in self.names:
            raise ValueError(f"it holds no {name}")
        if (member := self._members.pop(name, None)) is None:
            raise ValueError(f"{name} in it is named twice")
        if member.compress_type == zipfile.ZIP_STORED:
            with self._zip.open(member) as file:
                return file.read()
        if member.compress_type != zipfile.ZIP_DEFLATED or not self._room:
            raise ValueError(f"{name} in it is compressed, as save writes none")
        chunks = []
        with self._zip.open(member) as file:
            while chunk := file.read(1 << 16):  # all at once would make room for the bound
                chunks.append(chunk)
                self._room -= len(chunk)
                if self._room < 0:
                    raise ValueError("it unpacks to far more bytes than it has")
        return b"".join(chunks)

    def array(self, name: str, kinds: str = "bifu") -> NDArray[Any]:
        """Return the array in a member, of one of these kinds of dtype."""
        data = self.read(name)
        if data[:6] != b"\x93NUMPY":
            raise ValueError(f"{name} in it does not begin with the magic of an array")
        begin = 10 + int.from_bytes(data[8:10], "little")
        match = _HEADER.fullmatch(data[10:begin].decode("latin1"))
        if data[6:8] != b"\x01\x00" or match is None:
            raise ValueError(f"{name} in it has a header that save does not write")
        dtype = np.dtype(match[1])
        shape = tuple(int(length) for length in re.findall(r"\d+", match[3]))
        room = len(data) - begin
        if dtype.kind not in kinds or math.prod(shape) * dtype.itemsize != room:
            raise ValueError(f"{name} in it is damaged: {shape} of {dtype} in {room} bytes")
        if dtype.kind == "b" and data[begin:].strip(b"\0\1"):
            raise ValueError(f"{name} in it is damaged: it has truth values besides 0 and 1")
        order: Any = "F" if match[2] == "True" else "C"
        view: NDArray[Any] = np.ndarray(shape, dtype, memoryview(data)[begin:], order=order)
        return view.copy(order="K")
