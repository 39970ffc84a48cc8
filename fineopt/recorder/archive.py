"""A record in a file: an npz of plain arrays, read without pickle."""

from __future__ import annotations

import json
import math
import operator
import os
from typing import TYPE_CHECKING, Any

import numpy as np

from ..files import Archive, as_value_error, read_file, unpacked_limit, write_file
from .checks import checked
from .columns import Column, EpochSums, Samples
from .history import Swap
from .updates import Updates

if TYPE_CHECKING:
    from .record import Record

FORMAT = 2
COLUMNS = ("_loss", "_lr", "_ends", "_epoch_loss", "_epoch_accuracy", "_boundary")
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
    arrays: dict[str, Any] = {}
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
    checked(header, {name: np.asarray(array) for name, array in arrays.items()})
    arrays["header"] = json.dumps(header, default=operator.index)
    # What would unpack to more than a reader takes, it could not tell from a bomb: it is stored.
    size = sum(np.asarray(array).nbytes + 4096 for array in arrays.values())
    write: Any = np.savez_compressed if size <= unpacked_limit(0) else np.savez
    # an open file: savez would add ".npz" to a bare path
    write_file(path, lambda file: write(file, **arrays))


def load(kind: type[Record], path: str | os.PathLike[str]) -> Record:
    """Read a record. See `Record.load`."""
    name = path if isinstance(path, int) else os.fspath(path)
    with as_value_error(f"{name!r} is no record that this version can read"):
        data = read_file(path)
        archive = Archive(data, unpacked_limit(len(data)))
        header = json.loads(str(archive.array("header.npy", kinds="U")))
        if not isinstance(header, dict) or header["format"] != FORMAT:
            raise ValueError(f"its format is not {FORMAT}")
        names = sorted(archive.names - {"header.npy"})
        arrays = {name.removesuffix(".npy"): archive.array(name) for name in names}
        for name in SUMS if arrays else ():  # those that were saved without errors have none
            arrays[f"{name}.sums"] = _with_errors(arrays[f"{name}.sums"], 3)
            arrays[f"{name}.open_sums"] = _with_errors(arrays[f"{name}.open_sums"], 2)
        return _build(kind, header, checked(header, arrays))


def _with_errors(sums: Any, ndim: int) -> Any:
    return sums if sums.ndim == ndim else np.stack([sums, np.zeros_like(sums)], axis=-2)


def _build(kind: type[Record], header: dict[str, Any], arrays: dict[str, Any]) -> Record:
    record = kind(
        header["parameters"],
        header["groups"],
        steps_per_epoch=header["steps_per_epoch"],
        keep=header["keep"],
        samples=header["samples"],
    )
    record._swaps = tuple(Swap(*swap) for swap in header.get("swaps", ()))
    if not arrays:
        return record
    shapes = {name: tuple(shape) for name, shape in header["shapes"].items()}
    counts = {name: min(math.prod(shape), record.keep) for name, shape in shapes.items()}
    record.start({name: np.zeros(count) for name, count in counts.items()})
    record._shapes = shapes
    for name, shape in shapes.items():
        last = max(math.prod(shape) - 1, 0)
        record._indices[name] = np.linspace(0, last, counts[name]).round().astype(int)
    for name in COLUMNS:
        setattr(record, name, Column.of(arrays[name]))
    for name in SUMS:
        sums: EpochSums = getattr(record, name)
        sums.sums, sums.had = Column.of(arrays[f"{name}.sums"]), Column.of(arrays[f"{name}.had"])
        sums.open_sums, sums.open_had = arrays[f"{name}.open_sums"], arrays[f"{name}.open_had"]
    samples, updates, kept = record._samples, record._updates, record._histograms
    assert samples is not None and updates is not None and kept is not None  # it is started
    _fill(samples, arrays["samples"], arrays["sample_steps"], arrays["stride"])
    _fill(updates, arrays["norms"], arrays["norm_steps"], arrays["norm_stride"])
    epochs, stride = arrays["histogram_epochs"], arrays["histogram_stride"]
    _fill(kept.samples, arrays["histograms"], epochs, stride)
    return record


def _fill(series: Samples | Updates, rows: Any, steps: Any, stride: Any) -> None:
    series.count, series.stride = len(rows), int(stride)
    series.rows, series.steps = rows, steps
