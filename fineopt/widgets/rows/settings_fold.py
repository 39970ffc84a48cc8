"""The fold below a group's row: every hyperparameter except the learning rate."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets as widgets

from ...control.optimizer import OptimizerController
from ...control.param_groups.group import GroupController
from ...control.playing.loop import Submit
from ...language import say
from ..fields.number_field import NumberField
from ..parts.echo import EchoGuard
from ..parts.html import close_all, dropdown_width, paragraph, set_displayed, with_hidden_text
from ..parts.refusal import Refusal
from .usual_lr import UsualLR

__all__ = ["SettingsFold"]


class SettingsFold(widgets.HBox):
    """A field per number, a checkbox per bool, and a dropdown for the optimizer.

    Args:
        group: the controller of the group.
        submit: runs an action between two steps and shows its error, if any, in the panel.
        optimizers: changes the group's optimizer; None without a trainer.
    """

    def __init__(
        self,
        group: GroupController,
        submit: Submit,
        optimizers: OptimizerController | None = None,
    ) -> None:
        self.refusal = Refusal()
        self.group, self._optimizers = group, optimizers
        self._submit = self.refusal.beside(submit)
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
        self.usual: UsualLR | None = None
        if optimizers is not None:
            self.usual = UsualLR(group, optimizers, self._submit)
            self.note = widgets.HTML(layout=widgets.Layout(margin="0", flex="1 1 100%"))
        self.show()

    def _choice(self, optimizers: OptimizerController) -> Any:
        names, now = optimizers.choices, optimizers.rule(self.group.index)
        choice = widgets.Dropdown(
            options=names if now in names else [*names, now],
            value=now,
            description=with_hidden_text(say("optimizer"), say("of {name}", name=self.group.label)),
            description_allow_html=True,
            style={"description_width": "initial"},
            layout=widgets.Layout(
                width=dropdown_width(say("optimizer"), names), max_width="100%", margin="2px 0"
            ),
        )
        self._echo.observe(
            choice, lambda rule: self._submit(lambda: optimizers.choose(self.group.index, rule))
        )
        return choice

    def _field(self, name: str, value: Any, suffix: str = "") -> Any:
        label = name.replace("_", " ") + suffix
        full_label = say("{setting} of {name}", setting=label, name=self.group.label)
        if not isinstance(value, bool):

            def on_change(new: float) -> None:
                index = self.fields[name].index(field)
                self._set_element(name, index, new)

            field = NumberField(value, label, full_label, on_change, self._submit, width="170px")
            return field
        box = widgets.Checkbox(
            value=value,
            description=with_hidden_text(label, say("of {name}", name=self.group.label)),
            description_allow_html=True,
            tooltip=full_label,
            indent=False,
            style={"description_width": "initial"},
            layout=widgets.Layout(width="auto", margin="2px 0"),
        )
        self._echo.observe(box, lambda new: self._submit(lambda: self._set(name, new)))
        return box

    def _set(self, name: str, value: Any) -> None:
        """Set a hyperparameter, then clear the errors of all fields."""
        self.group.set(name, value)
        for field in (field for fields in self.fields.values() for field in fields):
            if isinstance(field, NumberField):
                field.clear_error()

    def _set_element(self, name: str, index: int, new: float) -> None:
        old = self.group.settings[name]
        values = list(old) if isinstance(old, tuple | list) else [old]
        if isinstance(values[index], int) and float(new).is_integer():
            new = int(new)  # an integer hyperparameter stays an integer
        values[index] = new
        value = tuple(values) if isinstance(old, tuple | list) else values[0]
        self.group.check(name, value)
        self._set(name, value)

    def show(self) -> None:
        """Show the current settings, which depend on the optimizer."""
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
                self.note.value = paragraph(f"<small>{escape(note)}</small>") if note else ""
                set_displayed(self.note, bool(note))
            if self.usual is not None:
                self.usual.show()

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
        shown = new if self.rule is None else [self.rule, *new]
        self.children = [*shown, self.refusal, *filter(None, [self.note, self.usual])]
        close_all(old)
