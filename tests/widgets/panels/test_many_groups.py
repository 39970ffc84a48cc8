"""Panels of many groups and parameters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from fineopt.training import Trainer
from fineopt.widgets import GroupPanel, OptimizerPanel, TrainingPanel
from fineopt.widgets.rows.finder import MAX_ROWS
from tests.support.named import each_panel, make_named_trainer
from tests.support.panels import open_widgets


def widget_counts(of: Trainer) -> list[int]:
    """Return how many widgets each panel creates."""
    counts = []
    before = len(open_widgets())
    for panel in each_panel(of):
        if isinstance(panel, TrainingPanel):
            panel.chooser.toggle.click()
        counts.append(len(open_widgets()) - before)
    return counts


def test_panels_make_no_more_widgets_for_more_groups() -> None:
    assert widget_counts(
        make_named_trainer([f"group {i}" for i in range(100)], 2)
    ) == widget_counts(make_named_trainer([f"group {i}" for i in range(300)], 2))


class CountingList(list[Any]):
    """Parameters of a group that count how often they are read."""

    read = 0

    def __iter__(self) -> Iterator[Any]:
        for item in super().__iter__():
            CountingList.read += 1
            yield item


def test_work_grows_with_the_number_of_groups() -> None:
    work = {}
    for count in (100, 400):
        of = make_named_trainer([f"group {i}" for i in range(count)], 2)
        for group in of.optimizer.param_groups:
            group["params"] = CountingList(group["params"])
        CountingList.read = 0
        for panel in each_panel(of):
            panel.show()
            panel.picture()
            panel.summary_text()
        work[count] = CountingList.read
    assert 0 < work[400] < 6 * work[100]  # quadratic work would be 16 times as much


@pytest.mark.parametrize("kind", [GroupPanel, OptimizerPanel, TrainingPanel])
def test_many_groups_are_searched_by_name(kind: Any) -> None:
    of = make_named_trainer([f"group {i}" for i in range(500)])
    panel = kind(of.optimizer if kind is GroupPanel else of)
    finder = panel.finder if kind is OptimizerPanel else panel.rows.finder

    def shown() -> list[str]:
        return [row.group.label for row in panel.rows.children if hasattr(row, "group")]

    assert shown() == [f"group {i}" for i in range(MAX_ROWS)]
    assert "476 more hidden" in finder.found.value
    assert "and 480 more" in repr(panel)
    finder.search.value = "GROUP 49"
    assert shown() == ["group 49", *(f"group {i}" for i in range(490, 500))]
    before = len(open_widgets())
    finder.search.value = "group 480"
    assert shown() == ["group 480"]
    assert len(open_widgets()) < before  # rows that are not shown are closed
    panel.close()


def test_few_groups_have_no_search() -> None:
    panel = GroupPanel(make_named_trainer([f"group {i}" for i in range(MAX_ROWS)]).optimizer)
    assert len(panel.rows.children) == MAX_ROWS
    assert panel.rows.finder is None
    panel.close()
