"""Rows of the freeze panel: two checkboxes per group and per parameter."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from itertools import compress
from typing import Any

import ipywidgets as widgets

from ...control.freeze import FreezeController
from ...language import say
from ..parts.echo import EchoGuard
from ..parts.html import BORDER, chip, escape_name, paragraph, with_hidden_text, wrapping_row

__all__ = ["GroupCheckboxes", "ParameterCheckboxes", "column_heads"]

# No ipywidget supports the indeterminate state of a checkbox. An element with an event handler sets
# it, as in `page_setup`; if a page forbids that, the text beside it still describes it.
ON_ERROR = """
const set = tries => {
  const boxes = this.closest('.fineopt-checkboxes')?.querySelectorAll('input[type=checkbox]');
  if (boxes?.length === 2) STATES.forEach((mixed, i) => { boxes[i].indeterminate = mixed; });
  else if (tries) setTimeout(() => set(tries - 1), 50);
};
set(40);
"""
Sums = dict[str, float | None] | None
Setter = Callable[[str, bool], None]
Change = Callable[[list[str], Setter, bool], None]  # as FreezePanel.change
# column widths, shared by all rows and the column heads
NAME, ATTACHED, OPTIMIZED, SUM, EFFECT = "160px", "72px", "84px", "88px", "1 1 220px"


def column_heads() -> widgets.HBox:
    """Return the column heads."""
    names = (
        (say("parameter"), NAME),
        (say("attached"), ATTACHED),
        (say("in the optimizer"), OPTIMIZED),
        (say("gradient sum now"), SUM),
        (say("gradient sum, last epoch"), SUM),
    )
    cells = [_cell(width, f"<small>{name}</small>") for name, width in names]
    return _columns(*cells, _effect(f"<small>{say('effect of the next step')}</small>"))


def _columns(name: Any, attached: Any, optimized: Any, *rest: Any) -> widgets.HBox:
    """Return a row whose first three columns stay beside each other, also on a narrow page."""
    name.layout.flex, name.layout.min_width = f"0 1 {NAME}", "80px"
    first = widgets.Layout(align_items="center", margin="0", max_width="100%")
    others = wrapping_row(*rest)
    others.layout.flex = "1 1 260px"
    return wrapping_row(widgets.HBox([name, attached, optimized], layout=first), others)


class _Checkboxes(widgets.VBox):
    """A name and two checkboxes for one or more parameters."""

    def __init__(
        self,
        freeze: FreezeController,
        change: Change,
        name: str,
        names: list[str],
        label: str,
        *more: Any,
    ) -> None:
        self._freeze, self._change, self.names = freeze, change, names
        self._echo = EchoGuard()
        self.clicks = 0
        self.attached = self._box(say("attach {name}", name=label), ATTACHED, freeze.set_attached)
        self.optimized = self._box(
            say("optimize {name}", name=label), OPTIMIZED, freeze.set_optimized
        )
        row = _columns(_cell(NAME, name), self.attached, self.optimized, *more)
        super().__init__([row], layout=widgets.Layout(margin="0", padding="1px 0"))

    def _box(self, label: str, width: str, setter: Setter) -> Any:
        box = widgets.Checkbox(
            description=with_hidden_text("", label),
            description_allow_html=True,
            tooltip=label,
            indent=False,
            layout=widgets.Layout(width=width, margin="0"),
        )

        def clicked(value: bool) -> None:
            self.clicks += 1
            self._change(self.names, setter, value)

        self._echo.observe(box, clicked)
        return box

    def show(self, sums: Sums) -> None:
        """Show the current state; a group is checked if all of its parameters are."""
        freeze = self._freeze
        with self._echo:
            self.attached.value = all(map(freeze.attached, self.names))
            self.optimized.value = all(map(freeze.optimized, self.names))


class GroupCheckboxes(_Checkboxes):
    """The head of a group, with checkboxes for all of its parameters.

    Args:
        freeze: the controller shown.
        change: checks or unchecks a box for a list of parameters.
        index: index of the group; None for parameters that were never in one.
        label: label of the group.
        names: names of its parameters.
    """

    def __init__(
        self,
        freeze: FreezeController,
        change: Change,
        index: int | None,
        label: str,
        names: list[str],
    ) -> None:
        every = say(", all {count}", count=len(names))
        name = chip(index, f"<b>{escape_name(label)}</b>{escape(every)}")
        self.summary = _effect()
        self.script = widgets.HTML(layout=widgets.Layout(display="none"))
        super().__init__(
            freeze, change, name, names, say("all of {name}", name=label), self.summary, self.script
        )
        self.add_class("fineopt-checkboxes")
        self.layout.border_top = BORDER

    def show(self, sums: Sums) -> None:
        """Show the current state, indeterminate if only some of the parameters are checked."""
        super().show(sums)
        freeze, total = self._freeze, len(self.names)
        attached = sum(map(freeze.attached, self.names))
        optimized = sum(map(freeze.optimized, self.names))
        mixed = [0 < count < total for count in (attached, optimized)]
        descriptions = [
            say("{count} of {total} attached", count=attached, total=total),
            say("{count} of {total} in the optimizer", count=optimized, total=total),
        ]
        shown = say(", ").join(compress(descriptions, mixed))
        self.summary.value = paragraph(f"<small>{shown}</small>")
        states = f"[{', '.join(str(is_mixed).lower() for is_mixed in mixed)}]"
        handler = escape(ON_ERROR.replace("STATES", states))
        # A click clears the indeterminate state in the browser. The changed attribute then makes it
        # another element, whose handler runs again.
        self.script.value = (
            f'<img alt="" src="data:," data-clicks="{self.clicks}" onerror="{handler}">'
        )


class ParameterCheckboxes(_Checkboxes):
    """A parameter: its checkboxes, its gradient sums, and the effect of the next step.

    Args:
        freeze: the controller shown.
        change: checks or unchecks a box for a list of parameters.
        index: index of its group; None for a parameter that was never in one.
        name: name of the parameter.
    """

    def __init__(
        self, freeze: FreezeController, change: Change, index: int | None, name: str
    ) -> None:
        self.now, self.epoch = _cell(SUM), _cell(SUM)
        self.summary = _effect()
        super().__init__(
            freeze,
            change,
            chip(index, escape_name(name)),
            [name],
            name,
            self.now,
            self.epoch,
            self.summary,
        )

    def show(self, sums: Sums) -> None:
        """Show the current checkboxes, gradient sums and effect of the next step."""
        super().show(sums)
        freeze, name = self._freeze, self.names[0]
        self.now.value = paragraph(_format_sum(freeze.grad_sum(name, settled=True)))
        self.epoch.value = paragraph("–" if sums is None else _format_sum(sums.get(name)))
        self.summary.value = paragraph(f"<small>{escape(freeze.summary_text(name))}</small>")


def _cell(width: str, html: str = "") -> Any:
    return widgets.HTML(paragraph(html), layout=widgets.Layout(width=width, margin="0"))


def _effect(html: str = "") -> Any:
    return widgets.HTML(paragraph(html), layout=widgets.Layout(flex=EFFECT, margin="0"))


def _format_sum(value: float | None) -> str:
    return "None" if value is None else f"{value:+.3g}".replace("-", "−") if value else "0"
