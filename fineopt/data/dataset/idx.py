"""Reading gzipped IDX files, the format MNIST comes in, whole or not at all."""

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

_UNSIGNED_BYTE = 0x08  # the code of IDX for the one type that MNIST uses


def read_idx(path: Path, ndim: int) -> NDArray[np.uint8]:
    """The array of unsigned bytes, of ``ndim`` axes, in the gzipped IDX file at ``path``.

    Raises:
        ValueError: the file is cut short or damaged, is not such an IDX file, has another number
            of axes, or holds fewer or more bytes than its header announces. It names the file.

    Source: Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten digits", where
    the format is given: two zero bytes, the type's code, the number of axes, each axis' length
    as a big-endian 32-bit integer, then the data in C order.
    """
    import gzip  # here: it would make `import fineopt` slower

    damaged = f"{path} is cut short or damaged"
    with as_value_error(damaged):
        data = read_file(path)
        file = gzip.GzipFile(fileobj=io.BytesIO(data))
        magic = file.read(4)
    if len(magic) < 4 or magic[:3] != bytes([0, 0, _UNSIGNED_BYTE]):
        raise ValueError(f"{path} is no IDX file of bytes: it begins with {magic!r}")
    if magic[3] != ndim:
        raise ValueError(f"{path} holds an array of {magic[3]} axes, expected {ndim}")
    with as_value_error(damaged):
        header = file.read(4 * ndim)
    if len(header) < 4 * ndim:
        raise ValueError(f"{path} ends within its header")
    shape = tuple(np.frombuffer(header, ">u4").tolist())
    expected = math.prod(shape)
    announced = f"{path} announces {' x '.join(map(str, shape))} = {expected} bytes"
    if expected > unpacked_limit(len(data)):  # no gzip bomb: MNIST itself shrinks 5 times
        raise ValueError(f"{announced}, which is more than it can hold")
    with as_value_error(damaged):
        # One byte more than announced: reading to the end is what makes gzip check its sum.
        payload = file.read(expected + 1)
    if len(payload) != expected:
        held = "more" if len(payload) > expected else f"only {len(payload)}"
        raise ValueError(f"{announced} and holds {held}")
    with as_value_error(announced):  # of no bytes, but axes that are too long for an array
        array: NDArray[Any] = np.frombuffer(payload, np.uint8).reshape(shape)
    return array
