"""A scene depends on the record and on what is watched, not on when it was made before."""

from __future__ import annotations

import copy
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fineopt.recorder import Record
from fineopt.scenes import Scene, Summary, run_scene
from fineopt.scenes.views import VIEW_DESCRIPTIONS, VIEW_LABELS, View
from fineopt.scenes.watched_run import WatchedRun
from tests.scenes.contract import check_scene, words_of
from tests.scenes.samples import SHAPES, fresh, frozen_after_3, train

NAMES = list(SHAPES)


def assert_same(one: Scene, other: Scene) -> None:
    assert one.keys() == other.keys()
    for name, chart in one.items():
        assert words_of(chart) == words_of(other[name]), name
        assert chart["tables"].keys() == other[name]["tables"].keys()
        for key, table in chart["tables"].items():
            np.testing.assert_array_equal(table, other[name]["tables"][key], f"{name} {key}")


def fresh_scene(run: WatchedRun) -> Scene:
    """What a figure shows, which has no past."""
    return run_scene(Summary(run.record), run.watched, view=run.view, marks=run.marks)


ACTIONS = st.one_of(
    st.tuples(st.just("train"), st.integers(1, 40)),
    st.tuples(st.just("train"), st.integers(300, 700)),
    st.tuples(st.just("view"), st.sampled_from(get_args(View))),
    st.tuples(st.just("watch"), st.lists(st.sampled_from(NAMES), min_size=1, max_size=4)),
    st.tuples(st.just("marks"), st.booleans()),
    st.tuples(st.just("clear"), st.none()),
    st.tuples(st.just("keep"), st.none()),
    st.tuples(st.just("back"), st.none()),
    st.tuples(st.just("swap"), st.integers(0, 1)),
)


@settings(max_examples=25, deadline=None)
@given(actions=st.lists(ACTIONS, min_size=1, max_size=7))
def test_a_live_scene_is_that_of_a_figure(actions: list[tuple[str, Any]]) -> None:
    record, kept = fresh(), None
    run = WatchedRun(record)
    for action, value in actions:
        if action == "train":
            detached = lambda name, step: name == "conv1.bias" and step > 25  # noqa: E731
            train(record, value, frozen_after_3, detached)
        elif action == "clear":
            record.clear()
        elif action == "keep":
            kept = record.state_dict() if record.started else None
        elif action == "back" and kept is not None:
            record.load_state_dict(kept)
        elif action == "swap":
            record.add_swap(value, "SGD", "Adam")
        elif action in ("view", "watch", "marks"):
            setattr(run, action, value)
        shown = run.scene()
        check_scene(shown)
        assert_same(shown, fresh_scene(run))


def test_a_chart_is_not_changed_by_those_made_later() -> None:
    record = train(fresh(), 30, frozen_after_3)
    run = WatchedRun(record, "fc1.weight")
    first = run.scene()
    before = copy.deepcopy(first)
    train(record, 700, frozen_after_3)
    run.scene()
    assert_same(first, before)
    assert_same(fresh_scene(run), fresh_scene(run))


def test_a_group_added_while_it_runs_is_shown() -> None:
    record = train(fresh(), 20)
    run = WatchedRun(record)
    run.scene()
    record.add_group("late")
    assert [mark["label"] for mark in run.scene()["rate"]["marks"]] == ["conv", "fc", "late"]
    assert_same(run.scene(), fresh_scene(run))


@pytest.mark.parametrize(("view", "title"), [
    ("lines", "Trajectory of fc1.weight (16 elements)"),
    ("path", "Path of fc1.weight (16 elements)"),
    ("ratio", "Update ratio of fc1.weight"),
    ("histogram", "Values of fc1.weight (16)"),
])  # fmt: skip
def test_each_view_of_the_watched(view: View, title: str) -> None:
    run = WatchedRun(train(fresh(), 30), "fc1.weight", view=view)
    scene = run.scene()
    check_scene(scene)
    assert list(scene) == ["loss", "rate", "watched", "grad"]
    assert scene["watched"]["title"] == title
    assert scene["grad"]["watched"] == "fc1.weight"
    assert VIEW_DESCRIPTIONS[view] in run.describe()


def test_every_view_has_a_label_and_a_description() -> None:
    assert set(VIEW_LABELS) == set(VIEW_DESCRIPTIONS) == set(get_args(View))


def test_what_is_refused_changes_nothing() -> None:
    record = fresh()
    run = WatchedRun(record, ["fc1.weight", "conv1.bias"])
    key = run.key()
    refused: list[tuple[str, Any, type[Exception], str]] = [
        ("watch", "nobody", KeyError, "nobody"),
        ("watch", [], ValueError, "expected 1 to 4"),
        ("view", "lanes", ValueError, "unknown view 'lanes'"),
        ("record", Record({"other": 0}, ["g"]), KeyError, "fc1.weight"),
    ]
    for what, value, error, words in refused:
        with pytest.raises(error, match=words):
            setattr(run, what, value)
        assert run.key() == key and run.record is record
    for view in ("lanes", ""):
        with pytest.raises(ValueError, match="unknown view"):
            WatchedRun(record, view=view)  # type: ignore[arg-type]


def test_another_record_is_followed() -> None:
    run = WatchedRun(train(fresh(), 30), "fc1.weight")
    run.scene()
    run.record = train(fresh(), 12)
    assert run.scene()["loss"]["tables"]["t"][-1, -1] == 12
    assert run.watch == "fc1.weight"
