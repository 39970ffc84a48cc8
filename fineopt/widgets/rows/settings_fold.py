"""Below a group's row: every hyperparameter but its learning rate."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets as widgets

from ...control.group import GroupController
from ...control.optimizer import OptimizerController
from ..parts.echo import EchoGuard
from ..parts.hand import Later
from ..parts.html import add_unheard, close_all, room, shown, text
from ..parts.number_field import NumberField

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
        later: Later,
        optimizers: OptimizerController | None = None,
    ) -> None:
        self.group, self._later, self._optimizers = group, later, optimizers
        self._echo = EchoGuard()
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
            layout=widgets.Layout(width=room("optimizer", names), max_width="100%", margin="2px 0"),
        )
        self._echo.observe(
            choice, lambda rule: self._later(lambda: optimizers.choose(self.group.index, rule))
        )
        return choice

    def _field(self, name: str, value: Any, number: str = "") -> Any:
        label = name.replace("_", " ") + number
        whose = f"{label} of {self.group.label}"
        if not isinstance(value, bool):

            def entered(new: float) -> None:
                place = self.fields[name].index(field)
                self._enter(name, place, new)

            field = NumberField(value, label, whose, entered, self._later, width="170px")
            return field
        box = widgets.Checkbox(
            value=value,
            description=add_unheard(label, f"of {self.group.label}"),
            description_allow_html=True,
            tooltip=whose,
            indent=False,
            style={"description_width": "initial"},
            layout=widgets.Layout(width="auto", margin="2px 0"),
        )
        self._echo.observe(box, lambda new: self._later(lambda: self._set(name, new)))
        return box

    def _set(self, name: str, value: Any) -> None:
        """Set what is accepted; what was refused before is settled then."""
        self.group.set(name, value)
        for field in (field for fields in self.fields.values() for field in fields):
            if isinstance(field, NumberField):
                field.accept()

    def _enter(self, name: str, place: int, new: float) -> None:
        old = self.group.settings[name]
        values = list(old) if isinstance(old, tuple | list) else [old]
        if isinstance(values[place], int) and float(new).is_integer():
            new = int(new)  # a count of steps, say, stays one
        values[place] = new
        value = tuple(values) if isinstance(old, tuple | list) else values[0]
        self.group.check(name, value)
        self._set(name, value)

    def show(self) -> None:
        """Show the settings as they are now; other ones after another optimizer was chosen."""
        settings = {
            name: list(value) if isinstance(value, tuple | list) else [value]
            for name, value in self.group.settings.items()
        }
        with self._echo:
            if {n: len(v) for n, v in settings.items()} != {
                n: len(f) for n, f in self.fields.items()
            }:
                self._rebuild(settings)
            for name, values in settings.items():
                for field, value in zip(self.fields[name], values, strict=True):
                    if isinstance(field, NumberField):
                        field.show(value)
                    else:
                        field.value = value
            if self.rule is not None and self._optimizers is not None:
                self.rule.value = self._optimizers.rule(self.group.index)
                note = self._optimizers.note(self.group.index)
                self.note.value = text(f"<small>{escape(note)}</small>") if note else ""
                shown(self.note, bool(note))

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
