from __future__ import annotations

import numpy as np
import pytest

from fineopt.data.dataset import ArrayDataset, MNISTSample


def test_items_are_tuples_of_entries() -> None:
    images, labels = np.arange(24.0).reshape(3, 2, 2, 2), np.array([5, 6, 7])
    dataset = ArrayDataset(images, labels)
    assert len(dataset) == 3
    image, label = dataset[-1]
    np.testing.assert_array_equal(image, images[2])
    assert label == 7
    assert [label for _, label in dataset] == [5, 6, 7]  # IndexError ends a plain `for`


@pytest.mark.parametrize(
    ("arrays", "error", "words"),
    [
        ((), ValueError, "at least one array"),
        ((3.0,), ValueError, "array 0 .* got the single number 3.0"),
        (([1, 2, 3], [1, 2]), ValueError, "array 0 has 3 entries, array 1 has 2"),
        (([1, 2], ["a", "b"]), TypeError, "array 1 .* numeric"),
    ],
)
def test_invalid_arrays_are_rejected(
    arrays: tuple[object, ...], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        ArrayDataset(*arrays)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("index", "error", "words"),
    [
        (3, IndexError, "index 3 is out of range for ArrayDataset of 3 items"),
        (-4, IndexError, "index -4"),
        (1.0, TypeError, "one integer, got 1.0"),
        (slice(2), TypeError, "one integer"),
    ],
)
def test_invalid_indices_are_rejected(index: object, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        ArrayDataset([1, 2, 3])[index]  # type: ignore[index]


@pytest.mark.parametrize(("train", "length"), [(True, 4000), (False, 1000)])
def test_the_sample_is_balanced_digits(train: bool, length: int) -> None:
    dataset = MNISTSample(train=train)
    assert len(dataset) == length
    image, label = dataset[np.int64(length - 1)]  # type: ignore[index]
    assert image.shape == (28, 28, 1)
    assert image.dtype == np.uint8
    assert type(label) is int
    images, labels = dataset.arrays
    assert images.shape == (length, 28, 28, 1)
    assert labels.dtype == np.int32
    assert np.bincount(labels).tolist() == [length // 10] * 10
    assert 25 < images.mean() < 45  # ink on an empty background, not the reverse


def test_the_sample_is_read_only() -> None:
    image, _ = MNISTSample(train=False)[0]
    with pytest.raises(ValueError, match="read-only"):
        image[:] = 0


def test_train_is_a_bool() -> None:
    with pytest.raises(TypeError, match=r"train must be True .* got 'test'"):
        MNISTSample(train="test")  # type: ignore[arg-type]
