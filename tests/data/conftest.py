from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import fineopt.random

from .mirror import idx


@pytest.fixture(autouse=True)
def same_stream_afterwards() -> Iterator[None]:
    """Restore the global stream after each test."""
    state = fineopt.random.get_state()
    yield
    fineopt.random.set_state(state)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def digits() -> tuple[np.ndarray, np.ndarray]:
    """Six images of noise, which gzip cannot compress, and their labels."""
    images = np.random.RandomState(0).randint(0, 256, (6, 28, 28)).astype(np.uint8)
    return images, np.array([7, 2, 1, 0, 4, 9], np.uint8)


@pytest.fixture
def files(digits: tuple[np.ndarray, np.ndarray]) -> dict[str, bytes]:
    images, labels = digits
    return {
        "train-images-idx3-ubyte.gz": idx(images),
        "train-labels-idx1-ubyte.gz": idx(labels),
        "t10k-images-idx3-ubyte.gz": idx(images[:2]),
        "t10k-labels-idx1-ubyte.gz": idx(labels[:2]),
    }
