"""Reading a damaged file raises a ValueError that names it, and memory stays bounded."""

from __future__ import annotations

import json
import os
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fineopt
from fineopt.data.dataset.idx import read_idx
from fineopt.recorder import Record

from ..data.mirror import idx
from ..support.damage import KINDS, a_record, read_record, try_damage


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_is_readable_or_a_value_error(kind: str, tmp_path: Path) -> None:
    counts, wrong = try_damage(kind, tmp_path / kind, 300, seed=1)
    assert not wrong, "\n".join(wrong)
    assert counts["refused"] > 200


HEADERS: dict[str, dict[str, Any]] = {
    "a huge shape": {"shapes": {"w": [2 * 10**8], "b": [2]}, "keep": 10**9},
    "a negative shape": {"shapes": {"w": [-2, -3], "b": [2]}},
    "a group out of range": {"parameters": {"w": 7, "b": None}},
    "other names": {"shapes": {"v": [2, 3], "b": [2]}},
    "no keep": {"keep": 0},
    "keep as text": {"keep": "4"},
    "groups that are not strings": {"groups": [1]},
    "too few samples": {"samples": 4},
}


@pytest.mark.parametrize("change", HEADERS.values(), ids=HEADERS)
def test_an_invalid_header_is_rejected(change: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "record"
    a_record(path)
    with np.load(path) as archive:
        arrays = dict(archive)
    arrays["header"] = np.array(json.dumps(json.loads(str(arrays["header"])) | change))
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)
    tracemalloc.start()
    with pytest.raises(ValueError, match="record' is not a record"):
        Record.load(path)
    assert tracemalloc.get_traced_memory()[1] < 2**22
    tracemalloc.stop()


def test_the_number_of_samples_allocates_no_memory(tmp_path: Path) -> None:
    record = Record({"w": 0}, ["all"], samples=10**12)
    record.start({"w": np.zeros(64)})
    record.save(tmp_path / "record")
    assert Record.load(tmp_path / "record").started


def test_a_highly_compressible_record_loads(tmp_path: Path) -> None:
    record = Record({"w": 0}, ["all"], keep=10**6, samples=8)
    record.start({"w": np.zeros(10**6)})
    for _ in range(9):
        record.add_step(0.0, [0.1], {"w": np.zeros(10**6)}, {"w": None})
        record.end_epoch()
    record.save(tmp_path / "record")
    assert Record.load(tmp_path / "record").epochs == 9


def test_a_record_that_can_not_be_loaded_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="group names"):
        Record({"w": 0}, [3]).save(tmp_path / "record")  # type: ignore[list-item]
    assert not os.listdir(tmp_path)
    Record({"w": np.int64(0)}, ["a"], keep=np.int64(3)).save(tmp_path / "record")  # type: ignore[dict-item, arg-type]
    assert Record.load(tmp_path / "record").keep == 3


def test_nesting_is_limited_for_save_and_load(tmp_path: Path) -> None:
    nest: Any = 1
    for _ in range(100):
        nest = [nest]
    fineopt.save(nest, tmp_path / "state")
    assert fineopt.load(tmp_path / "state") == nest
    for deeper in ([nest], [[nest] * 3]):
        with pytest.raises(ValueError, match="nested more than 100 levels deep"):
            fineopt.save(deeper, tmp_path / "state")
    assert fineopt.load(tmp_path / "state") == nest


@pytest.mark.parametrize("read", [fineopt.load, read_record, lambda path: read_idx(path, 3)])
def test_fifos_missing_files_and_directories(read: Any, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(ValueError, match=r"fifo.*not a regular file"):
        read(tmp_path / "fifo")
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "absent")
    with pytest.raises(IsADirectoryError):
        read(tmp_path)


@pytest.mark.parametrize("shape", [(2**32 - 1,) * 3, (0, 2**32 - 1, 2**32 - 1), (2**27, 1, 1)])
def test_an_idx_header_allocates_no_memory(shape: tuple[int, ...], tmp_path: Path) -> None:
    path = tmp_path / "images.gz"
    path.write_bytes(idx(np.zeros((0, 1, 1)), shape=shape))
    with pytest.raises(ValueError, match=r"images\.gz declares"):
        read_idx(path, 3)
