"""The record keeps what happened: copied, bounded, exact at epoch ends, None apart from 0."""

from __future__ import annotations

import copy
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fineopt.recorder import Change, Record, Swap

SHAPES = {"conv.bias": (1, 3, 1, 1), "fc.weight": (5, 8), "loose": (2,)}


def values(step: int) -> dict[str, np.ndarray]:
    return {name: np.full(shape, float(step)) for name, shape in SHAPES.items()}


def record(**options: int) -> Record:
    made = Record({"conv.bias": 0, "fc.weight": 1, "loose": None}, ["conv", "fc"], **options)
    made.start(values(0))
    return made


def train(made: Record, steps: int, epoch: int = 0, lr: tuple[float, ...] = (0.1, 0.01)) -> Record:
    for _ in range(steps):
        step = made.steps + 1
        made.add_step(1 / step, lr, values(step), values(1))
        if epoch and step % epoch == 0:
            made.end_epoch()
    return made


def same(one: Record, other: Record) -> bool:
    a, b = one.to_dict(), other.to_dict()
    np.testing.assert_equal(a, b)
    return True


def test_columns() -> None:
    made = train(record(), 5, epoch=2)
    assert (made.steps, made.epochs) == (5, 2)
    np.testing.assert_array_equal(made.loss, 1 / np.arange(1.0, 6))
    np.testing.assert_array_equal(made.lr, [[0.1, 0.01]] * 5)
    np.testing.assert_array_equal(made.epoch_ends, [2, 4])
    np.testing.assert_array_equal(made.epoch_of_step, [0, 0, 1, 1, 2])
    np.testing.assert_allclose(made.epoch_loss, [0.75, 7 / 24])
    np.testing.assert_array_equal(made.trajectory_steps, range(6))
    np.testing.assert_array_equal(
        made.trajectory("conv.bias"), np.arange(6.0)[:, None].repeat(3, 1)
    )
    np.testing.assert_array_equal(made.epoch_values("loose"), [[0, 0], [2, 2], [4, 4]])


def test_a_short_epoch_is_an_epoch() -> None:
    made = train(record(steps_per_epoch=4), 4)
    made.end_epoch(accuracy=0.5)
    train(made, 2)
    np.testing.assert_allclose(made.epochs_at([0, 2, 4, 6]), [0, 0.5, 1, 1.5])
    made.end_epoch()
    np.testing.assert_allclose(made.epochs_at([4, 5, 6]), [1, 1.5, 2])
    assert made.epoch_accuracy == [0.5, None]


def test_places_are_steps_until_an_epochs_length_is_known() -> None:
    made = train(record(), 3)
    np.testing.assert_array_equal(made.epochs_at([0, 3]), [0, 3])
    made.end_epoch()
    np.testing.assert_array_equal(made.epochs_at([0, 3]), [0, 1])
    assert made.steps_per_epoch == 3


def test_what_is_kept_is_a_copy() -> None:
    made, mine = record(), values(7)
    made.add_step(1.0, [0.1, 0.1], mine, mine)
    for array in mine.values():
        array[:] = -1
    made.end_epoch()
    assert (made.trajectory("fc.weight")[-1] == 7).all()
    assert (made.epoch_values("fc.weight")[-1] == 7).all()


def test_what_is_given_out_never_changes() -> None:
    made = train(record(samples=4), 3, epoch=1)
    loss, lr, path = made.loss, made.lr, made.trajectory("loose")
    before = copy.deepcopy((loss, lr, path))
    train(made, 200, epoch=1)
    np.testing.assert_equal((loss, lr, path), before)
    for view in (loss, lr, made.epoch_ends, made.epoch_loss):
        with pytest.raises(ValueError, match="read-only"):
            view[0] = 0
    made.trajectory("loose")[:] = 99
    assert not (made.trajectory("loose") == 99).any()


