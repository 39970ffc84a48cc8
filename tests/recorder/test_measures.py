"""What a record measures of whole parameters: norms of steps, histograms; and its other forms."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fineopt.recorder import Histogram, Record
from fineopt.recorder.tables.updates import norm
from tests.recorder.test_record import record, same, train, values

FLOATS = st.floats(allow_nan=False, allow_infinity=False, width=32)


def walk(made: Record, steps: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Go on at random; return each step's ratios, as they should be."""
    random, ratios = np.random.RandomState(seed), {name: [] for name in made.parameters}
    before = {name: np.ones(made.shape(name)) for name in made.parameters}
    for _ in range(steps):
        now = {name: value + 0.01 * random.randn(*value.shape) for name, value in before.items()}
        for name, value in now.items():
            moved = np.linalg.norm(value - before[name])
            ratios[name].append(moved / np.linalg.norm(value))
        made.add_step(1.0, [0.1, 0.1], now, values(1))
        before = now
    return {name: np.array(row) for name, row in ratios.items()}


# ---- norms ----


@settings(max_examples=60, deadline=None)
@given(steps=st.integers(0, 300), limit=st.integers(4, 20))
def test_ratios_are_exact_evenly_spaced_and_bounded(steps: int, limit: int) -> None:
    made = record(samples=limit)
    expected = walk(made, steps)
    kept = made.update_steps
    assert len(kept) <= limit
    assert len(kept) >= min(steps // 4, limit // 2)
    assert len(set(np.diff(kept, prepend=0))) <= 1
    for name, ratios in expected.items():
        np.testing.assert_allclose(made.update_ratio(name), ratios[kept - 1], rtol=1e-6)


def test_no_change_is_exactly_0_and_no_ratio_is_nan() -> None:
    made = record()
    still, moving = values(3), values(3)
    for step in range(8):
        moving["fc.weight"] = np.full((5, 8), float(7 - step))
        moving["loose"] = np.array([np.nan, step])
        made.add_step(1.0, [0.1, 0.1], {**still, **moving}, values(1))
    assert made.update_ratio("conv.bias").tolist() == [0, 0]
    np.testing.assert_allclose(made.update_ratio("fc.weight"), [1 / 4, np.nan])  # a step to 0
    assert np.isnan(made.update_ratio("loose")).all()
    np.testing.assert_allclose(made.step_norm("fc.weight"), [40**0.5] * 2)
    np.testing.assert_allclose(made.weight_norm("fc.weight"), [4 * 40**0.5, 0])


@settings(max_examples=100, deadline=None)
@given(arrays(np.float32, st.integers(0, 20), elements=FLOATS))
def test_a_norm_is_right_for_any_numbers_and_0_for_zeros_alone(numbers: np.ndarray) -> None:
    exact = float(np.linalg.norm(numbers.astype(np.float64)))
    assert norm(numbers) == pytest.approx(exact, rel=1e-5)
    assert (norm(numbers) == 0) == (not numbers.any())


def test_norms_are_of_values_not_of_memory() -> None:
    wide = np.arange(12, dtype=np.float16).reshape(3, 4).T
    assert norm(wide) == pytest.approx(506**0.5)
    assert norm(np.array([3, 4])) == 5
    assert np.isnan(norm(np.array([np.nan, 1])))


def test_a_step_changes_in_place_what_was_given() -> None:
    made, mine = record(), values(1)
    for _ in range(4):
        for array in mine.values():
            array *= 2
        made.add_step(1.0, [0.1, 0.1], mine, mine)
    np.testing.assert_allclose(made.update_ratio("loose"), [0.5])


# ---- histograms ----


@settings(max_examples=100, deadline=None)
@given(arrays(np.float32, st.integers(1, 50), elements=FLOATS))
def test_every_number_is_in_its_bin(numbers: np.ndarray) -> None:
    # One that is nothing beside the greatest may lie on either side of 0.
    numbers[np.abs(numbers) < 1e-30 * float(np.abs(numbers).max())] = 0
    kept = Histogram.of(numbers)
    assert kept.counts.sum() == len(numbers)
    if not numbers.any():
        assert kept.limit == 0
        return
    assert kept.limit / 2 <= float(np.abs(numbers).max()) <= kept.limit
    exact = np.histogram(numbers.astype(np.float64), kept.edges)[0]
    np.testing.assert_array_equal(kept.counts, exact)


def test_what_is_not_finite_is_in_no_bin() -> None:
    kept = Histogram.of([np.nan, np.inf, -np.inf, 0.5])
    assert (kept.limit, kept.counts.sum()) == (1.0, 1)
    assert Histogram.of([np.nan]).counts.sum() == 0
    assert Histogram.of(np.arange(-3, 4)).counts.sum() == 7
    assert Histogram.of([1e300, -1.7e308]).counts.sum() == 2


def test_one_histogram_an_epoch_and_of_gradients_where_there_are_any() -> None:
    made = record()
    for epoch in range(3):
        now, none = values(epoch + 1), dict.fromkeys(values(1))
        grads = {**none, "fc.weight": np.ones((5, 8))} if epoch != 1 else none
        train(made, 1)
        made.end_epoch(None, now, grads)
    assert [kept.epoch for kept in made.histograms("loose")] == [0, 1, 2, 3]
    assert [kept.epoch for kept in made.histograms("fc.weight", gradients=True)] == [1, 3]
    assert made.histograms("loose", gradients=True) == []
    with pytest.raises(ValueError, match="missing names"):
        train(made, 1).end_epoch(None, {}, {})


@pytest.mark.parametrize("epochs", [10, 63, 64, 65, 300])
def test_histograms_are_bounded_and_the_first_and_newest_kept(epochs: int) -> None:
    made = record(keep=1)
    for _ in range(epochs):
        train(made, 1)
        made.end_epoch(None, values(1), values(1))
    kept = [one.epoch for one in made.histograms("loose")]
    assert len(kept) <= 64
    assert len(kept) >= min(epochs, 32)
    assert (kept[0], kept[-1]) == (0, epochs)


# ---- other forms ----


def full() -> Record:
    made = record()
    walk(made, 9)
    made.end_epoch(0.5, values(2), values(3))
    train(made, 4)
    made.end_epoch()
    return made


def test_save_and_load_keep_measures(tmp_path: Path) -> None:
    made = full()
    made.save(tmp_path / "r")
    loaded = Record.load(tmp_path / "r")
    assert same(loaded, made)
    assert same(train(loaded, 50), train(made, 50))


def test_a_loaded_record_leaves_out_the_step_whose_beginning_it_never_saw(tmp_path: Path) -> None:
    made = record()
    walk(made, 7)
    made.save(tmp_path / "r")
    loaded = Record.load(tmp_path / "r")
    assert train(loaded, 6).update_steps.tolist() == [4, 12]


def test_to_dict_is_json() -> None:
    for made in (full(), Record({"a": None}, [])):
        told = made.to_dict()
        np.testing.assert_equal(json.loads(json.dumps(told)), told)


def test_without_pandas_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        full().to_pandas()


def test_frames() -> None:
    pytest.importorskip("pandas")
    made = full()
    steps, epochs, gradients, updates = made.to_pandas()
    assert steps.index.tolist() == list(range(1, 14))
    assert steps["epoch"].tolist() == [1] * 9 + [2] * 4
    assert steps["lr fc"].tolist() == made.lr[:, 1].tolist()
    assert epochs["steps"].tolist() == [9, 13]
    np.testing.assert_array_equal(epochs["accuracy"], [0.5, np.nan])
    sums = gradients.pivot(index="epoch", columns="parameter", values="whole_epoch")
    assert sums["fc.weight"].tolist() == [9 * 40, 4 * 40]
    assert set(gradients["group"].dropna()) == {"conv", "fc"}
    ratios = updates[updates["parameter"] == "loose"]
    assert ratios["step"].tolist() == [4, 8, 12]
    np.testing.assert_array_equal(ratios["ratio"], made.update_ratio("loose"))
    for frame in Record({"a": None}, []).to_pandas():
        assert len(frame) == 0
