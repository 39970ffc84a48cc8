"""Panels of groups with unusual names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ipywidgets as widgets
import pytest

from fineopt import Parameter
from fineopt.widgets import GroupPanel, TrainingPanel
from fineopt.widgets.fields.number_field import NumberField
from fineopt.widgets.parts.html import NO_MATH
from tests.support.named import each_panel, make_named_trainer
from tests.support.parsed_html import ParsedHTML

NAMES = [
    "$^$", "$a$", "\\(x\\)", "<script>alert(1)</script>", "<b>", "</span>", "&amp;", "\"'", "a\nb",
    "卷积", "😀", "x" * 300, " ", "_x", "%s{}",
]  # fmt: skip


def below(widget: Any) -> Iterator[Any]:
    yield widget
    for child in getattr(widget, "children", ()):
        yield from below(child)


OUR_TAGS = {"div", "span", "b", "small", "br", "img", "style"}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_plain_text_everywhere(name: str) -> None:
    of = make_named_trainer([name, name + "2"])
    seen = ""
    for panel in each_panel(of):
        if isinstance(panel, TrainingPanel):
            panel.chooser.toggle.click()
        if isinstance(panel, GroupPanel | TrainingPanel):
            panel.rows.children[0].more.click()
        for widget in below(panel):
            html = [widget.value] if isinstance(widget, widgets.HTML) else []
            if getattr(widget, "description_allow_html", False):
                html.append(widget.description)
                assert NO_MATH in widget.description
            for one in html:
                read = ParsedHTML(one)
                assert set(read.tags) <= OUR_TAGS
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
    panel.rows.children[0].more.click()
    fields = panel.rows.children[0].fold.children
    number = next(field for field in fields if isinstance(field, NumberField))
    box = next(field for field in fields if isinstance(field, widgets.Checkbox))
    read = ParsedHTML(box.description)
    assert set(read.tags) == {"span"}
    assert "$^$" in read.text
    assert number.caption == "<img src=x onerror=alert(1)>"  # the page appends it as a text
    panel.close()
