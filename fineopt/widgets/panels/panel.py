"""What all panels do: act on the event loop, say what is refused, follow the code, close."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any

import ipywidgets as widgets

from ...control.playing.loop import OnLoop
from ..cells import cells
from ..parts.html import alert, close_all
from ..parts.keyboard import own_keys
from ..parts.live_view import with_picture

__all__ = ["Panel"]

# A cell that is moved takes its views away and brings them back some 70 ms later.
SETTLED = 0.6  # seconds


class Panel(widgets.VBox):
    """The base of panels.

    A panel whose cell is run again is closed, unless it can be seen elsewhere. One that was seen
    and now is not, since its cell was deleted or its output cleared, says so to what it follows. A
    page that is closed or reloaded takes its views away without a word: that changes nothing.

    What code changes shows within a frame, also while nothing plays: a task compares plain values
    some eight times a second, and ends with the panel.

    Args:
        on_loop: where the panel acts.
        frames_per_second: how often it looks for changes made in code.
    """

    _view_count: Any  # ipywidgets itself has no types

    def __init__(self, on_loop: OnLoop, frames_per_second: float) -> None:
        if not frames_per_second > 0:
            raise ValueError(f"frames_per_second must be above 0, not {frames_per_second!r}")
        self.on_loop, self._frame = on_loop, 1 / frames_per_second
        self.message = widgets.HTML(layout=widgets.Layout(margin="0"))
        self._wrong: str | None = None  # what was asked for and can't be
        self._seen: object = None
        self._in_sight = self._replaced = False
        self._out_since: float | None = None
        # 0 rather than None: the browser then counts in how many places the panel is to be seen
        super().__init__(layout=widgets.Layout(max_width="880px", padding="4px"), _view_count=0)
        self.add_class("fineopt-panel")  # by which a stylesheet, or a test, finds it

    def begin(self, children: Sequence[widgets.Widget]) -> None:
        """Show the panel for the first time, and follow what code changes from now on."""
        self.children = [*children, own_keys()]
        self._show()
        cells.made(self)
        self.observe(self._counted, "_view_count")
        self.on_loop.watch(self._frame, self._glance)

    # ---- what a panel fills in ----

    def look(self) -> object:
        """Return all that the panel shows, as plain values to be compared."""
        raise NotImplementedError

    def refresh(self) -> None:
        """Show everything as it is now."""
        raise NotImplementedError

    def picture(self) -> bytes:
        """Return a PNG of the panel, for a notebook that is read without a kernel."""
        raise NotImplementedError

    def words(self) -> str:
        """Return what the panel shows in a line, without numbers that change from run to run."""
        raise NotImplementedError

    def sight(self, seen: bool) -> None:
        """Hear that the panel came into sight, or is to be seen nowhere any more."""

    # ---- what all do ----

    def show(self) -> None:
        """Show everything as it is now, whoever changed it; or why it can't be shown."""
        try:
            self._show()
        except (KeyError, TypeError, ValueError) as error:  # code has made a group of what can't be
            self._not_shown(error)

    def _show(self) -> None:
        self._seen = self.look()
        self.refresh()
        self.message.value = self.words_of_message()

    def words_of_message(self) -> str:
        """Return what went wrong, if anything."""
        return alert("Not accepted:", self._wrong) if self._wrong else ""

    def report(self, wrong: str | None) -> None:
        """Keep what went wrong for the panel to say; None when all is well."""
        self._wrong = wrong

    def later(self, action: Callable[[], object]) -> None:
        """Do something between two steps of training, and then show it or what it refuses."""

        def act() -> None:
            try:
                self.report(None)
                action()
            except (KeyError, TypeError, ValueError, RuntimeError) as error:
                self.report(str(error))
            self.show()

        self.on_loop.call(act)

    def _glance(self) -> bool:
        if self.comm is None:  # closed
            return False
        self._look_out()
        if self.comm is None:
            return False
        try:
            if self.look() != self._seen:
                self._show()
        except Exception as error:  # say it, go on looking
            self._not_shown(error)
        return True

    def _not_shown(self, error: Exception) -> None:
        self._seen = None  # whatever comes next is new
        self.message.value = alert("This can't be shown:", f"{type(error).__name__}: {error}")

    # ---- in sight ----

    def _counted(self, change: dict[str, Any]) -> None:
        """Hear of a new view; at once, as it may be gone again before the next glance."""
        if change["new"] > max(change["old"], 0):
            self._in_sight = True
            self.on_loop.call(lambda: self.sight(True))

    def _look_out(self) -> None:
        """Tell by the number of views, which the browser counts, whether it can be seen."""
        if self._view_count > 0:
            self._out_since = None
        elif self._in_sight or self._replaced or self._view_count < 0:
            now = monotonic()
            self._out_since = now if self._out_since is None else self._out_since
            if now - self._out_since > SETTLED:
                self._in_sight, self._out_since, self._view_count = False, None, 0
                self.sight(False)
                if self._replaced:
                    self.close()

    def replace(self) -> None:
        """Close, as soon as it can't be seen anywhere."""
        self._replaced = True
        if self._view_count <= 0:
            self.close()

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> Any:
        """Return the state, as ipywidgets do. A page that asks for all of it is being loaded.

        It counts its own views then. Those of a page that was reloaded are gone, and were not
        taken off.
        """
        if key is None and self.comm is not None:
            self._in_sight, self._out_since, self._view_count = False, None, 0
        return super().get_state(key, drop_defaults)

    def close(self) -> None:
        """Stop following, and close every widget of the panel."""
        if self.comm is None:
            return  # closed already, or refused before it was one
        cells.forget(self)
        self.on_loop.close()
        close_all(self.children)
        self.layout.close()
        super().close()

    def _repr_mimebundle_(self, **options: Any) -> Any:
        cells.shown(self)
        self._replaced = False
        self.sight(True)  # before its browser counts it: the panel that it replaces goes first
        return with_picture(super()._repr_mimebundle_(**options), self.picture(), repr(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.words()})"
