"""What a page is told makes it show the scene, whatever happened in between."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fineopt.widgets.live.transport import Differ
from tests.support.reference_page import ReferencePage, plain

NUMBERS = st.floats(width=32)  # also NaN and infinite
WORDS = st.dictionaries(st.sampled_from(["title", "hint", "marks"]), st.text(max_size=3))


@st.composite
def tables(draw: st.DrawFn) -> np.ndarray:
    rows, columns = draw(st.integers(0, 6)), draw(st.integers(1, 3))
    numbers = draw(st.lists(NUMBERS, min_size=rows * columns, max_size=rows * columns))
    return np.array(numbers, np.float32).reshape(rows, columns)


CHARTS = st.dictionaries(
    st.sampled_from(["loss", "rate", "watched"]),
    st.builds(
        lambda words, tables: {**words, "tables": tables},
        WORDS,
        st.dictionaries(st.sampled_from(["t", "zeros"]), tables(), max_size=2),
    ),
    max_size=3,
)


def changed(draw: st.DrawFn, charts: dict[str, Any]) -> dict[str, Any]:
    """The same charts, with points appended, thinned, replaced or cleared."""
    charts = {name: {**chart, "tables": dict(chart["tables"])} for name, chart in charts.items()}
    for chart in charts.values():
        for key, table in chart["tables"].items():
            how = draw(st.sampled_from(["same", "append", "thin", "last", "clear"]))
            if how == "append":
                more = draw(st.lists(NUMBERS, min_size=table.shape[1], max_size=table.shape[1]))
                table = np.concatenate([table, np.array([more], np.float32)])
            elif how == "thin":
                table = np.ascontiguousarray(table[::2])
            elif how == "last" and len(table):
                table = table.copy()
                table[-1] = draw(NUMBERS)
            elif how == "clear":
                table = table[:0]
            chart["tables"][key] = table
    return charts


@given(st.data())
def test_a_page_shows_the_scene_after_any_changes_and_lost_messages(data: st.DataObject) -> None:
    differ, pages, sent = Differ(), [ReferencePage(), ReferencePage()], 0
    charts: dict[str, Any] = {}

    def send(full: bool, deaf: bool) -> None:
        nonlocal sent
        if full:
            differ.forget()
        new = differ.update(charts)
        if not (new or full):
            return
        sent += 1
        message = {"frame": sent, **new.content(), **({"full": True} if full else {})}
        asked = [page.receive(message, new.data) for page in pages[: 1 if deaf else 2]]
        if any(asked):
            send(full=True, deaf=False)

    for turn in range(data.draw(st.integers(1, 6))):
        charts = data.draw(CHARTS) if data.draw(st.booleans()) else changed(data.draw, charts)
        before, deaf = sent, turn > 0 and data.draw(st.booleans())
        send(full=turn == 0, deaf=deaf)
        assert plain(pages[0].charts) == plain(charts)
        if sent > before and not deaf:  # the other page has heard that it missed something
            assert plain(pages[1].charts) == plain(charts)


def grown(rows: int, **words: str) -> dict[str, Any]:
    points = np.arange(2 * rows, dtype=np.float32).reshape(rows, 2)
    return {"loss": {"title": "Loss", **words, "tables": {"t": points}}}


def test_appended_points_alone_are_sent() -> None:
    differ = Differ()
    differ.update(grown(500))
    new = differ.update(grown(503))
    assert (new.said, new.patches) == ({}, [["loss", "t", 500, 503, 2]])
    assert len(new.data) == 3 * 2 * 4


def test_nothing_is_sent_if_nothing_is_new_also_not_for_nan_and_alt_texts() -> None:
    differ = Differ()
    charts = grown(3)
    charts["loss"]["tables"]["t"][1] = np.nan
    assert differ.update(charts)
    charts["loss"]["alt"] = "3 steps"
    assert not differ.update(charts)


def test_a_table_that_grows_in_place_is_seen_to_grow() -> None:
    differ, page = Differ(), ReferencePage()
    for frame, rows in enumerate((2, 3, 3, 1)):
        charts = grown(rows)
        new = differ.update(charts)
        if new:
            full = {"full": True} if frame == 0 else {}
            page.receive({"frame": page.frame + 1, **new.content(), **full}, new.data)
        assert plain(page.charts) == plain(charts)


@pytest.mark.parametrize("columns", [1, 3])
def test_another_number_of_columns_replaces_a_table(columns: int) -> None:
    differ = Differ()
    differ.update(grown(4))
    charts = {"loss": {"title": "Loss", "tables": {"t": np.zeros((4, columns), np.float32)}}}
    assert differ.update(charts).patches == [["loss", "t", 0, 4, columns]]
