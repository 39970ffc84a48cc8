"""Reading of gzipped IDX files, the format of MNIST."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...files import as_value_error, read_file, unpacked_limit

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read_idx"]

_UNSIGNED_BYTE = 0x08  # IDX code of the only type that MNIST uses


def read_idx(path: Path, ndim: int) -> NDArray[np.uint8]:
    """Read the array of unsigned bytes, with ``ndim`` axes, in a gzipped IDX file.

    Raises:
        ValueError: if the file is truncated or damaged, is not an IDX file of bytes, has another
            number of axes, or holds fewer or more bytes than its header declares. The message
            names the file.

    Source: Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten digits", which
    defines the format: two zero bytes, the code of the type, the number of axes, the length of
    each axis as a big-endian 32-bit integer, then the data in C order.
    """
    import gzip  # imported on use, to keep `import fineopt` fast

    damaged = f"{path} is truncated or damaged"
    with as_value_error(damaged):
        data = read_file(path)
        file = gzip.GzipFile(fileobj=io.BytesIO(data))
        magic = file.read(4)
    if len(magic) < 4 or magic[:3] != bytes([0, 0, _UNSIGNED_BYTE]):
        raise ValueError(f"{path} is not an IDX file of bytes: it begins with {magic!r}")
    if magic[3] != ndim:
        raise ValueError(f"{path} holds an array with {magic[3]} axes, expected {ndim}")
    with as_value_error(damaged):
        header = file.read(4 * ndim)
    if len(header) < 4 * ndim:
        raise ValueError(f"{path} is truncated within its header")
    shape = tuple(np.frombuffer(header, ">u4").tolist())
    expected = math.prod(shape)
    declared = f"{path} declares {' x '.join(map(str, shape))} = {expected} bytes"
    if expected > unpacked_limit(len(data)):  # a gzip bomb: MNIST is compressed by a factor of 5
        raise ValueError(f"{declared}, more than a file of its size can hold")
    with as_value_error(damaged):
        # One byte more than declared: gzip verifies its checksum at the end of the file.
        payload = file.read(expected + 1)
    if len(payload) != expected:
        held = "more" if len(payload) > expected else f"only {len(payload)}"
        raise ValueError(f"{declared} but holds {held}")
    with as_value_error(declared):  # without data, but with axes too long for an array
        array: NDArray[Any] = np.frombuffer(payload, np.uint8).reshape(shape)
    return array
