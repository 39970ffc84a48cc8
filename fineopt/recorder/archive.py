"""A record in a file: an npz of plain arrays, read without pickle."""

from __future__ import annotations

import json
import math
import os
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from ..files import write_file
from .columns import Column, EpochSums, Samples
from .history import Swap
from .updates import Updates

if TYPE_CHECKING:
    from .record import Record

FORMAT = 2
COLUMNS = ("_loss", "_lr", "_ends", "_epoch_loss", "_epoch_accuracy", "_boundary")
UNPACKED, RATIO = 2**26, 100  # bytes, and times its length: what a file may unpack to
SUMS = ("_last_sums", "_epoch_sums")


def save(record: Record, path: str | os.PathLike[str]) -> None:
    """Write a record, compressed. See `Record.save`."""
    header = {
        "format": FORMAT,
        "groups": record.groups,
        "parameters": record.parameters,
        "shapes": record._shapes,
        "keep": record.keep,
        "samples": record._limit,
        "steps_per_epoch": record._given_length,
        "swaps": record.swaps,
    }
    arrays: dict[str, Any] = {"header": json.dumps(header)}
    if (samples := record._samples) is not None:
        arrays |= {name: getattr(record, name).rows for name in COLUMNS}
        for name in SUMS:
            sums: EpochSums = getattr(record, name)
            arrays |= {f"{name}.sums": sums.sums.rows, f"{name}.had": sums.had.rows}
            arrays |= {f"{name}.open_sums": sums.open_sums, f"{name}.open_had": sums.open_had}
        arrays["samples"] = samples.rows[: samples.count]
        arrays["sample_steps"] = samples.steps[: samples.count]
        arrays["stride"] = np.int64(samples.stride)
        if (updates := record._updates) is not None and (kept := record._histograms) is not None:
            arrays["norms"] = updates.rows[: updates.count]
            arrays["norm_steps"] = updates.steps[: updates.count]
            arrays["norm_stride"] = np.int64(updates.stride)
            arrays["histograms"] = kept.samples.rows[: kept.samples.count]
            arrays["histogram_epochs"] = kept.samples.steps[: kept.samples.count]
            arrays["histogram_stride"] = np.int64(kept.samples.stride)
    # an open file: savez would add ".npz" to a bare path
    write_file(path, lambda file: np.savez_compressed(file, **arrays))


def load(kind: type[Record], path: str | os.PathLike[str]) -> Record:
    """Read a record. See `Record.load`."""
    with open(path, "rb") as file:
        try:
            _check_size(file)
            with np.load(file, allow_pickle=False) as archive:
                arrays = dict(archive)
            return _build(kind, arrays)
        except Exception as error:  # whatever a damaged file leads zip, zlib, NumPy or JSON to
            raise ValueError(
                f"{os.fspath(path)!r} is no record that this version can read: "
                f"{error or type(error).__name__}"
            ) from error


def _check_size(file: BinaryIO) -> None:
    """Refuse a file that would take far more memory than it is long (deflate: 1000 times)."""
    from zipfile import ZipFile

    size = file.seek(0, os.SEEK_END)
    with ZipFile(file) as archive:
        unpacked = sum(member.file_size for member in archive.infolist())
    if unpacked > max(UNPACKED, RATIO * size):
        raise ValueError(f"it unpacks from {size} to {unpacked} bytes")
    file.seek(0)


def _build(kind: type[Record], arrays: dict[str, Any]) -> Record:
    header = json.loads(str(arrays["header"]))
    if header["format"] != FORMAT:
        raise ValueError(f"its format is {header['format']!r}, not {FORMAT}")
    record = kind(
        header["parameters"],
        header["groups"],
        steps_per_epoch=header["steps_per_epoch"],
        keep=header["keep"],
        samples=header["samples"],
    )
    record._swaps = swaps
    if "samples" not in arrays:
        return record
    shapes = {name: tuple(shape) for name, shape in header["shapes"].items()}
    counts = {name: min(math.prod(shape), record.keep) for name, shape in shapes.items()}
    if (kept := sum(counts.values())) != arrays["samples"].shape[1]:  # before memory is taken
        raise ValueError(f"its shapes keep {kept} elements, its samples hold others")
    record.start({name: np.zeros(count) for name, count in counts.items()})
    record._shapes = shapes
    for name, shape in shapes.items():
        last = max(math.prod(shape) - 1, 0)
        record._indices[name] = np.linspace(0, last, counts[name]).round().astype(int)
    for name in COLUMNS:
        setattr(record, name, Column.of(arrays[name]))
    for name in SUMS:
        sums: EpochSums = getattr(record, name)
        sums.sums = Column.of(_with_errors(arrays[f"{name}.sums"], 3))
        sums.open_sums = _with_errors(arrays[f"{name}.open_sums"], 2)
        sums.had, sums.open_had = Column.of(arrays[f"{name}.had"]), arrays[f"{name}.open_had"]
    samples, updates, kept = record._samples, record._updates, record._histograms
    assert samples is not None and updates is not None and kept is not None  # it is started
    _fill(samples, arrays["samples"], arrays["sample_steps"], arrays["stride"])
    _fill(updates, arrays["norms"], arrays["norm_steps"], arrays["norm_stride"])
    epochs, stride = arrays["histogram_epochs"], arrays["histogram_stride"]
    _fill(kept.samples, arrays["histograms"], epochs, stride)
    return record


def _swaps(saved: Any, groups: int, steps: int) -> tuple[Swap, ...]:
    """Return the swaps of a header, in which each is a list.

    Raises:
        ValueError: for one that cannot have been.
    """
    swaps = tuple(Swap(*one) for one in saved)
    for step, group, old, new in swaps:
        whole = type(step) is int and type(group) is int
        if not whole or not 0 <= step <= steps or not 0 <= group < groups:
            raise ValueError(f"a swap at step {step!r} of group {group!r}")
        if not isinstance(old, str) or not isinstance(new, str):
            raise ValueError(f"a swap of {old!r} for {new!r}")
    return swaps


def _with_errors(sums: Any, ndim: int) -> Any:
    """Return sums and their errors; those that were saved without errors have none."""
    return sums if sums.ndim == ndim else np.stack([sums, np.zeros_like(sums)], axis=-2)


def _fill(series: Samples | Updates, rows: Any, steps: Any, stride: Any) -> None:
    series.count, series.stride = len(rows), int(stride)
    series.rows[: series.count], series.steps[: series.count] = rows, steps
