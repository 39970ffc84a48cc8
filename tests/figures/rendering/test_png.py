"""The PNG encoder, against a general decoder."""

from __future__ import annotations

import io
import zlib

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fineopt.figures.rendering.png import STRIP, Encoder, encode


@settings(max_examples=30, deadline=None)
@given(height=st.integers(1, 9), width=st.integers(1, 9), seed=st.integers(0, 99))
def test_any_picture_is_encoded(height: int, width: int, seed: int) -> None:
    picture = np.random.RandomState(seed).randint(0, 256, (height, width, 4)).astype(np.uint8)
    picture[..., 3] = 255
    decoded = np.asarray(Image.open(io.BytesIO(encode(picture))).convert("RGBA"))
    assert np.abs(decoded.astype(int) - picture).max() < 8


def test_very_many_colours_are_merged() -> None:
    ramp = np.arange(256)
    picture = np.stack([*np.meshgrid(ramp, ramp), np.full((256, 256), 99)], axis=-1)
    opaque = np.dstack([picture, np.full((256, 256), 255)]).astype(np.uint8)
    decoded = np.asarray(Image.open(io.BytesIO(encode(opaque))).convert("RGBA"))
    assert np.abs(decoded.astype(int) - opaque).max() < 64


def decode(png: bytes) -> np.ndarray:
    at = png.index(b"IDAT")
    zlib.decompress(
        png[at + 4 : at + 4 + int.from_bytes(png[at - 4 : at], "big")]
    )  # checks the sum
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))


def blot(picture: np.ndarray, row: int, colours: np.ndarray) -> np.ndarray:
    picture[row, : len(colours), :3] = colours
    return picture


def test_only_changed_strips_are_compressed() -> None:
    encoder = Encoder()
    picture = np.full((5 * STRIP + 3, 20, 4), 255, np.uint8)
    picture[::3, 5:9, 1] = 0
    encoder.encode(picture)
    assert encoder.encode(picture) == encoder.encode(picture)
    before = encoder.strips
    for row in (2 * STRIP, 3 * STRIP - 1, 5 * STRIP + 2):
        blot(picture, row, np.array([[0, 120, 8], [255, 255, 255]]))
    np.testing.assert_array_equal(decode(encoder.encode(picture)), picture)
    assert encoder.strips == before + 2
    picture[:] = 255
    np.testing.assert_array_equal(decode(encoder.encode(picture)), picture)
    np.testing.assert_array_equal(decode(encoder.encode(picture[1:, 3:])), picture[1:, 3:])


def test_unused_colours_make_space_for_new_ones() -> None:
    encoder = Encoder()
    picture = np.full((40, 250, 4), 255, np.uint8)
    for shade in range(0, 256, 8):
        some = np.arange(200)[:, None] // [[1, 20, 1]] * [[1, 8, 0]] + [[0, 0, shade]]
        blot(picture, shade % 40, some)
        if shade % 40 == 32:
            picture[:, :, :3] = 255
        blot(picture, shade % 40, some)
        shown = decode(encoder.encode(picture)).astype(int)
        assert np.abs(shown - picture).max() < 16
        assert (shown[picture.min(axis=2) == 255] == 255).all()
