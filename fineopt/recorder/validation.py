"""Validation of a record's state, so that whatever loads can also be read."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .tables.histograms import ABSENT, BINS, ZEROS
from .tables.histograms import LIMIT as MAX_HISTOGRAMS
from .tables.updates import LIMIT as MAX_UPDATES
from .tables.updates import read_only_copy

LARGEST = 2**53  # floats are exact up to here; positions in parameters and epochs rely on it


def validate(header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """Validate a record's state, both when it is saved and when it is loaded.

    Returns:
        The arrays, read-only and in native byte order.

    Raises:
        ValueError: if the state is invalid.
    """
    size, groups, width = _check_header(header, started=bool(arrays))
    steps = len(np.atleast_1d(arrays["loss"])) if "loss" in arrays else 0
    _check_swaps(header["swaps"], groups, steps)
    if not arrays:
        return {}
    expected = _expected(arrays, size, groups, width)
    if arrays.keys() != expected.keys():
        raise ValueError(f"the arrays are {sorted(arrays)}, expected {sorted(expected)}")
    native = {}
    for name, (dtype, shape) in expected.items():
        array = arrays[name]
        if array.dtype.newbyteorder("=") != dtype or array.shape != shape:
            raise ValueError(
                f"{name} has shape {array.shape} and dtype {array.dtype}, "
                f"expected {shape} and {dtype}"
            )
        native[name] = array.astype(dtype, copy=array.flags.writeable)
        native[name].flags.writeable = False
    _check_values(native, header["samples"])
    return native


def validate_previous(
    previous: Sequence[NDArray[Any]] | None, shapes: Mapping[str, tuple[int, ...]]
) -> list[NDArray[Any]] | None:
    """Return copies of the values before a step that is being measured.

    Raises:
        ValueError: if their shapes are not those of the parameters.
    """
    if previous is None:
        return None
    copies = [read_only_copy(value) for value in previous]
    _require([value.shape for value in copies] == list(shapes.values()), "previous values")
    return copies


def _check_header(header: Mapping[str, Any], started: bool) -> tuple[int, int, int]:
    """Validate a header; return its numbers of parameters, groups and kept elements."""
    parameters, groups, shapes = (header[key] for key in ("parameters", "groups", "shapes"))
    _require(isinstance(groups, list) and all(map(_is_text, groups)), "group names")
    _require(isinstance(parameters, dict) and all(map(_is_text, parameters)), "parameters")
    for group in parameters.values():
        _require(group is None or _is_size(group, 0, len(groups) - 1), "groups of parameters")
    _require(_is_size(header["keep"], 1) and _is_size(header["samples"], 4), "keep or samples")
    length = header["steps_per_epoch"]
    _require(length is None or _is_size(length, 1), "steps per epoch")
    _require(isinstance(shapes, dict), "shapes")
    if not started and not shapes:
        return len(parameters), len(groups), 0
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
    return len(parameters), len(groups), width


def _check_swaps(swaps: Any, groups: int, steps: int) -> None:
    before = 0
    for swap in swaps:
        _require(isinstance(swap, list | tuple) and len(swap) == 4, "swaps")
        step, group, old, new = swap
        if not _is_size(step, before, steps) or not _is_size(group, 0, groups - 1):
            raise ValueError(f"invalid swap at step {step!r} of group {group!r}")
        if not isinstance(old, str) or not isinstance(new, str):
            raise ValueError(f"invalid swap of {old!r} for {new!r}")
        before = step


def _expected(
    arrays: Mapping[str, NDArray[Any]], size: int, groups: int, width: int
) -> dict[str, tuple[Any, tuple[int, ...]]]:
    """Return the dtype and shape of each array; only the lengths are taken from the arrays."""

    def length(name: str) -> int:
        return len(arrays[name]) if name in arrays and arrays[name].ndim else 0

    real, integer, boolean = np.dtype("f8"), np.dtype("i8"), np.dtype("?")
    steps, epochs = length("loss"), length("epoch_ends")
    expected: dict[str, tuple[Any, tuple[int, ...]]] = {
        "loss": (real, (steps,)),
        "lr": (real, (steps, groups)),
        "epoch_ends": (integer, (epochs,)),
        "epoch_loss": (real, (epochs,)),
        "epoch_accuracy": (real, (epochs,)),
        "epoch_values": (real, (epochs + 1, width)),
    }
    for name, dtype, row, has_newest in (
        ("samples", real, (width,), True),
        ("norms", real, (2, size), False),
        ("histograms", np.dtype("i4"), (2, size, BINS + 1), True),
    ):
        expected |= {
            name: (dtype, (length(name), *row)),
            f"{name}_steps": (integer, (length(name),)),
            f"{name}_stride": (integer, ()),
        }
        if has_newest:
            expected |= {f"{name}_newest": (dtype, row), f"{name}_newest_step": (integer, ())}
    for name in ("last_sums", "epoch_sums"):
        expected |= {
            f"{name}.sums": (real, (epochs, 2, size)),
            f"{name}.had": (boolean, (epochs, size)),
            f"{name}.open_sums": (real, (2, size)),
            f"{name}.open_had": (boolean, (size,)),
        }
    return expected


def _check_values(arrays: Mapping[str, NDArray[Any]], limit: int) -> None:
    steps, epochs = len(arrays["loss"]), len(arrays["epoch_ends"])
    _check_increasing(arrays["epoch_ends"], "ends of epochs", 1, steps)
    _check_series(arrays, "samples", steps, limit)
    _require(int(arrays["samples_newest_step"]) == steps, "samples_newest_step")
    _check_series(arrays, "norms", steps, min(limit, MAX_UPDATES), least=1)
    _check_series(arrays, "histograms", epochs, min(limit, MAX_HISTOGRAMS))
    _require(not (arrays["norms"] < 0).any(), "norms")
    for name in ("last_sums", "epoch_sums"):
        _require(not (arrays[f"{name}.sums"][:, 1] < 0).any(), "errors of sums")
    for name in ("histograms", "histograms_newest"):
        exponents, counts = arrays[name][..., 0], arrays[name][..., 1:]
        known = (exponents == ABSENT) | ((exponents >= ZEROS) & (exponents <= 1023))
        _require(bool(known.all()) and not (counts < 0).any(), name)


def _check_series(
    arrays: Mapping[str, NDArray[Any]], name: str, most: int, limit: int, least: int = 0
) -> None:
    places, stride = arrays[f"{name}_steps"], int(arrays[f"{name}_stride"])
    _require(0 < stride <= LARGEST and stride & (stride - 1) == 0, f"{name}_stride")
    _check_increasing(places, f"{name}_steps", least, most)
    _require(not (places % stride).any(), f"{name}_steps")
    count = len(places)
    if least == 0:  # it begins at 0, and has a newest row
        _require(count > 0 and places[0] == 0, f"{name}_steps")
        newest, last = int(arrays[f"{name}_newest_step"]), int(places[-1])
        off = newest % stride != 0
        _require(last < newest <= most if off else last == newest, f"{name}_newest_step")
        count += off
    _require(count <= limit, f"number of {name}")


def _check_increasing(places: NDArray[Any], what: str, least: int, most: int) -> None:
    increasing = len(places) < 2 or bool((places[1:] > places[:-1]).all())
    _require(increasing and (not len(places) or least <= places[0] <= places[-1] <= most), what)


def _is_text(name: Any) -> bool:
    return isinstance(name, str)


def _is_size(value: Any, least: int, most: int = LARGEST) -> bool:
    is_integer = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    return is_integer and bool(least <= value <= most)


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(f"invalid {what}")
