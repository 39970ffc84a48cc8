from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fineopt.data.transform import (
    BatchTransform,
    Compose,
    Normalize,
    Pad,
    ToMode,
    Transform,
)

DIGITS = Compose([Normalize(mean=0.1307 * 255, std=0.3081 * 255), Pad(2), ToMode("CHW")])
ZERO = np.zeros((4, 5, 3), np.uint8)


@pytest.mark.parametrize(
    ("transform", "shape", "dtype"),
    [
        (Normalize(), (4, 5, 3), np.float32),
        (Pad(), (4, 5, 3), np.uint8),
        (Pad(1), (6, 7, 3), np.uint8),
        (Pad((1, 2)), (5, 7, 3), np.uint8),
        (Pad((1, 2, 3, 4)), (7, 12, 3), np.uint8),
        (Pad(1, value=0.5), (6, 7, 3), np.float32),
        (ToMode(), (3, 4, 5), np.uint8),
        (Compose(), (4, 5, 3), np.uint8),
        (DIGITS, (3, 8, 9), np.float32),
    ],
)
def test_shapes_and_dtypes(transform: Transform, shape: tuple[int, ...], dtype: type) -> None:
    image = transform.apply(ZERO)
    assert image.shape == shape
    assert image.dtype == dtype
    again, label = transform.apply((ZERO, 7))
    np.testing.assert_array_equal(again, image)
    assert label == 7


def test_normalize_computes_in_float32() -> None:
    image = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    mean, std = np.float32(0.1307 * 255), np.float32(0.3081 * 255)
    out = Normalize(mean=0.1307 * 255, std=0.3081 * 255).apply(image)
    np.testing.assert_array_equal(out, (image.astype(np.float32) - mean) / std)
    assert Normalize().apply(image.astype(np.float64)).dtype == np.float64


def test_normalize_per_channel() -> None:
    out = Normalize(mean=[1, 2, 3], std=[1, 2, 4]).apply(np.full((1, 1, 3), 7, np.uint8))
    assert out.tolist() == [[[6.0, 2.5, 1.0]]]


def test_pad_puts_the_border_where_it_says() -> None:
    out = Pad((1, 0, 0, 2), value=9).apply(np.ones((1, 1, 1), np.uint8))
    assert out[..., 0].tolist() == [[9, 9, 9], [1, 9, 9]]


@given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=4, max_dims=4, max_side=6)))
def test_a_stack_is_transformed_as_each_image(images: np.ndarray) -> None:
    stack = DIGITS.apply_images(images)
    assert stack.flags.c_contiguous
    np.testing.assert_array_equal(stack, np.stack([DIGITS.apply(image) for image in images]))


@given(st.integers(0, 255), st.integers(0, 3))
def test_the_input_is_never_modified(value: int, size: int) -> None:
    image = np.full((3, 3, 1), value, np.uint8)
    for transform in (Normalize(1, 2), Pad(size), DIGITS):
        transform.apply(image)[:] = 0
        assert (image == value).all()


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Normalize(std=0), ValueError, "std must be above 0"),
        (lambda: Normalize(std=[1, -1]), ValueError, "std must be above 0"),
        (lambda: Normalize(mean=np.nan), ValueError, "mean must be a finite number"),
        (lambda: Normalize(mean=[[1]]), ValueError, "one per channel"),
        (lambda: Pad(-1), ValueError, "not negative, got -1"),
        (lambda: Pad((1, 2, 3)), ValueError, r"got \(1, 2, 3\)"),
        (lambda: Pad(1.5), ValueError, "1.5"),  # type: ignore[arg-type]
        (lambda: ToMode("HWC"), ValueError, "'HWC'"),
        (lambda: Pad(2, order=("image", "mask")), ValueError, "mask"),
        (lambda: Compose([Pad(2), np.negative]), TypeError, "entry 1 .* ufunc"),  # type: ignore
    ],
)
def test_invalid_arguments_are_rejected(make: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        make()


@pytest.mark.parametrize(
    ("transform", "image", "error", "words"),
    [
        (Pad(2), np.ones((28, 28)), ValueError, r"Pad expects images \(H, W, C\), .* \(28, 28\)"),
        (ToMode(), np.ones((1, 1, 28, 28)), ValueError, r"ToMode .* \(1, 1, 28, 28\)"),
        (Normalize(), np.full((1, 1, 1), "x"), TypeError, "Normalize .* numbers"),
        (Normalize([1, 2]), ZERO, ValueError, "mean has 2 values for images with 3 channels"),
        (Pad(1, value=256), ZERO, ValueError, "256 is out of range for images of uint8"),
        (Transform(), ZERO, NotImplementedError, "Transform must define apply or"),
    ],
)
def test_invalid_images_are_rejected(
    transform: Transform, image: np.ndarray, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        transform.apply(image)


def test_order_may_be_the_default() -> None:
    assert Pad(1, order=("image",)).apply((ZERO, 3))[1] == 3


def test_a_custom_batch_transform_implements_only_apply_images() -> None:
    class Invert(BatchTransform):
        def apply_images(self, images: np.ndarray) -> np.ndarray:
            return 255 - images

    assert (Invert().apply(ZERO) == 255).all()


def test_a_stack_is_rejected_by_a_transform_of_items() -> None:
    class Negative(Transform):
        def _apply_image(self, image: np.ndarray) -> np.ndarray:
            return 255 - image

    chain = Compose([Pad(0), Negative()])
    assert (chain.apply(ZERO) == 255).all()
    with pytest.raises(TypeError, match=r"entry 1, Negative, is not a BatchTransform"):
        chain.apply_images(ZERO[np.newaxis])
