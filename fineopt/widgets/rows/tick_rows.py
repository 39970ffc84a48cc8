"""Rows of the freeze panel: two ticks for a group, and for each of its parameters."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets

from ...control.freeze import FreezeController
from ..parts.echo import EchoGuard
from ..parts.html import RULE, add_unheard, chip, line, named, text

__all__ = ["GroupTicks", "ParameterTicks", "heads"]

# No ipywidget has a box that is neither ticked nor not. An element with a handler may set it, as in
# `own_keys`; where a page forbids that, the words beside it still say it.
ON_ERROR = """
const set = tries => {
  const boxes = this.closest('.fineopt-ticks')?.querySelectorAll('input[type=checkbox]');
  if (boxes?.length === 2) STATES.forEach((some, i) => { boxes[i].indeterminate = some; });
  else if (tries) setTimeout(() => set(tries - 1), 50);
};
set(40);
"""
Sums = dict[str, float | None] | None
Setter = Callable[[str, bool], None]
Change = Callable[[list[str], Setter, bool], None]  # as FreezePanel.change
# Widths of the columns: the same in each row, so that they stand below their heads.
NAME, ATTACHED, OPTIMIZED, SUM, WORDS = "160px", "72px", "84px", "88px", "1 1 220px"


def heads() -> widgets.HBox:
    """Return the heads of the columns."""
    names = (
        ("parameter", NAME),
        ("attached", ATTACHED),
        ("in the optimizer", OPTIMIZED),
        ("grad now: its sum", SUM),
        ("sum of the last epoch", SUM),
    )
    cells = [_cell(width, f"<small>{name}</small>") for name, width in names]
    return line(*cells, _words("<small>at the next step</small>"))


class _Ticks(widgets.VBox):
    """A name and two boxes to tick, for some parameters at once."""

    def __init__(
        self,
        freeze: FreezeController,
        change: Change,
        name: str,
        names: list[str],
        whose: str,
        *more: Any,
    ) -> None:
        self._freeze, self._change, self.names = freeze, change, names
        self._echo = EchoGuard()
        self.clicks = 0
        self.attached = self._box(f"attach {whose}", ATTACHED, freeze.set_attached)
        self.optimized = self._box(f"optimize {whose}", OPTIMIZED, freeze.set_optimized)
        row = line(_cell(NAME, name), self.attached, self.optimized, *more)
        super().__init__([row], layout=widgets.Layout(margin="0", padding="1px 0"))

    def _box(self, label: str, width: str, setter: Setter) -> Any:
        box = widgets.Checkbox(
            description=add_unheard("", label),
            description_allow_html=True,
            tooltip=label,
            indent=False,
            layout=widgets.Layout(width=width, margin="0"),
        )

        def ticked(value: bool) -> None:
            self.clicks += 1
            self._change(self.names, setter, value)

        self._echo.observe(box, ticked)
        return box

    def show(self, sums: Sums) -> None:
        """Show the ticks as they are now; a group's are set if all of its parameters' are."""
        freeze = self._freeze
        with self._echo:
            self.attached.value = all(map(freeze.attached, self.names))
            self.optimized.value = all(map(freeze.optimized, self.names))


class GroupTicks(_Ticks):
    """The head of a group, whose ticks are for all of its parameters.

    Args:
        freeze: what it shows.
        change: sets a tick of some parameters.
        index: of the group; None for parameters that never were in one.
        label: of the group.
        names: of its parameters.
    """

    def __init__(
        self,
        freeze: FreezeController,
        change: Change,
        index: int | None,
        label: str,
        names: list[str],
    ) -> None:
        name = chip(index, f"<b>{named(label)}</b>, all {len(names)}")
        self.words = _words()
        self.some = widgets.HTML(layout=widgets.Layout(display="none"))
        super().__init__(freeze, change, name, names, f"all of {label}", self.words, self.some)
        self.add_class("fineopt-ticks")
        self.layout.border_top = RULE

    def show(self, sums: Sums) -> None:
        """Show the ticks as they are now, neither set nor not where only some parameters' are."""
        super().show(sums)
        freeze, of = self._freeze, len(self.names)
        counts = {
            "attached": sum(map(freeze.attached, self.names)),
            "in the optimizer": sum(map(freeze.optimized, self.names)),
        }
        mixed = [0 < count < of for count in counts.values()]
        said = [
            f"{count} of {of} {what}"
            for (what, count), some in zip(counts.items(), mixed, strict=True)
            if some
        ]
        self.words.value = text(f"<small>{', '.join(said)}</small>")
        states = f"[{', '.join(str(some).lower() for some in mixed)}]"
        handler = escape(ON_ERROR.replace("STATES", states))
        # the number makes it another element after each click, which ends the state in the browser
        self.some.value = (
            f'<img alt="" src="data:," data-clicks="{self.clicks}" onerror="{handler}">'
        )


class ParameterTicks(_Ticks):
    """A parameter, its ticks, its gradient sums, and what the next step does with it.

    Args:
        freeze: what it shows.
        change: sets a tick of some parameters.
        index: of its group; None for a parameter that never was in one.
        name: of the parameter.
    """

    def __init__(
        self, freeze: FreezeController, change: Change, index: int | None, name: str
    ) -> None:
        self.now, self.epoch = _cell(SUM), _cell(SUM)
        self.words = _words()
        super().__init__(
            freeze,
            change,
            chip(index, named(name)),
            [name],
            name,
            self.now,
            self.epoch,
            self.words,
        )

    def show(self, sums: Sums) -> None:
        """Show ticks, gradient sums and words as they are now."""
        super().show(sums)
        freeze, name = self._freeze, self.names[0]
        self.now.value = text(_sum(freeze.grad_sum(name, settled=True)))
        self.epoch.value = text("–" if sums is None else _sum(sums.get(name)))
        self.words.value = text(f"<small>{escape(freeze.summary_text(name))}</small>")


def _cell(width: str, html: str = "") -> Any:
    return widgets.HTML(text(html), layout=widgets.Layout(width=width, margin="0"))


def _words(html: str = "") -> Any:
    return widgets.HTML(text(html), layout=widgets.Layout(flex=WORDS, margin="0"))


def _sum(value: float | None) -> str:
    return "None" if value is None else f"{value:+.3g}".replace("-", "−") if value else "0"
