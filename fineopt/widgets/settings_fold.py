"""Below a group's row: every hyperparameter but its learning rate."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets

from .group_controller import GroupController
from .optimizer_controller import OptimizerController
from .parts import add_unheard, close_all, shown, text

__all__ = ["SettingsFold"]


class SettingsFold(widgets.HBox):
    """A field for each number, a box to tick for each True or False, and the choice of optimizer.

    Args:
        group: what it sets.
        later: runs an action between two steps, and says in the panel what is refused.
        optimizers: lets the optimizer be chosen too, if there is a trainer.
    """

    def __init__(
        self,
        group: GroupController,
        later: Callable[[Callable[[], object]], None],
        optimizers: OptimizerController | None = None,
    ) -> None:
        self.group, self._later, self._optimizers = group, later, optimizers
        self._showing = False
        self.fields: dict[str, list[Any]] = {}
        super().__init__(
            layout=widgets.Layout(
                flex_flow="row wrap",
                align_items="center",
                margin="0 0 4px 20px",
                grid_gap="2px 14px",
            )
        )
        self.rule = None if optimizers is None else self._choice(optimizers)
        self.note: Any = None
        if optimizers is not None:
            self.note = widgets.HTML(layout=widgets.Layout(margin="0", flex="1 1 100%"))
        self.show()

    def _choice(self, optimizers: OptimizerController) -> Any:
        names, now = optimizers.choices, optimizers.rule(self.group.index)
        choice = widgets.Dropdown(
            options=names if now in names else [*names, now],
            value=now,
            description=add_unheard("optimizer", f"of {self.group.label}"),
            description_allow_html=True,
            style={"description_width": "initial"},
            layout=widgets.Layout(width="240px", max_width="100%", margin="2px 0"),
        )
        choice.observe(self._chosen, "value")
        return choice

    def _chosen(self, change: dict[str, Any]) -> None:
        optimizers = self._optimizers
        if not self._showing and optimizers is not None:
            self._later(lambda: optimizers.choose(self.group.index, change["new"]))

    def _field(self, name: str, value: Any, number: str = "") -> Any:
        tick = isinstance(value, bool)
        kind = widgets.Checkbox if tick else widgets.FloatText
        label = name.replace("_", " ") + number
        options = {"indent": False} if tick else {"continuous_update": False, "step": None}
        field = kind(
            value=value,
            description=add_unheard(label, f"of {self.group.label}"),
            description_allow_html=True,
            tooltip=f"{label} of {self.group.label}",
            style={"description_width": "initial"},
            layout=widgets.Layout(width="auto" if tick else "170px", margin="2px 0"),
            **options,
        )
        field.observe(lambda _: self._changed(name), "value")
        return field

    def _changed(self, name: str) -> None:
        if not self._showing:
            values = [field.value for field in self.fields[name]]
            old = self.group.settings[name]
            value = tuple(values) if isinstance(old, tuple | list) else values[0]
            self._later(lambda: self.group.set(name, value))

    def show(self) -> None:
        """Show the settings as they are now; other ones after another optimizer was chosen."""
        settings = {
            name: list(value) if isinstance(value, tuple | list) else [value]
            for name, value in self.group.settings.items()
        }
        self._showing = True
        try:
            if {n: len(v) for n, v in settings.items()} != {
                n: len(f) for n, f in self.fields.items()
            }:
                self._rebuild(settings)
            for name, values in settings.items():
                for field, value in zip(self.fields[name], values, strict=True):
                    field.value = value
            if self.rule is not None and self._optimizers is not None:
                self.rule.value = self._optimizers.rule(self.group.index)
                note = self._optimizers.note(self.group.index)
                self.note.value = text(f"<small>{escape(note)}</small>") if note else ""
                shown(self.note, bool(note))
        finally:
            self._showing = False

    def _rebuild(self, settings: dict[str, list[Any]]) -> None:
        old = [field for fields in self.fields.values() for field in fields]
        self.fields = {
            name: [
                self._field(name, value, f" {i + 1}" if len(values) > 1 else "")
                for i, value in enumerate(values)
            ]
            for name, values in settings.items()
        }
        new = [field for fields in self.fields.values() for field in fields]
        self.children = new if self.rule is None else [self.rule, *new, self.note]
        close_all(old)
