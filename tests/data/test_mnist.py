from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from fineopt.data.dataset import MNIST
from fineopt.data.dataset.idx import read_idx

from .mirror import idx, sha256

IMAGES, LABELS = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"
NOISE = np.random.RandomState(1).randint(0, 256, (3, 28, 28)).astype(np.uint8)


def mnist_of(files: dict[str, bytes]) -> type[MNIST]:
    """Return MNIST with the checksums of these files and without mirrors."""

    class Tiny(MNIST):
        mirrors = ()
        checksums = {name: sha256(data) for name, data in files.items()}  # noqa: RUF012

    return Tiny


def put(files: dict[str, bytes], root: Path) -> None:
    for name, data in files.items():
        (root / name).write_bytes(data)


def test_items(
    files: dict[str, bytes], digits: tuple[np.ndarray, np.ndarray], tmp_path: Path
) -> None:
    put(files, tmp_path)
    for train, length in ((True, 6), (False, 2)):
        dataset = mnist_of(files)(root=str(tmp_path), train=train)
        assert len(dataset) == length
        image, label = dataset[1]
        np.testing.assert_array_equal(image, digits[0][1][..., np.newaxis])
        assert (image.dtype, label, type(label)) == (np.uint8, 2, int)


def test_the_default_root_is_in_the_cache_directory(
    files: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "fineopt" / "mnist").mkdir(parents=True)
    put(files, tmp_path / "fineopt" / "mnist")
    assert len(mnist_of(files)()) == 6
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    with pytest.raises(FileNotFoundError, match=r"home.\.cache.fineopt.mnist"):
        mnist_of(files)(download=False)


def test_missing_files(files: dict[str, bytes], tmp_path: Path) -> None:
    del files[LABELS]
    put(files, tmp_path)
    with pytest.raises(FileNotFoundError) as refusal:
        mnist_of(files)(root=tmp_path, download=False)
    message = str(refusal.value)
    assert f"put {LABELS} into {tmp_path}" in message
    assert IMAGES not in message
    assert "MNISTSample()" in message


def test_a_file_with_a_wrong_checksum(files: dict[str, bytes], tmp_path: Path) -> None:
    put(files | {LABELS: files[LABELS][:-1]}, tmp_path)
    with pytest.raises(ValueError, match=f"{LABELS} is damaged .* Delete it"):
        mnist_of(files)(root=tmp_path)
    assert (tmp_path / LABELS).exists()


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        (IMAGES, idx(NOISE)[:-9], "truncated or damaged"),
        (IMAGES, idx(NOISE)[:-500], "truncated or damaged"),
        (IMAGES, b"", "begins with b''"),
        (IMAGES, b"not gzip at all", "truncated or damaged"),
        (IMAGES, idx(NOISE)[:100] + bytes(100) + idx(NOISE)[200:], "truncated or damaged"),
        (
            IMAGES,
            idx(NOISE, magic=b"\x00\x00\x0d\x03"),
            r"not an IDX file.* b'\\x00\\x00\\r\\x03'",
        ),
        (IMAGES, idx(NOISE, magic=b"\x00\x00\x08\x01"), "array with 1 axes, expected 3"),
        (
            IMAGES,
            gzip.compress(b"\x00\x00\x08\x03\x00\x00", mtime=0),
            "within its header",
        ),
        (IMAGES, idx(NOISE, shape=(4, 28, 28)), "4 x 28 x 28 = 3136 bytes but holds only 2352"),
        (IMAGES, idx(NOISE, shape=(2, 28, 28)), "2 x 28 x 28 = 1568 bytes but holds more"),
        (IMAGES, idx(NOISE, shape=(2**32 - 1,) * 3), "more than a file of its size can hold"),
        (IMAGES, idx(NOISE.reshape(3, 56, 14)), r"images of shape \(56, 14\), not \(28, 28\)"),
        (IMAGES, idx(NOISE), "6 labels for 3 images in .*train-images"),
        (LABELS, idx(np.array([0, 1, 2, 3, 10, 0])), "holds the label 10, expected 0 to 9"),
        (LABELS, idx(np.zeros(5)), "5 labels for 6 images"),
        (LABELS, idx(NOISE), "array with 3 axes, expected 1"),
    ],
)
def test_files_with_invalid_content(
    files: dict[str, bytes], name: str, data: bytes, words: str, tmp_path: Path
) -> None:
    """The checksums match, so that the later checks are tested."""
    files[name] = data
    put(files, tmp_path)
    with pytest.raises(ValueError, match=words) as refusal:
        mnist_of(files)(root=tmp_path)
    assert str(tmp_path / name) in str(refusal.value) or str(tmp_path / LABELS) in str(
        refusal.value
    )


def test_idx_of_any_shape(tmp_path: Path) -> None:
    path = tmp_path / "array.gz"
    for array in (np.zeros(0), np.arange(24).reshape(2, 3, 4), np.array([255])):
        path.write_bytes(idx(array))
        np.testing.assert_array_equal(read_idx(path, array.ndim), array)


def test_train_is_a_bool(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="got 1"):
        MNIST(root=tmp_path, train=1)  # type: ignore[arg-type]