def test_at_most_keep_elements_evenly_spaced() -> None:
    made = record(keep=5)
    np.testing.assert_array_equal(made.kept_indices("fc.weight"), [0, 10, 20, 29, 39])
    np.testing.assert_array_equal(made.kept_indices("conv.bias"), [0, 1, 2])
    weight = np.arange(40.0).reshape(8, 5).T  # a transposed layout: the indices are of C order
    made.add_step(0.0, [0, 0], {**values(0), "fc.weight": weight}, values(0))
    np.testing.assert_array_equal(
        made.trajectory("fc.weight")[-1], weight.ravel()[[0, 10, 20, 29, 39]]
    )


@settings(max_examples=60, deadline=None)
@given(steps=st.integers(0, 400), limit=st.integers(4, 30))
def test_thinning(steps: int, limit: int) -> None:
    made = train(record(samples=limit), steps)
    kept = made.trajectory_steps
    assert len(kept) <= limit
    assert kept[0] == 0
    assert kept[-1] == steps
    assert (np.diff(kept) > 0).all()
    assert len(set(np.diff(kept[:-1]))) <= 1  # even strides, up to the newest
    assert len(kept) >= min(steps + 1, limit // 2)
    np.testing.assert_array_equal(made.trajectory("loose")[:, 0], kept)


def test_none_is_not_zero() -> None:
    made = record()
    zero, none = values(0), dict.fromkeys(SHAPES, None)
    made.add_step(1.0, [0.1, 0.1], zero, {**none, "conv.bias": zero["conv.bias"]})
    made.add_step(1.0, [0.1, 0.1], zero, {**none, "fc.weight": np.ones((5, 8))})
    made.end_epoch()
    assert made.grad_sum_epoch == {"conv.bias": [0.0], "fc.weight": [40.0], "loose": [None]}
    assert made.grad_sum_last == {"conv.bias": [None], "fc.weight": [40.0], "loose": [None]}
    made.add_step(1.0, [0.1, 0.1], zero, none)
    made.end_epoch()
    assert made.grad_sum_epoch["fc.weight"] == [40.0, None]


def test_numbers_that_are_not_finite_are_kept() -> None:
    made = record()
    broken = {**values(1), "loose": np.array([np.inf, -np.inf])}
    for loss in (np.nan, np.inf, 1e30):
        made.add_step(loss, [0.1, 0.1], broken, broken)
    made.end_epoch()
    np.testing.assert_array_equal(made.loss, [np.nan, np.inf, 1e30])
    assert math.isnan(made.grad_sum_epoch["loose"][0] or 0)
    assert math.isnan(made.epoch_loss[0])


def test_changes_are_derived() -> None:
    made = record()
    for lr in ((0.1, 0.01), (0.1, 0.01), (0.1, 0.0), (0.2, 0.0), (0.2, 0.03)):
        train(made, 1, lr=lr)
    changes = made.changes()
    assert changes == [Change(2, 1, 0.01, 0.0), Change(3, 0, 0.1, 0.2), Change(4, 1, 0.0, 0.03)]
    assert [change.kind for change in changes] == ["frozen", "lr", "thawed"]
    assert made.changes(since=3) == changes[1:]
    assert made.changes(since=5) == []


def test_a_group_added_later() -> None:
    made = train(record(), 2, epoch=1)
    made.add_group("late", ["loose"])
    train(made, 1, lr=(0.1, 0.01, 0.5))
    np.testing.assert_array_equal(made.lr[:, 2], [np.nan, np.nan, 0.5])
    assert made.parameters["loose"] == 2
    assert made.changes() == []
    for name in ("fc.weight", "nobody"):
        with pytest.raises(ValueError, match=name):
            made.add_group("again", [name])
    assert made.groups == ["conv", "fc", "late"]


BAD = {
    "one lr": ((1.0, [0.1], values(1), values(1)), "1 learning rates for 2 groups"),
    "missing": ((1.0, [1, 1], {"loose": np.zeros(2)}, values(1)), "missing names.*conv.bias"),
    "unknown": ((1.0, [1, 1], values(1), {**values(1), "fc.wait": None}), "fc.wait"),
    "shape": ((1.0, [1, 1], {**values(1), "loose": np.zeros(3)}, values(1)), "'loose' has shape"),
    "grad": ((1.0, [1, 1], values(1), {**values(1), "loose": np.zeros(3)}), "its gradient"),
    "lr": ((1.0, [1, "x"], values(1), values(1)), "could not convert"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD)
def test_a_refused_step_changes_nothing(arguments: tuple, message: str) -> None:
    made = train(record(), 3, epoch=2)
    before = copy.deepcopy(made)
    with pytest.raises(ValueError, match=message):
        made.add_step(*arguments)
    assert same(made, before)
    train(made, 1, epoch=2)
    train(before, 1, epoch=2)
    assert same(made, before)


def test_misuse() -> None:
    with pytest.raises(ValueError, match="group 2: no such group"):
        Record({"a": 2}, ["one", "two"])
    with pytest.raises(ValueError, match="at least"):
        Record({}, [], keep=0)
    fresh = Record({"a": 0}, ["one"])
    with pytest.raises(RuntimeError, match="start"):
        fresh.add_step(1.0, [0.1], {"a": np.zeros(1)}, {"a": None})
    with pytest.raises(RuntimeError, match="at least one step"):
        fresh.end_epoch()
    with pytest.raises(ValueError, match="missing names"):
        fresh.start({})
    fresh.start({"a": np.zeros(1)})
    with pytest.raises(RuntimeError, match="already started"):
        fresh.start({"a": np.zeros(1)})
    with pytest.raises(RuntimeError, match="at least one step"):
        train(record(), 2, epoch=2).end_epoch()
    for read in (fresh.trajectory, fresh.epoch_values, fresh.kept_indices, fresh.shape):
        with pytest.raises(KeyError, match="nobody"):
            read("nobody")


def test_clear_begins_anew() -> None:
    made = train(record(), 7, epoch=3)
    made.clear()
    assert (made.steps, made.epochs, made.started, made.runs) == (0, 0, False, 2)
    made.start(values(0))
    assert same(train(made, 4, epoch=2), train(record(), 4, epoch=2))


@pytest.mark.parametrize("steps", [0, 1, 50])
def test_save_and_load(tmp_path: Path, steps: int) -> None:
    made = train(record(samples=8, keep=3, steps_per_epoch=4), steps, epoch=4)
    path = tmp_path / "run.record"
    made.save(path)
    loaded = Record.load(path)
    assert same(loaded, made)
    assert same(train(loaded, 9, epoch=4), train(made, 9, epoch=4))  # the open epoch goes on too


def test_save_before_the_start(tmp_path: Path) -> None:
    Record({"a": None}, []).save(tmp_path / "r")
    assert not Record.load(tmp_path / "r").started


@pytest.mark.parametrize("content", [b"", b"no npz", b"PK\x03\x04 cut off"])
def test_load_refuses_other_files(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="is no record"):
        Record.load(path)
    np.savez(tmp_path / "other.npz", a=1)
    with pytest.raises(ValueError, match="is no record"):
        Record.load(tmp_path / "other.npz")


def test_a_file_that_unpacks_to_far_more_than_its_length_is_refused(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "bomb.npz", samples=np.zeros(10**7))
    with pytest.raises(ValueError, match=r"bomb.npz' is no record .* to 80\d+ bytes"):
        Record.load(tmp_path / "bomb.npz")


def test_a_long_run_is_small() -> None:
    made = record(samples=100)
    train(made, 5000, epoch=50)
    assert len(made.trajectory_steps) <= 100
    assert made._samples is not None
    assert made._samples.rows.nbytes == 100 * (3 + 40 + 2) * 8


# ---- rounding of gradient sums ----


def test_a_sum_has_an_error_that_grows_with_its_terms(tmp_path: Path) -> None:
    record = Record({"a": 0, "b": 0}, ["all"])
    values = {"a": np.zeros(2), "b": np.zeros(2)}
    record.start(values)
    for _ in range(3):
        record.add_step(1.0, [0.1], values, {"a": np.array([1.0, -1.0]), "b": None})
    record.end_epoch()
    eps = np.finfo(float).eps
    np.testing.assert_allclose(record.grad_sum_errors("last"), [[2 * eps * 2, 0]])
    np.testing.assert_allclose(record.grad_sum_errors(), [[3 * 2 * eps * 2, 0]])
    assert record.grad_sum_epoch == {"a": [0.0], "b": [None]}
    record.save(tmp_path / "run")
    loaded = Record.load(tmp_path / "run")
    np.testing.assert_array_equal(loaded.grad_sum_errors(), record.grad_sum_errors())


def test_a_record_that_was_saved_without_errors_has_none(tmp_path: Path) -> None:
    record = Record({"a": 0}, ["all"])
    record.start({"a": np.zeros(2)})
    record.add_step(1.0, [0.1], {"a": np.ones(2)}, {"a": np.array([0.1, 0.2])})
    record.end_epoch()
    record.save(tmp_path / "run")
    with np.load(tmp_path / "run") as archive:
        arrays = dict(archive)
    for name in ("_last_sums", "_epoch_sums"):
        arrays[f"{name}.sums"] = arrays[f"{name}.sums"][:, 0]
        arrays[f"{name}.open_sums"] = arrays[f"{name}.open_sums"][0]
    with open(tmp_path / "old", "wb") as file:
        np.savez_compressed(file, **arrays)
    loaded = Record.load(tmp_path / "old")
    assert loaded.grad_sum_epoch == record.grad_sum_epoch
    assert not loaded.grad_sum_errors().any()


@pytest.mark.parametrize("dtype", ["float16", "uint8", "int16"])
def test_sums_of_small_dtypes_do_not_overflow(dtype: str) -> None:
    record = Record({"w": 0}, ["all"])
    value = np.zeros(5000, "float32")
    record.start({"w": value})
    record.add_step(0.5, [0.1], {"w": value}, {"w": np.full(5000, 100, dtype)})
    record.end_epoch(None, {"w": value}, {"w": np.full(5000, 100, dtype)})
    assert record.grad_sum_epoch["w"] == [500_000.0]


# ---- another optimizer ----


def test_swaps_between_two_steps_count_as_one() -> None:
    record = Record({"w": 0}, ["a", "b"])
    record.start({"w": np.zeros(2)})
    record.add_swap(1, "SGD", "Adam")
    record.add_swap(0, "SGD", "Lion")
    record.add_swap(1, "Adam", "RMSprop")
    assert record.swaps == [Swap(0, 0, "SGD", "Lion"), Swap(0, 1, "SGD", "RMSprop")]
    record.add_swap(1, "RMSprop", "SGD")
    assert record.swaps == [Swap(0, 0, "SGD", "Lion")]
    record.add_step(1.0, [0.1, 0.1], {"w": np.ones(2)}, {"w": None})
    record.add_swap(0, "Lion", "SGD")
    assert record.swaps[1:] == [Swap(1, 0, "Lion", "SGD")]
    for group in (2, -1):
        with pytest.raises(IndexError, match="there is no group"):
            record.add_swap(group, "SGD", "Adam")
    record.clear()
    assert record.swaps == []


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
def test_swaps_that_can_not_have_been_are_no_record(swaps: Any, tmp_path: Path) -> None:
    record = Record({"w": 0}, ["a"])
    record.start({"w": np.zeros(2)})
    record.save(tmp_path / "run")
    with np.load(tmp_path / "run") as archive:
        arrays = dict(archive)
    header = json.loads(str(arrays["header"])) | {"swaps": swaps}
    with open(tmp_path / "bad", "wb") as file:
        np.savez(file, **(arrays | {"header": json.dumps(header)}))
    with pytest.raises(ValueError, match="no record"):
        Record.load(tmp_path / "bad")
