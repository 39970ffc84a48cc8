"""The file format of records: an npz with a JSON header and plain arrays, read without pickle."""

from __future__ import annotations

import json
import operator
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..files import Archive, as_value_error, read_file, unpacked_limit, write_file
from .validation import validate

__all__ = ["read_archive", "write_archive"]

FORMAT = 3
RENAMED = {  # the arrays of format 2
    "_loss": "loss",
    "_lr": "lr",
    "_ends": "epoch_ends",
    "_epoch_loss": "epoch_loss",
    "_epoch_accuracy": "epoch_accuracy",
    "_boundary": "epoch_values",
    "sample_steps": "samples_steps",
    "stride": "samples_stride",
    "norm_steps": "norms_steps",
    "norm_stride": "norms_stride",
    "histogram_epochs": "histograms_steps",
    "histogram_stride": "histograms_stride",
}


def write_archive(
    path: str | os.PathLike[str], header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]
) -> None:
    """Write a header and arrays.

    Raises:
        ValueError: if `read_archive` would reject them.
        OSError: if the file can't be written; the former file is unchanged.
    """
    validate(header, arrays)
    text = json.dumps({"format": FORMAT, **header}, default=operator.index)
    # Readers reject archives that unpack to more than a limit, so larger ones are not compressed.
    size = sum(array.nbytes + 4096 for array in arrays.values()) + 4 * len(text)
    write: Any = np.savez_compressed if size <= unpacked_limit(0) else np.savez
    # To an open file: savez would append ".npz" to a path.
    write_file(path, lambda file: write(file, header=text, **arrays))


def read_archive(path: str | os.PathLike[str]) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return the header and the arrays of a file, validated.

    Raises:
        ValueError: if the file is not a saved record or is damaged.
        OSError: if the file can't be read.
    """
    name = path if isinstance(path, int) else os.fspath(path)
    with as_value_error(f"{name!r} is not a record that this version can read"):
        data = read_file(path)
        archive = Archive(data, unpacked_limit(len(data)))
        header = json.loads(str(archive.array("header.npy", kinds="U")))
        if not isinstance(header, dict) or header["format"] not in (2, FORMAT):
            raise ValueError(f"its format is not {FORMAT}")
        names = sorted(archive.names - {"header.npy"})
        arrays = {name.removesuffix(".npy"): archive.array(name) for name in names}
        if header["format"] == 2:
            header["swaps"] = header.get("swaps", [])
            arrays = _from_format_2(arrays) if arrays else {}
        return header, validate(header, arrays)


def _from_format_2(arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Rename the arrays, separate the newest rows, and add error bounds to sums without any."""
    new = {RENAMED.get(name, name.removeprefix("_")): array for name, array in arrays.items()}
    for name in ("samples", "histograms"):
        rows, steps = new[name], new[f"{name}_steps"]
        new[f"{name}_newest"], new[f"{name}_newest_step"] = rows[-1].copy(), np.array(steps[-1])
        if steps[-1] % new[f"{name}_stride"]:
            new[name], new[f"{name}_steps"] = rows[:-1], steps[:-1]
    for name in ("last_sums", "epoch_sums"):
        for key, ndim in ((f"{name}.sums", 3), (f"{name}.open_sums", 2)):
            if new[key].ndim != ndim:
                new[key] = np.stack([new[key], np.zeros_like(new[key])], axis=-2)
    return new
