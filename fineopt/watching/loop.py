"""A watched training loop, whatever the framework: groups, notices, panel, and the end."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Sequence
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from ..bridge.steering import Steering
from ..checks import positive_integer, validate
from ..errors import ParameterWarning
from ..language import list_names, say
from .groups import Groups, WatchedGroups

__all__ = ["WatchedLoop", "find_watch"]

Loop = TypeVar("Loop", bound="WatchedLoop")

_watches: WeakValueDictionary[int, WatchedLoop] = WeakValueDictionary()  # by the optimizer's id


class WatchedLoop:
    """A user's training loop whose optimizers are watched and steered.

    Args:
        engine: with the network and the optimizers.
        steps_per_epoch, every, keep: as of `fineopt.watch`.
    """

    _keeper: Any  # of the record

    def __init__(self, engine: Any, steps_per_epoch: int | None, every: int, keep: int) -> None:
        for name, value in (("every", every), ("keep", keep)):
            validate(value, positive_integer, name)
        if steps_per_epoch is not None:
            validate(steps_per_epoch, positive_integer, "steps_per_epoch")
        self.engine = engine
        self.steering = Steering(engine.optimizers, engine.scheduled)
        self.controllers = WatchedGroups(engine, self.steering)
        self.groups = Groups(self.controllers)
        self.notices: list[str] = []
        self.error: str | None = None
        self.watching = True
        self._panel: Any = None

    def register(self) -> None:
        """Let `find_watch` find this watch by its optimizers."""
        for opt in self.engine.optimizers:
            _watches[id(opt)] = self

    # ---- what is told ----

    def end_epoch(self, accuracy: float | None = None) -> None:
        """End an epoch after the newest step; call it last, after schedulers' steps.

        Args:
            accuracy: from 0 to 1, if it was measured.

        Raises:
            RuntimeError: if there was no step since the last epoch ended.
            TypeError, ValueError: if the accuracy is not a number from 0 to 1.
        """
        if accuracy is not None:
            if isinstance(accuracy, str) or not hasattr(accuracy, "__float__"):
                raise TypeError(
                    f"accuracy must be a number, not {accuracy!r} (a {type(accuracy).__name__})"
                )
            accuracy = float(accuracy)
            if not 0 <= accuracy <= 1:
                raise ValueError(f"accuracy must be from 0 to 1, not {accuracy:g}")
        if self.error is None:
            self._keeper.end_epoch(accuracy)

    def _notice(self, text: str) -> None:
        if text not in self.notices:
            self.notices.append(text)
            with contextlib.suppress(Exception):  # where warnings are errors
                warnings.warn(text, ParameterWarning, stacklevel=2)

    def _contain(self, error: Exception) -> None:
        """Stop recording after an internal error and report it once; training continues."""
        if self.error is None:
            self.error = say(
                "recording stopped: {kind}: {error}", kind=type(error).__name__, error=error
            )
            with contextlib.suppress(Exception):
                warnings.warn(f"fineopt: {self.error}", RuntimeWarning, stacklevel=2)

    # ---- the panel ----

    def panel(self) -> Any:
        """Return the panel that a notebook shows for this object: groups and live figures."""
        from ..widgets.panels.watch import WatchPanel

        if self._panel is None or self._panel.comm is None:
            self._panel = WatchPanel(self)
        return self._panel

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return self.panel()._repr_mimebundle_(**options)

    def __repr__(self) -> str:
        groups = self.controllers.summary_texts(lambda group: say(": ") + group.summary_text())
        state = "" if self.watching else say("detached") + say(", ")
        return f"{type(self).__name__}({state}{list_names(groups)})"

    # ---- the end ----

    def detach(self) -> None:
        """Stop watching and steering: hooks are removed, and schedules have their groups back.

        The record stays readable. An lr set by hand where there is no schedule, and what was
        frozen by name, stay as they are.
        """
        if not self.watching:
            return
        self._stop_reading()
        self.watching = False
        for key in list(self.steering.held):
            if self.steering.scheduled(key):
                self.steering.release(key)
        for opt in self.engine.optimizers:
            if _watches.get(id(opt)) is self:
                del _watches[id(opt)]

    def _stop_reading(self) -> None:
        """Remove the hooks."""
        raise NotImplementedError

    def __enter__(self: Loop) -> Loop:
        return self

    def __exit__(self, *_: object) -> None:
        self.detach()


def find_watch(net: Any, optimizers: Sequence[Any]) -> WatchedLoop | None:
    """Return the watch of a network and its optimizers, if there is one.

    Raises:
        ValueError: if an optimizer is watched with another network, or with others.
    """
    for opt in optimizers:
        known = _watches.get(id(opt))
        if known is None or not any(opt is other for other in known.engine.optimizers):
            continue
        same = [*map(id, known.engine.optimizers)] == [*map(id, optimizers)]
        if same and known.engine.net is net:
            return known
        raise ValueError(
            f"this {type(opt).__name__} is watched already, with another model or other "
            "optimizers: call detach() on that Watch first"
        )
    return None
