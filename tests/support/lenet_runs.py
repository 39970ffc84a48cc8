"""Initial values, data and steps of LeNet runs, shared with MegEngine.

Only NumPy is needed: tools/make_megengine_fixture.py runs this under MegEngine's Python too.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

DIGITS = Path(__file__).parents[2] / "fineopt" / "data" / "mnist5k.npz"
EPOCHS = 3
STEPS = 10
BATCH = 32


class MultipleOptimizer:
    """The class of the document, with the missing ``self``."""

    def __init__(self, *opts: Any) -> None:
        self.opts = opts

    def clear_grad(self) -> None:
        for opt in self.opts:
            opt.clear_grad()

    def step(self) -> None:
        for opt in self.opts:
            opt.step()


def start(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Initial values of a parameter: normal with std sqrt(1 / fan in); biases close to 0."""
    rng = np.random.RandomState(zlib.crc32(name.encode()))
    std = 0.01 if "bias" in name else np.prod(shape[1:]) ** -0.5
    return rng.normal(0, std, shape).astype("float32")


def batches() -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Images of ten patterns, one per class, with noise so that no maxima are tied.

    The seed is chosen so that float32 and float64 agree to 1e-6 over all steps. With others Adam,
    whose first step is lr times the sign of a gradient, turns rounding errors of gradients near 0
    into steps of full length, and the runs of two BLAS builds part by as much as 10%.
    """
    rng = np.random.RandomState(8)
    patterns = rng.normal(0, 1, (10, 1, 32, 32))
    for _ in range(STEPS):
        labels = rng.randint(0, 10, BATCH).astype("int32")
        images = 0.5 * patterns[labels] + rng.normal(0, 0.3, (BATCH, 1, 32, 32))
        yield images.astype("float32"), labels


def digit_epochs() -> Iterator[list[tuple[np.ndarray, np.ndarray]]]:
    """Epochs of the packaged digits with a little noise, so that no maxima are tied."""
    with np.load(DIGITS) as sample:
        images, labels = sample["train_images"], sample["train_labels"].astype("int32")
    rng = np.random.RandomState(3)
    scaled = np.pad(images / 127.5 - 1, ((0, 0), (2, 2), (2, 2)))[:, None]
    scaled = (scaled + rng.normal(0, 0.01, scaled.shape)).astype("float32")
    for _ in range(EPOCHS):
        order = rng.permutation(len(labels))
        parts = [order[i : i + 64] for i in range(0, len(order) - 63, 64)]
        yield [(scaled[part], labels[part]) for part in parts]


def digest(values: np.ndarray) -> np.ndarray:
    """Up to 200 values, and two sums of all values with fixed random weights."""
    flat = values.astype("float64").ravel()
    weights = np.random.RandomState(7).normal(0, flat.size**-0.5, (2, flat.size))
    picked = flat[np.linspace(0, flat.size - 1, min(flat.size, 200)).astype(int)]
    return np.concatenate([weights @ flat, picked])


# ---- the sections of the document: each maps parameters by name and the optimizer module to an
# ---- optimizer, the parameters to attach, and a function called after each step


def _groups(parameters: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    conv = [p for name, p in parameters.items() if "conv" in name]
    return conv, [p for name, p in parameters.items() if "conv" not in name]


def _nothing(step: int, optimizer: Any) -> None:
    pass


def two_rates(parameters: dict[str, Any], optim: Any) -> Any:
    conv, fc = _groups(parameters)
    optimizer = optim.SGD([{"params": conv}, {"params": fc, "lr": 0.01}], lr=0.05)
    return optimizer, [*conv, *fc], _nothing


def rate_set_to_0(parameters: dict[str, Any], optim: Any) -> Any:
    def after(step: int, optimizer: Any) -> None:
        if step == 2:
            optimizer.param_groups[1]["lr"] = 0.0

    return *two_rates(parameters, optim)[:2], after


def two_optimizers(parameters: dict[str, Any], optim: Any) -> Any:
    conv, fc = _groups(parameters)
    both = MultipleOptimizer(optim.SGD(conv, lr=0.05), optim.Adam(fc, lr=0.01))
    return both, [*conv, *fc], _nothing


def only_conv(parameters: dict[str, Any], optim: Any) -> Any:
    conv, _ = _groups(parameters)
    return optim.SGD(conv, lr=0.05), conv, _nothing


SECTIONS: dict[str, Callable[..., Any]] = {
    "two_rates": two_rates,
    "rate_set_to_0": rate_set_to_0,
    "two_optimizers": two_optimizers,
    "only_conv": only_conv,
}
