"""The message of a refused action, beside the controls that caused it."""

from __future__ import annotations

import ipywidgets as widgets

from ...control.playing.loop import Action, Submit
from ...language import say
from .html import alert

__all__ = ["Refusal"]


class Refusal(widgets.HTML):
    """A place for the message of an action that was refused; empty, it takes no room.

    It lies over what is below it, so that nothing moves when a message comes or goes.

    >>> refusal = Refusal()
    >>> def refuse():
    ...     raise ValueError("5 are too many")
    >>> refusal.beside(lambda action: action())(refuse)
    >>> "5 are too many" in refusal.value
    True
    """

    def __init__(self) -> None:
        super().__init__(layout=widgets.Layout(margin="0", flex="1 1 100%", height="0"))
        self.layout.overflow = "visible"
        self.add_class("fineopt-refusal")

    def beside(self, submit: Submit) -> Submit:
        """Return a `submit` that shows here why an action was refused, until the next one."""

        def submit_here(action: Action) -> object:
            return submit(lambda: self._act(action))

        return submit_here

    def _act(self, action: Action) -> None:
        self.value = ""
        try:
            action()
        except (KeyError, TypeError, ValueError) as error:
            self.value = alert(say("Not accepted:"), str(error))
