"""A saved record loads bit for bit; other files are rejected."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fineopt.recorder import Record

from .samples import full, record, same, train, walk

FORMAT_2 = Path(__file__).parent / "format_2.npz"


@pytest.mark.parametrize("steps", [0, 1, 50])
def test_save_and_load(tmp_path: Path, steps: int) -> None:
    made = train(record(samples=8, keep=3, steps_per_epoch=4), steps, epoch=4)
    path = tmp_path / "run.record"
    made.save(path)
    loaded = Record.load(path)
    assert same(loaded, made)
    assert same(train(loaded, 9, epoch=4), train(made, 9, epoch=4))  # the open epoch continues


def test_save_before_the_start(tmp_path: Path) -> None:
    Record({"a": None}, []).save(tmp_path / "r")
    assert not Record.load(tmp_path / "r").started


@pytest.mark.parametrize("content", [b"", b"no npz", b"PK\x03\x04 cut off"])
def test_other_files_are_rejected(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="is not a record"):
        Record.load(path)
    np.savez(tmp_path / "other.npz", a=1)
    with pytest.raises(ValueError, match="is not a record"):
        Record.load(tmp_path / "other.npz")


def test_a_zip_bomb_is_rejected(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "bomb.npz", samples=np.zeros(10**7))
    with pytest.raises(ValueError, match=r"bomb.npz' is not a record .* to 80\d+ bytes"):
        Record.load(tmp_path / "bomb.npz")


def test_files_of_format_2_are_read(tmp_path: Path) -> None:
    made = train(record(samples=8, keep=3, steps_per_epoch=4), 50, epoch=4)
    made.add_swap(0, "SGD", "Adam")
    loaded = Record.load(FORMAT_2)
    assert same(loaded, made)
    assert loaded.swaps == made.swaps
    assert same(train(loaded, 9, epoch=4), train(made, 9, epoch=4))


def test_sums_saved_without_error_bounds_have_bounds_of_0(tmp_path: Path) -> None:
    arrays = dict(np.load(FORMAT_2))
    for name in ("_last_sums", "_epoch_sums"):
        arrays[f"{name}.sums"] = arrays[f"{name}.sums"][:, 0]
        arrays[f"{name}.open_sums"] = arrays[f"{name}.open_sums"][0]
    np.savez_compressed(tmp_path / "old.npz", **arrays)
    loaded = Record.load(tmp_path / "old.npz")
    assert loaded.grad_sum_epoch == Record.load(FORMAT_2).grad_sum_epoch
    assert not loaded.grad_sum_errors().any()


def test_swaps_are_saved(tmp_path: Path) -> None:
    record = Record({"w": 0}, ["a"])
    record.start({"w": np.zeros(2)})
    record.add_swap(0, "SGD", "Adam")
    record.save(tmp_path / "run")
    assert Record.load(tmp_path / "run").swaps == record.swaps


@pytest.mark.parametrize(
    "swaps",
    [3, [3], [[0]], [[0, 1, "a", "b"]], [[1, 0, "a", "b"]], [[0, 0, 1, 2]], [[-1, 0, "", ""]]],
)
def test_invalid_swaps_are_rejected(swaps: Any, tmp_path: Path) -> None:
    record = Record({"w": 0}, ["a"])
    record.start({"w": np.zeros(2)})
    record.save(tmp_path / "run")
    with np.load(tmp_path / "run") as archive:
        arrays = dict(archive)
    header = json.loads(str(arrays["header"])) | {"swaps": swaps}
    with open(tmp_path / "bad", "wb") as file:
        np.savez(file, **(arrays | {"header": json.dumps(header)}))
    with pytest.raises(ValueError, match="is not a record"):
        Record.load(tmp_path / "bad")


def test_measures_are_saved(tmp_path: Path) -> None:
    made = full()
    made.save(tmp_path / "r")
    loaded = Record.load(tmp_path / "r")
    assert same(loaded, made)
    assert same(train(loaded, 50), train(made, 50))


def test_a_loaded_record_does_not_measure_a_step_without_previous_values(tmp_path: Path) -> None:
    made = record()
    walk(made, 7)
    made.save(tmp_path / "r")
    loaded = Record.load(tmp_path / "r")
    assert train(loaded, 6).update_steps.tolist() == [4, 12]
