"""PNG encoding of an Agg canvas, much faster than a general encoder.

A chart has few colours, so it is encoded with a palette: a quarter of the bytes to compress, and
compression takes most of the time. From one picture to the next most rows are unchanged: only
changed pixels are read, and the compressed bytes of unchanged rows are reused.
Format: W3C, *Portable Network Graphics (PNG) Specification*, third edition.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

WHITE = np.uint32(0xFFFFFFFF)
STRIP = 8  # rows compressed together, and compressed again when any of them changes


class Encoder:
    r"""Encodes a sequence of pictures, compressing only what has changed since the previous one.

    White is kept exactly. Other colours are merged if they differ by less than 1/32 in each
    channel (1/16 in a picture of very many colours), which is not visible. A picture with even
    more colours is encoded without a palette.

    >>> Encoder().encode(np.full((2, 3, 4), 255, np.uint8))[:8]
    b'\x89PNG\r\n\x1a\n'
    """

    def __init__(self) -> None:
        self.strips = 0  # the number compressed so far
        self._bits = 5  # of each channel: colours equal in these are merged
        self._begin(0, 0)

    def encode(self, rgba: NDArray[np.uint8]) -> bytes:
        """Encode an opaque picture of shape (height, width, 4), with a palette if possible."""
        height, width = rgba.shape[:2]
        pixels = np.ascontiguousarray(rgba).reshape(height, width * 4).view("<u4")
        if pixels.shape != self._pixels.shape:
            self._begin(height, width)
        while not self._update(pixels):
            if self._colours == 1:  # the palette holds colours of this picture only
                if self._bits == 4:
                    return _true_colours(rgba)
                self._bits = 4
            self._begin(height, width)
        colours = self._palette[: self._colours].view(np.uint8).reshape(-1, 4)[:, :3]
        # The zlib stream around the blocks: a two-byte header, an empty last block, a checksum.
        end = b"\x03\x00" + struct.pack(">I", _combined(self._checks))
        return _png(height, width, 3, b"".join((b"\x78\x01", *self._deflated, end)), colours)

    def _begin(self, height: int, width: int) -> None:
        """Start from a white picture and a palette that holds only white."""
        self._pixels = np.full((height, width), WHITE, "<u4")
        self._rows = np.zeros(
            (height, 1 + width), np.uint8
        )  # each begins with its filter type: 0, none
        self._deflated = [b""] * -(-height // STRIP)
        self._checks = [(0, 0)] * len(self._deflated)
        self._palette = np.full(256, WHITE, "<u4")
        self._colours = 1
        self._places = np.zeros(
            1 << 3 * self._bits, np.uint8
        )  # palette indices; 0 if not yet assigned
        for strip in range(len(self._deflated)):
            self._compress(strip)

    def _update(self, pixels: NDArray[np.uint32]) -> bool:
        """Update the changed pixels; return False if the palette is full."""
        changed = np.flatnonzero(pixels != self._pixels)
        ink = pixels.ravel()[changed]
        cell = _cell(ink, self._bits)
        index = self._places[cell]
        index[ink == WHITE] = 0
        new = np.flatnonzero((index == 0) & (ink != WHITE))
        cells, first = np.unique(cell[new], return_index=True)
        end = self._colours + len(cells)
        if end > 256:
            return False
        self._palette[self._colours : end] = ink[new[first]]
        self._places[cells] = np.arange(self._colours, end)
        self._colours = end
        index[new] = self._places[cell[new]]
        self._pixels.ravel()[changed] = ink
        row, column = np.divmod(changed, pixels.shape[1])
        self._rows[row, 1 + column] = index
        strips = np.zeros(len(self._deflated), bool)
        strips[row // STRIP] = True
        for strip in np.flatnonzero(strips).tolist():
            self._compress(strip)
        return True

    def _compress(self, strip: int) -> None:
        """Compress a strip independently, so that its bytes can follow those of any other strip."""
        self.strips += 1
        deflate = zlib.compressobj(1, zlib.DEFLATED, -15)
        rows = self._rows[strip * STRIP : (strip + 1) * STRIP].tobytes()
        self._deflated[strip] = deflate.compress(rows) + deflate.flush(zlib.Z_SYNC_FLUSH)
        self._checks[strip] = zlib.adler32(rows), len(rows)


def encode(rgba: NDArray[np.uint8]) -> bytes:
    """Encode a single picture."""
    return Encoder().encode(rgba)


def _true_colours(rgba: NDArray[np.uint8]) -> bytes:
    height, width = rgba.shape[:2]
    rows = np.zeros((height, 1 + 3 * width), np.uint8)
    rows[:, 1:] = rgba[:, :, :3].reshape(height, -1)
    return _png(height, width, 2, zlib.compress(rows.tobytes(), 1))


def _png(
    height: int, width: int, kind: int, data: bytes, palette: NDArray[np.uint8] | None = None
) -> bytes:
    """Assemble a PNG of a colour type: 2 (truecolour) or 3 (indexed)."""
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">2I5B", width, height, 8, kind, 0, 0, 0)),
            b"" if palette is None else _chunk(b"PLTE", palette.tobytes()),
            _chunk(b"IDAT", data),
            _chunk(b"IEND", b""),
        )
    )


def _cell(ink: NDArray[np.uint32], bits: int) -> NDArray[np.uint32]:
    """Combine the leading bits of red, green and blue (bytes 0, 1 and 2 of a pixel)."""
    mask, drop = (1 << bits) - 1, 8 - bits
    red, green, blue = ink >> drop & mask, ink >> 8 + drop & mask, ink >> 16 + drop & mask
    return np.asarray(red << 2 * bits | green << bits | blue)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _combined(checks: list[tuple[int, int]]) -> int:
    """Combine the Adler-32 checksums of strips, given with their lengths.

    >>> _combined([(zlib.adler32(b"to"), 2), (zlib.adler32(b"go"), 2)]) == zlib.adler32(b"togo")
    True
    """
    a, b = 1, 0
    for check, length in checks:
        b = (b + length * (a - 1) + (check >> 16)) % 65521
        a = (a + (check & 0xFFFF) - 1) % 65521
    return b << 16 | a
