"""What the content of a saved record must be, so that all of it can be read."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .histograms import ABSENT, BINS, ZEROS
from .histograms import LIMIT as EPOCHS
from .updates import LIMIT as MEASURED

LARGEST = 2**53  # up to here floats are exact: places in parameters and epochs are worked out so


def checked(header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """Return a record's arrays, in this machine's byte order.

    Raises:
        ValueError: for what a record can't hold. It is raised on saving and on loading.
    """
    parameters, groups, shapes = (header[key] for key in ("parameters", "groups", "shapes"))
    _require(
        isinstance(groups, list) and all(isinstance(name, str) for name in groups), "group names"
    )
    _require(isinstance(parameters, dict) and all(map(_is_text, parameters)), "parameters")
    for group in parameters.values():
        _require(group is None or _is_size(group, 0, len(groups) - 1), "groups of parameters")
    _require(_is_size(header["keep"], 1) and _is_size(header["samples"], 4), "keep or samples")
    length = header["steps_per_epoch"]
    _require(length is None or _is_size(length, 1), "steps per epoch")
    _check_swaps(
        header.get("swaps", []),
        len(groups),
        len(np.atleast_1d(arrays["_loss"])) if "_loss" in arrays else 0,
    )
    _require(isinstance(shapes, dict), "shapes")
    if not arrays and not shapes:
        return {}
    _require(list(shapes) == list(parameters), "names of shapes")
    for shape in shapes.values():
        _require(
            isinstance(shape, list | tuple)
            and len(shape) <= 64
            and all(_is_size(length, 0) for length in shape)
            and math.prod(shape) <= LARGEST,
            "shapes",
        )
    width = sum(min(math.prod(shape), header["keep"]) for shape in shapes.values())
    expected = _expected(arrays, len(parameters), len(groups), width)
    if arrays.keys() != expected.keys():
        raise ValueError(f"its arrays are {sorted(arrays)}, expected {sorted(expected)}")
    native = {}
    for name, (dtype, shape) in expected.items():
        array = arrays[name]
        if array.dtype.newbyteorder("=") != dtype or array.shape != shape:
            raise ValueError(
                f"{name} in it is {array.shape} of {array.dtype}, expected {shape} of {dtype}"
            )
        native[name] = array.astype(dtype)
    _check_values(native, header["samples"])
    return native


def _expected(
    arrays: Mapping[str, NDArray[Any]], size: int, groups: int, width: int
) -> dict[str, tuple[Any, tuple[int, ...]]]:
    """Return each array's dtype and shape; the first lengths are those of these arrays."""

    def length(name: str) -> int:
        return len(arrays[name]) if name in arrays and arrays[name].ndim else 0

    real, whole, truth, small = (np.dtype(t) for t in ("f8", "i8", "?", "i4"))
    steps, epochs, kept = length("_loss"), length("_ends"), length("samples")
    norms, histograms = length("norms"), length("histograms")
    expected: dict[str, tuple[Any, tuple[int, ...]]] = {
        "_loss": (real, (steps,)),
        "_lr": (real, (steps, groups)),
        "_ends": (whole, (epochs,)),
        "_epoch_loss": (real, (epochs,)),
        "_epoch_accuracy": (real, (epochs,)),
        "_boundary": (real, (epochs + 1, width)),
        "samples": (real, (kept, width)),
        "sample_steps": (whole, (kept,)),
        "stride": (whole, ()),
        "norms": (real, (norms, 2, size)),
        "norm_steps": (whole, (norms,)),
        "norm_stride": (whole, ()),
        "histograms": (small, (histograms, 2, size, BINS + 1)),
        "histogram_epochs": (whole, (histograms,)),
        "histogram_stride": (whole, ()),
    }
    for name in ("_last_sums", "_epoch_sums"):
        expected |= {f"{name}.sums": (real, (epochs, 2, size))}
        expected |= {f"{name}.had": (truth, (epochs, size))}
        expected |= {f"{name}.open_sums": (real, (2, size)), f"{name}.open_had": (truth, (size,))}
    return expected


def _check_values(arrays: Mapping[str, NDArray[Any]], limit: int) -> None:
    steps, epochs = len(arrays["_loss"]), len(arrays["_ends"])
    _check_places(arrays["_ends"], "ends of epochs", 1, steps)
    for name, least, most, room in (
        ("sample_steps", 0, steps, limit),
        ("norm_steps", 1, steps, min(limit, MEASURED)),
        ("histogram_epochs", 0, epochs, min(limit, EPOCHS)),
    ):
        _check_places(arrays[name], name, least, most)
        _require(len(arrays[name]) <= room, f"number of {name}")
        if least == 0:
            _require(len(arrays[name]) > 0 and arrays[name][0] == 0, name)
    _require(int(arrays["sample_steps"][-1]) == steps, "sample_steps")
    for name in ("stride", "norm_stride", "histogram_stride"):
        stride = int(arrays[name])
        _require(0 < stride <= LARGEST and stride & (stride - 1) == 0, name)
    sums = (arrays[f"{name}.sums"][:, 1] for name in ("_last_sums", "_epoch_sums"))
    _require(not (arrays["norms"] < 0).any(), "norms")
    _require(not any((errors < 0).any() for errors in sums), "errors of sums")
    exponents, counts = arrays["histograms"][..., 0], arrays["histograms"][..., 1:]
    known = (exponents == ABSENT) | ((exponents >= ZEROS) & (exponents <= 1023))
    _require(bool(known.all()) and not (counts < 0).any(), "histograms")


def _check_swaps(swaps: Any, groups: int, steps: int) -> None:
    before = 0
    for swap in swaps:
        _require(isinstance(swap, list | tuple) and len(swap) == 4, "swaps")
        step, group, old, new = swap
        if not _is_size(step, before, steps) or not _is_size(group, 0, groups - 1):
            raise ValueError(f"it has a swap at step {step!r} of group {group!r}")
        if not isinstance(old, str) or not isinstance(new, str):
            raise ValueError(f"it has a swap of {old!r} for {new!r}")
        before = step


def _check_places(places: NDArray[Any], what: str, least: int, most: int) -> None:
    rising = len(places) < 2 or bool((places[1:] > places[:-1]).all())
    _require(rising and (not len(places) or least <= places[0] <= places[-1] <= most), what)


def _is_text(name: Any) -> bool:
    return isinstance(name, str)


def _is_size(value: Any, least: int, most: int = LARGEST) -> bool:
    if isinstance(value, bool | np.bool_):
        return False
    try:
        return least <= operator.index(value) <= most
    except TypeError:
        return False


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(f"its {what} are none that a record can have")
