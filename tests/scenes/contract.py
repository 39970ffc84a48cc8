"""What every chart promises to its renderers; see `fineopt.scenes.scene`."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from typing import Any

import numpy as np

from fineopt.scenes import Chart, Scene
from fineopt.wording import JOINERS

POINTS = 1100  # rows of a table, at most, but for contours of a surface
INKS = {"ink", "faint", "grey"}
SHAPES = {"circle", "square", "triangle", "diamond", "down", "plus", "star"}


def check_scene(scene: Scene) -> None:
    """Fail unless each chart keeps the contract."""
    for name, chart in scene.items():
        try:
            check_chart(chart)
        except AssertionError as error:
            raise AssertionError(f"chart {name!r}, {chart['title']!r}: {error}") from error


def words_of(chart: Chart) -> dict[str, Any]:
    """All but the tables, which a page is sent as JSON."""
    return {key: value for key, value in chart.items() if key != "tables"}


def check_chart(chart: Chart) -> None:
    """Fail unless a chart keeps the contract."""
    words = words_of(chart)
    # Standard JSON has no NaN and no Infinity, and a tuple or a key of int would come back changed.
    assert json.loads(json.dumps(words, allow_nan=False)) == words
    json.dumps(words, ensure_ascii=False).encode("utf-8")  # as widgets are sent: no lone surrogate
    assert chart["title"] and chart["alt"]
    for key in ("title", "alt", "note", "alert"):
        _check_text(chart.get(key, ""))
    assert len(chart["hint"].split("\n")) <= 2
    for line in chart["hint"].split("\n"):
        _check_text(line)
    for entry in chart.get("legend", ()):
        for line in entry["text"].split("\n"):
            _check_text(line)
        _check_group(entry.get("group"))
        assert entry["shape"] in SHAPES | {"line", "cell", ""}
    for key, table in chart["tables"].items():
        _check_table(chart, key, table)
    {"xy": _check_xy, "cells": _check_cells}[chart["kind"]](chart)


def _check_text(text: str) -> None:
    # One line that can be seen: no control characters. Some scripts are spelled with joiners.
    assert all(c.isprintable() or c in JOINERS for c in text), f"text {text!r}"


def _check_group(group: object) -> None:
    assert group is None or (isinstance(group, int) and group >= 0), f"group {group!r}"


def _check_table(chart: Chart, key: str, table: np.ndarray) -> None:
    assert table.dtype == np.float32 and table.ndim == 2 and table.flags.c_contiguous, key
    assert len(table) <= POINTS or np.isnan(table).any(axis=1).any(), key
    if "step" in chart:
        steps = table[:, chart["step"]]
        assert np.isfinite(table[:, 0]).all(), f"{key}: x is not finite"
        assert (np.diff(table[:, 0]) >= 0).all(), f"{key}: x goes back"
        assert np.array_equal(steps, np.round(steps)), f"{key}: steps {steps}"
        assert (np.diff(steps) >= 0).all(), f"{key}: steps go back"


def _check_xy(chart: Chart) -> None:
    x, y = chart["x"], chart["y"]
    _check_axis(x)
    _check_axis(y)
    assert not chart.get("equal") or x["unit"] == y["unit"]
    for mark in chart["marks"]:
        assert mark["draw"] in {"line", "area", "dots", "ridge"}
        table = chart["tables"][mark["table"]]
        for column in (mark["column"], mark.get("to", 0)):
            assert 0 <= column < table.shape[1], mark
        _check_group(mark.get("group"))
        assert mark.get("ink", "") in INKS | {""}
        assert -1 <= mark.get("tone", 0.0) <= 1
        assert mark.get("width", 1.0) > 0 and mark.get("dash", 0) >= 0
        assert mark.get("shape", "circle") in SHAPES
        assert 0 <= mark.get("lane", 0) < mark.get("lanes", 1)
        first, last = mark.get("rows", (0, 0))
        assert 0 <= first <= last
        for key in ("label", "end"):
            _check_text(mark.get(key, ""))
    for column in chart["columns"]:
        assert 0 < column["column"] < chart["tables"][column["table"]].shape[1]
        _check_text(column["text"])
        _check_group(column.get("group"))
    for vertical in chart["verticals"]:
        assert 0 <= vertical["x"] <= x["high"]
        _check_text(vertical["text"])
        _check_group(vertical["group"])
    for word in chart.get("words", ()):
        assert math.isfinite(word["x"]) and math.isfinite(word["y"])
        _check_text(word["text"])
        _check_group(word["group"])


def _check_axis(axis: dict[str, Any]) -> None:
    low, high = axis["low"], axis["high"]
    assert low < high and np.isfinite(np.float32([low, high])).all(), axis
    assert np.float32(low) < np.float32(high), "float32 cannot tell the ends of an axis apart"
    assert len(axis["ticks"]) == len(axis["labels"])
    for label in (*axis["labels"], axis["label"]):
        _check_text(label)
    assert len(axis["ticks"]) <= 40
    if axis["scale"] == "log0":
        assert 0 < axis["zero"] < 1
        assert (axis["ticks"][0], axis["labels"][0]) == (None, "0")
        ticks = axis["ticks"][1:]
        assert all(low <= tick <= high for tick in ticks), axis
    else:
        assert axis["scale"] == "linear"
        assert axis["unit"] > 0
        ticks = axis["ticks"]
    if not axis.get("bare"):
        assert all(a < b for a, b in pairwise(ticks)), axis
        assert len(set(axis["labels"])) == len(axis["labels"]), axis["labels"]


def _check_cells(chart: Chart) -> None:
    (table,) = chart["tables"].values()
    rows, epochs = chart["rows"], len(table)
    assert len(rows) == len(chart["short"]) == len(chart["groups"]) == table.shape[1] - 1
    assert len(set(chart["short"])) == len(rows), "short names differ"
    assert len(chart["numbers"]) == len(chart["faint"]) == epochs
    assert all(len(row) == len(rows) for row in chart["numbers"] + chart["faint"])
    assert all(0 < len(number) <= 7 for row in chart["numbers"] for number in row)
    assert chart["watched"] is None or chart["watched"] in rows
    assert not len(table) or (np.diff(table[:, 0]) == 1).all()
    tones = table[:, 1:]
    assert (np.abs(tones[~np.isnan(tones)]) <= 1).all()
    for group in chart["groups"]:
        _check_group(group)
