from __future__ import annotations

import itertools
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from fineopt.data import Collator, DataLoader, RandomSampler, SequentialSampler
from fineopt.data.dataset import ArrayDataset, Dataset, MNISTSample
from fineopt.data.transform import Compose, Normalize, Pad, ToMode, Transform


def digits_loader(dataset: Dataset, **arguments: Any) -> DataLoader:
    """Return the loader of the reference document."""
    return DataLoader(
        dataset,
        sampler=RandomSampler(dataset, batch_size=64, drop_last=True, **arguments),
        transform=Compose([Normalize(mean=0.1307 * 255, std=0.3081 * 255), Pad(2), ToMode("CHW")]),
    )


class OneByOne(Dataset):
    """The same items as `dataset`, but processed one at a time."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset

    def __getitem__(self, index: int) -> Any:
        return self.dataset[index]

    def __len__(self) -> int:
        return len(self.dataset)


def test_the_loader_of_the_reference_document() -> None:
    dataset = MNISTSample()
    loader = digits_loader(dataset, seed=0)
    assert len(loader) == 62
    order = [index for batch in RandomSampler(dataset, 64, True, seed=0) for index in batch]
    count = 0
    for images, labels in loader:
        assert images.shape == (64, 1, 32, 32)
        assert images.dtype == np.float32
        assert images.flags.c_contiguous
        assert labels.shape == (64,)
        assert labels.dtype == np.int32
        assert labels.tolist() == [dataset[i][1] for i in order[count * 64 : (count + 1) * 64]]
        count += 1
    assert count == 62
    assert (images[:, :, :2] == 0).all()  # padded with 0 after normalization


def test_whole_batches_equal_batches_of_items() -> None:
    dataset = MNISTSample(train=False)
    whole, single = digits_loader(dataset, seed=1), digits_loader(OneByOne(dataset), seed=1)
    for one, other in zip(whole, single, strict=True):
        for left, right in zip(one, other, strict=True):
            np.testing.assert_array_equal(left, right)
            assert left.dtype == right.dtype


COLUMNS = [
    np.arange(12, dtype=np.uint8).reshape(3, 2, 2, 1),
    np.array([1, 2, 3]),
    np.array([1, 2, 3], np.uint8),
    np.array([0.5, 1.5, 2.5], np.float32),
    np.array([[1, 2], [3, 4], [5, 6]]),
    np.array([True, False, True]),
]


@pytest.mark.parametrize("columns", [COLUMNS, COLUMNS[:1], COLUMNS[1:2]])
@pytest.mark.parametrize("transform", [None, Compose(), Compose([])])
def test_columns_of_every_kind(columns: list[np.ndarray], transform: Transform | None) -> None:
    dataset = ArrayDataset(*columns)
    batches = [
        list(DataLoader(each, SequentialSampler(each, batch_size=2), transform))
        for each in (dataset, OneByOne(dataset))
    ]
    for one, other in zip(*batches, strict=True):
        assert isinstance(one, tuple)
        assert isinstance(other, tuple)
        for left, right in zip(one, other, strict=True):
            np.testing.assert_array_equal(left, right)
            assert left.dtype == right.dtype


def test_items_other_than_tuples() -> None:
    (batch,) = DataLoader([1, 2, 3], SequentialSampler(range(3), 3))  # type: ignore[arg-type]
    assert batch.dtype == np.int32
    assert batch.tolist() == [1, 2, 3]


def test_by_default_one_item_at_a_time_in_sequence() -> None:
    batches = [labels.tolist() for (labels,) in DataLoader(ArrayDataset([5, 6, 7]))]
    assert batches == [[5], [6], [7]]


def test_batches_are_copies() -> None:
    values = np.arange(8.0).reshape(2, 2, 2, 1)
    dataset = ArrayDataset(values, [0, 1])
    loader = DataLoader(dataset, SequentialSampler(dataset, 2))
    for _ in range(2):
        for images, labels in loader:
            np.testing.assert_array_equal(images, values)
            assert labels.tolist() == [0, 1]
            images[:] = -1
            labels[:] = -1


def test_each_loop_is_a_new_epoch() -> None:
    dataset = ArrayDataset(np.arange(100))
    loader = DataLoader(dataset, RandomSampler(dataset, 10, seed=0))
    first = next(iter(loader))[0].tolist()
    epochs = [[labels.tolist() for (labels,) in loader] for _ in range(2)]
    assert epochs[0] != epochs[1]
    assert epochs[0][0] != first
    assert sorted(itertools.chain(*epochs[0])) == list(range(100))


# ---- overrides in subclasses are respected ----


class Doubled(ArrayDataset):
    def __getitem__(self, index: int) -> Any:
        image, label = super().__getitem__(index)
        return image * 2, label


class Raised(Transform):
    def _apply_image(self, image: np.ndarray) -> np.ndarray:
        return image + 1


class RaisedPad(Pad):
    def _apply_image(self, image: np.ndarray) -> np.ndarray:
        return super()._apply_image(image) + 1


class RaisedCompose(Compose):
    def apply(self, item: Any) -> Any:
        image, label = super().apply(item)
        return image + 1, label


@pytest.mark.parametrize(
    ("dataset", "transform", "expected"),
    [
        (ArrayDataset, Pad(0), 3),
        (Doubled, None, 6),
        (Doubled, Pad(0), 6),
        (ArrayDataset, Raised(), 4),
        (ArrayDataset, RaisedPad(0), 4),
        (ArrayDataset, Compose([Pad(0), Raised()]), 4),
        (ArrayDataset, Compose([Pad(0), Compose([RaisedPad(0)])]), 4),
        (ArrayDataset, RaisedCompose([Pad(0)]), 4),
    ],
)
def test_overridden_items(
    dataset: type[ArrayDataset], transform: Transform | None, expected: int
) -> None:
    data = dataset(np.full((2, 1, 1, 1), 3), [0, 1])
    ((images, labels),) = DataLoader(data, SequentialSampler(data, 2), transform)
    assert (images == expected).all()
    assert labels.tolist() == [0, 1]


def test_a_transform_sees_its_current_settings_and_the_current_data() -> None:
    values = np.zeros((1, 1, 1, 1))
    pad = Compose([Pad(1, value=5)])
    loader = DataLoader(ArrayDataset(values), transform=pad)
    ((before,),) = loader
    pad.transforms[0].value, values[:] = 6, 1  # type: ignore[attr-defined]
    ((after,),) = loader
    assert before.sum() == 5 * 8
    assert after.sum() == 6 * 8 + 1


def test_a_transform_on_items_sees_the_label_too() -> None:
    class Relabelled(Transform):
        def apply(self, item: Any) -> Any:
            image, label = item
            return image, label + 10

    data = ArrayDataset(np.zeros((2, 1, 1, 1)), [0, 1])
    ((_, labels),) = DataLoader(data, SequentialSampler(data, 2), Relabelled())
    assert labels.tolist() == [10, 11]


def test_a_custom_collator() -> None:
    class AsList(Collator):
        def apply(self, inputs: Any) -> Any:
            return list(inputs)

    data = ArrayDataset([4, 5])
    assert list(DataLoader(data, SequentialSampler(data, 2), collator=AsList())) == [[(4,), (5,)]]


# ---- invalid items and arguments ----

RAGGED = [(np.zeros((28, 28, 1)), 0), (np.zeros((28, 28, 1)), 1), (np.zeros((28, 28)), 2)]


@pytest.mark.parametrize(
    ("items", "error", "words"),
    [
        (
            RAGGED,
            ValueError,
            r"entry 0 of item 1 has \(28, 28, 1\), entry 0 of item 2 .*\(28, 28\)",
        ),
        ([(1, 2), (1, 2), (1, 2, 3)], ValueError, "item 1 has 2 entries, item 2 has 3"),
        ([(1, 2), (1, 2), 1], ValueError, "item 1 has 2 entries, item 2 is int"),
        ([1, 1, "x"], TypeError, "item 2 must be a number .* got str"),
        ([0, 1, 2**31], ValueError, "2147483648 does not fit"),
    ],
)
def test_invalid_items_are_rejected(items: list[Any], error: type[Exception], words: str) -> None:
    loader = DataLoader(items, SequentialSampler(items, 2, indices=[1, 2]))  # type: ignore
    with pytest.raises(error, match=words):
        next(iter(loader))
    assert loader.state_dict()["position"] == 0  # the batch was not returned


def test_an_empty_batch() -> None:
    with pytest.raises(ValueError, match="at least one item"):
        Collator().apply([])


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"dataset": iter([1])}, TypeError, "got list_iterator"),
        ({"sampler": [[0, 1]]}, TypeError, "sampler must be a Sampler, got list"),
        ({"transform": [Pad(2)]}, TypeError, "transform must be a Transform, got list"),
        ({"collator": 3}, TypeError, "apply method, got int"),
        ({"num_workers": 2}, ValueError, "num_workers=2"),
        ({"sampler": RandomSampler(range(9))}, ValueError, "has 9 items, the loader's has 3"),
    ],
)
def test_invalid_arguments_are_rejected(
    arguments: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        DataLoader(**{"dataset": ArrayDataset([1, 2, 3])} | arguments)


def test_importing_the_package_does_not_load_a_downloader() -> None:
    code = (
        "import sys, fineopt.data; "
        "print([name for name in ('pooch', 'tqdm', 'urllib.request') if name in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"
