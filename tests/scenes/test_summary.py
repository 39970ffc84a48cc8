"""The bounded summary: independent of when it is updated, with lr changes merged."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fineopt.scenes.summary import Envelope, Summary
from tests.scenes.samples import EPOCH, fresh, frozen_after_3, train


@settings(max_examples=60, deadline=None)
@given(
    pieces=st.lists(st.integers(1, 50), min_size=1, max_size=12), limit=st.sampled_from([2, 8, 16])
)
def test_an_envelope_is_bounded_and_does_not_depend_on_the_pieces(
    pieces: list[int], limit: int
) -> None:
    rows = np.random.RandomState(0).randn(sum(pieces), 2)
    rows[::7] = np.nan
    envelope, at = Envelope(2, limit), 0
    for piece in pieces:
        envelope.extend(rows[at : at + piece])
        at += piece
    assert limit / 2 < envelope.count <= limit or envelope.size == 1
    assert envelope.ends[-1] == len(rows)
    for i in range(envelope.count):
        bucket = rows[i * envelope.size : (i + 1) * envelope.size]
        clean = bucket[~np.isnan(bucket[:, 0])]
        np.testing.assert_array_equal(envelope.low[i], np.fmin.reduce(bucket))
        np.testing.assert_array_equal(envelope.high[i], np.fmax.reduce(bucket))
        assert len(clean) == 0 or (envelope.high[i] == clean.max(axis=0)).all()


def test_the_running_mean_is_of_steps() -> None:
    envelope = Envelope(1, limit=4)
    envelope.extend(np.arange(7.0)[:, None])  # buckets 01, 23, 45, 6
    np.testing.assert_allclose(envelope.running_mean(2), [0.5, 1.5, 3.5, 5.0])


def test_single_changes_stay_single() -> None:
    lr_changes = Summary(train(fresh(), 60, frozen_after_3)).lr_changes
    assert [(b.group, b.last, b.kind) for b in lr_changes] == [(1, 30, "frozen"), (0, 40, "lr")]


def test_a_dragged_slider_is_one_change() -> None:
    def dragged(step: int) -> tuple[float, float]:
        return 0.05 * 0.9 ** min(max(step - 20, 0), 15), 0.01

    (change,) = Summary(train(fresh(), 60, dragged)).lr_changes
    assert (change.group, change.first, change.last, change.old) == (0, 21, 35, 0.05)
    np.testing.assert_allclose(change.new, 0.05 * 0.9**15)


def test_changes_are_bounded_and_do_not_depend_on_when_they_are_read() -> None:
    record = fresh()
    live = Summary(record)
    for _ in range(200):
        train(record, 9, lambda step: (0.05 + 0.001 * (step // 7), 0.01 + 0.001 * (step // 90)))
        live.update()
        assert len(live.lr_changes) <= 2 * 33
    assert live.lr_changes == Summary(record).lr_changes


def test_it_starts_over_with_the_record() -> None:
    record = train(fresh(), 30)
    summary = Summary(record)
    assert not summary.update()
    record.clear()
    train(record, 40)  # longer than before: the count alone would not tell
    assert summary.update()
    assert summary.steps.seen == 40
    record.add_group("late")
    assert summary.update()


def test_the_axis_ends_at_few_round_numbers() -> None:
    record = fresh()
    summary, ends = Summary(record), []
    for _ in range(20 * EPOCH):
        train(record, 1)
        summary.update()
        ends.append(summary.end)
        assert summary.end >= record.steps / EPOCH
    assert sorted(set(ends)) == [1, 2, 3, 4, 6, 8, 10, 15, 20]
    assert ends == sorted(ends)


def test_without_a_known_epoch_the_axis_is_in_steps() -> None:
    record = train(fresh(epoch=None), 5)
    summary = Summary(record)
    assert (summary.unit, summary.end) == ("step", 10)
    train(record, 10)
    summary.update()
    assert (summary.unit, summary.end) == ("epoch", 2)
