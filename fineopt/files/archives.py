"""Reading of untrusted zips of arrays: any defect of a file is a ValueError that names the file.

A file is read completely before it is parsed, so that later errors are due to its content, while
errors of the disk stay OSErrors. Memory is bounded by the content: arrays are as large as their
members, and the size of unpacked members is limited.
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

__all__ = ["Archive", "as_value_error", "read_file", "unpacked_limit"]

_HEADER = re.compile(
    r"\{'descr': '([<>|=][a-zA-Z]\d*)', 'fortran_order': (True|False), "
    r"'shape': \((|\d+,|\d+(?:, \d+)+)\), \} *\n"
)


def read_file(file: str | bytes | os.PathLike[Any] | int | BinaryIO) -> bytes:
    """Return the content of a path or of an open file.

    Raises:
        OSError: if it can't be read.
        ValueError: if the path is not a regular file: reading a FIFO might block forever.
    """
    if not isinstance(file, str | bytes | os.PathLike | int):
        if file.seekable():
            file.seek(0)
        return file.read()
    flags = getattr(os, "O_NONBLOCK", 0)
    with open(file, "rb", opener=lambda path, mode: os.open(path, mode | flags)) as opened:
        if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
            raise ValueError("not a regular file")
        return opened.read()


@contextmanager
def as_value_error(prefix: str) -> Iterator[None]:
    """Convert any exception that a damaged file causes to a ValueError with this prefix."""
    try:
        yield
    except (MemoryError, OSError) as error:
        if isinstance(error, MemoryError) or error.errno is not None:
            raise  # an error of the machine, not of the file
        raise ValueError(f"{prefix}: {error}") from error
    except KeyError as error:
        raise ValueError(f"{prefix}: missing {error}") from error
    except Exception as error:
        raise ValueError(f"{prefix}: {error or type(error).__name__}") from error


def unpacked_limit(size: int) -> int:
    """Return the maximum unpacked size for a file of this size (deflate: up to 1032 times)."""
    return max(2**26, 100 * size)


class Archive:
    """A zip in memory; each of its members can be read once.

    Args:
        data: the content of the zip.
        unpacked: maximum total size of the compressed members after unpacking.

    Raises:
        Exception: of any kind if the file is damaged; see `as_value_error`.
    """

    def __init__(self, data: bytes, unpacked: int) -> None:
        self._zip, self._room, end = zipfile.ZipFile(io.BytesIO(data)), unpacked, 0
        self._members: dict[str, zipfile.ZipInfo] = {}
        for member in sorted(self._zip.infolist(), key=lambda member: member.header_offset):
            if member.header_offset < end:
                raise ValueError(f"member {member.filename} overlaps another one")
            end = member.header_offset + member.compress_size
            if member.filename in self._members:
                raise ValueError(f"duplicate member {member.filename}")
            self._members[member.filename] = member
        if end > len(data):
            raise ValueError("the file is truncated")
        members = self._members.values()
        total = sum(m.file_size for m in members if m.compress_type != zipfile.ZIP_STORED)
        if unpacked and total > unpacked:  # as declared; `read` checks the actual size
            raise ValueError(f"{len(data)} bytes unpack to {total} bytes")
        self.names = frozenset(self._members)

    def read(self, name: str) -> bytes:
        """Return the content of a member, of whatever size the zip declares."""
        if name not in self.names:
            raise ValueError(f"missing member {name}")
        if (member := self._members.pop(name, None)) is None:
            raise ValueError(f"member {name} is referenced twice")
        if member.compress_type == zipfile.ZIP_STORED:
            with self._zip.open(member) as file:
                return file.read()
        if member.compress_type != zipfile.ZIP_DEFLATED or not self._room:
            raise ValueError(f"member {name} is compressed in an unsupported way")
        chunks = []
        with self._zip.open(member) as file:
            while chunk := file.read(1 << 16):  # reading at once would allocate the declared size
                chunks.append(chunk)
                self._room -= len(chunk)
                if self._room < 0:
                    raise ValueError("the members unpack to too many bytes")
        return b"".join(chunks)

    def array(self, name: str, kinds: str = "bifu") -> NDArray[Any]:
        """Return the array in a member; its dtype must be of one of these kinds."""
        data = self.read(name)
        if data[:6] != b"\x93NUMPY":
            raise ValueError(f"member {name} is not in the npy format")
        begin = 10 + int.from_bytes(data[8:10], "little")
        match = _HEADER.fullmatch(data[10:begin].decode("latin1"))
        if data[6:8] != b"\x01\x00" or match is None:
            raise ValueError(f"member {name} has an unsupported npy header")
        dtype = np.dtype(match[1])
        shape = tuple(int(length) for length in re.findall(r"\d+", match[3]))
        size = len(data) - begin
        if dtype.kind not in kinds or math.prod(shape) * dtype.itemsize != size:
            raise ValueError(f"member {name} is damaged: shape {shape} of {dtype} in {size} bytes")
        if dtype.kind == "b" and data[begin:].strip(b"\0\1"):
            raise ValueError(f"member {name} is damaged: booleans other than 0 and 1")
        order: Any = "F" if match[2] == "True" else "C"
        view: NDArray[Any] = np.ndarray(shape, dtype, memoryview(data)[begin:], order=order)
        return view.copy(order="K")
