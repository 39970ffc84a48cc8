"""Panels of any names, and of very many groups and parameters."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import ipywidgets as widgets
import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances

from fineopt import Parameter
from fineopt import optimizer as optim
from fineopt.module import Module
from fineopt.training import Trainer
from fineopt.widgets import FreezePanel, GroupPanel, OptimizerPanel, TrainingPanel
from fineopt.widgets.parts.hand import HandWidget
from fineopt.widgets.parts.html import NO_FORMULA, add_unheard
from fineopt.widgets.parts.number_field import NumberField
from fineopt.widgets.rows.finder import SHOWN

NAMES = [
    "$^$", "$a$", "\\(x\\)", "<script>alert(1)</script>", "<b>", "</span>", "&amp;", "\"'", "a\nb",
    "卷积", "😀", "x" * 300, " ", "_x", "%s{}",
]  # fmt: skip


class Net(Module):
    def __init__(self, count: int) -> None:
        super().__init__()
        for i in range(count):
            setattr(self, f"p{i}", Parameter(np.zeros(2, "float32")))


def trainer(names: list[str], each: int = 1) -> Trainer:
    net = Net(len(names) * each)
    params = list(net.parameters())
    groups = [
        {"params": params[i * each : (i + 1) * each], "name": name} for i, name in enumerate(names)
    ]
    return Trainer(net, optim.SGD(groups, lr=0.1), iter([]))


def panels(of: Trainer) -> Iterator[Any]:
    for make in (GroupPanel, FreezePanel, OptimizerPanel, TrainingPanel):
        panel = make(of.optimizer if make is GroupPanel else of)
        try:
            yield panel
        finally:
            panel.close()


def below(widget: Any) -> Iterator[Any]:
    yield widget
    for child in getattr(widget, "children", ()):
        yield from below(child)


class Read(HTMLParser):
    """Takes HTML apart, as a page does."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in ("br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


OURS = {"div", "span", "b", "small", "br", "img", "style"}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_plain_text_everywhere(name: str) -> None:
    of = trainer([name, name + "2"])
    seen = ""
    for panel in panels(of):
        if isinstance(panel, TrainingPanel):
            panel.chooser._open_or_close()
        if isinstance(panel, GroupPanel | TrainingPanel):
            panel.rows.children[0]._open_or_close()
        for widget in below(panel):
            html = [widget.value] if isinstance(widget, widgets.HTML) else []
            if getattr(widget, "description_allow_html", False):
                html.append(widget.description)
                assert NO_FORMULA in widget.description
            for one in html:
                read = Read(one)
                assert set(read.tags) <= OURS
                assert not read.open
                seen += read.text
        panel._repr_mimebundle_()
    shown = name.replace("\n", "\\n") if name.strip() else f"'{name}'"
    assert shown in seen


def test_labels_of_hyperparameters_are_plain_text() -> None:
    group = {
        "params": [Parameter([0.0])],
        "lr": 0.1,
        "<img src=x onerror=alert(1)>": 0.5,
        "$^$": True,
    }

    class Other:
        param_groups = [group]  # noqa: RUF012

    panel = GroupPanel(Other())
    panel.rows.children[0]._open_or_close()
    fields = panel.rows.children[0].fold.children
    number = next(field for field in fields if isinstance(field, NumberField))
    box = next(field for field in fields if isinstance(field, widgets.Checkbox))
    read = Read(box.description)
    assert set(read.tags) == {"span"}
    assert "$^$" in read.text
    assert number.caption == "<img src=x onerror=alert(1)>"  # the page appends it as a text
    assert "innerHTML" not in HandWidget._esm
    assert all(name in HandWidget._esm for name in NO_FORMULA.split())
    panel.close()


def test_both_parts_of_a_description_are_escaped_and_no_formula() -> None:
    read = Read(add_unheard("<i>$a$", "of <b>$b$"))
    assert (read.text, set(read.tags)) == ("<i>$a$ of <b>$b$", {"span"})
    assert NO_FORMULA in add_unheard("a", "b")


# ---- many ----


def made(of: Trainer) -> list[int]:
    """How many widgets each panel makes."""
    counts = []
    before = len(_instances)
    for panel in panels(of):
        if isinstance(panel, TrainingPanel):
            panel.chooser._open_or_close()
        counts.append(len(_instances) - before)
    return counts


def test_panels_make_no_more_widgets_for_more_groups() -> None:
    assert made(trainer([f"group {i}" for i in range(100)], 2)) == made(
        trainer([f"group {i}" for i in range(300)], 2)
    )


class Watched(list[Any]):
    """Parameters of a group that count how often they are gone through."""

    read = 0

    def __iter__(self) -> Iterator[Any]:
        for item in super().__iter__():
            Watched.read += 1
            yield item


def test_work_grows_with_the_number_of_groups() -> None:
    work = {}
    for count in (100, 400):
        of = trainer([f"group {i}" for i in range(count)], 2)
        for group in of.optimizer.param_groups:
            group["params"] = Watched(group["params"])
        Watched.read = 0
        for panel in panels(of):
            panel.show()
            panel.picture()
            panel.summary_text()
        work[count] = Watched.read
    assert 0 < work[400] < 6 * work[100]  # a square would be 16 times as much


@pytest.mark.parametrize("kind", [GroupPanel, OptimizerPanel, TrainingPanel])
def test_many_groups_are_folded_and_found_by_name(kind: Any) -> None:
    of = trainer([f"group {i}" for i in range(500)])
    panel = kind(of.optimizer if kind is GroupPanel else of)
    finder = panel.finder if kind is OptimizerPanel else panel.rows.finder

    def shown() -> list[str]:
        return [row.group.label for row in panel.rows.children if hasattr(row, "group")]

    assert shown() == [f"group {i}" for i in range(SHOWN)]
    assert "and 476 more are not" in finder.found.value
    assert "and 480 more" in repr(panel)
    finder.search.value = "GROUP 49"
    assert shown() == ["group 49", *(f"group {i}" for i in range(490, 500))]
    before = len(_instances)
    finder.search.value = "group 480"
    assert shown() == ["group 480"]
    assert len(_instances) < before  # rows that are not shown are closed
    panel.close()


def test_few_groups_have_no_search() -> None:
    panel = GroupPanel(trainer([f"group {i}" for i in range(SHOWN)]).optimizer)
    assert len(panel.rows.children) == SHOWN
    assert panel.rows.finder is None
    panel.close()


def test_the_chooser_lists_the_groups_that_are_found() -> None:
    panel = TrainingPanel(trainer([f"group {i}" for i in range(500)]))
    panel.chooser._open_or_close()
    lists = panel.chooser.fold.lists
    assert len(lists.children) == 24
    panel.watching.search = "group 499"
    panel.show()
    assert [one.label for one in lists.children] == ["group 444", "group 499"]  # p499 and its own
    panel.close()
