"""Behaviour common to all panels: submitting actions, following code, messages and closing."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import Any

import ipywidgets as widgets

from ...control.changes import ChangeDetector
from ...control.playing.followers import seconds_per_frame
from ...control.playing.loop import Action, ActionQueue
from ...language import language, say, speaking
from ..cells import cells
from ..page import page_setup
from ..parts.html import alert, close_all
from ..parts.static_picture import with_picture

__all__ = ["Panel"]

# Moving a cell removes its views and adds them again: some 70 ms later, and 0.6 s or more later
# where a page shares its core with much else (so a moved cell once paused its run).
SETTLED = 2.0  # seconds


class Panel(widgets.VBox):
    """The base class of panels.

    A panel acts by `submit` alone: an action is queued for the event loop, runs between two
    training steps, and is followed by one refresh, which shows the result or the error.

    Changes made in code are shown within a frame, also while nothing plays: a task compares the
    panel's `state_key` about eight times a second, and ends with the panel.

    A panel whose cell is run again is closed, unless it is visible elsewhere. One that is no longer
    visible, because its cell was deleted or its output cleared, notifies what it follows. A page
    that is closed or reloaded removes its views without notice: that changes nothing.

    Args:
        actions: runs the panel's actions.
        frames_per_second: how often it looks for changes made in code.

    Raises:
        ValueError: if frames_per_second is not above 0.
    """

    _view_count: Any  # ipywidgets itself has no types

    def __init__(self, actions: ActionQueue, frames_per_second: float) -> None:
        self.actions, self._frame = actions, seconds_per_frame(frames_per_second)
        self.message = widgets.HTML(layout=widgets.Layout(margin="0"))
        self._refusal: str | None = None  # why the last action was refused
        self._state = ChangeDetector()
        self._acting = False
        self._was_visible = self._replaced = False
        self._hidden_since: float | None = None
        # 0 rather than None: the browser then counts the panel's views
        super().__init__(layout=widgets.Layout(max_width="880px", padding="4px"), _view_count=0)
        self.add_class("fineopt-panel")  # for stylesheets and tests

    def begin(self, children: Sequence[widgets.Widget]) -> None:
        """Show the panel for the first time, and follow changes made in code from now on."""
        self.children = [*children, page_setup()]
        self._show()
        cells.made(self)
        self.observe(self._views_changed, "_view_count")
        self.actions.poll(self._frame, self._poll)

    # ---- what a panel defines ----

    def state_key(self) -> object:
        """Return all that the panel shows, as plain values to compare."""
        raise NotImplementedError

    def refresh(self) -> None:
        """Show the current state."""
        raise NotImplementedError

    def refresh_moving(self) -> None:
        """Show what the steps of a run change."""
        self.refresh()

    def is_shown_soon(self) -> bool:
        """Return whether a frame of a run will show what code has changed, so that none looks."""
        return False

    def picture(self) -> bytes:
        """Return a PNG of the panel, for a notebook that is read without a kernel."""
        raise NotImplementedError

    def alt_text(self) -> str:
        """Describe what the picture shows."""
        return repr(self)

    def summary_text(self) -> str:
        """Describe the panel in a line, without numbers that differ from run to run."""
        raise NotImplementedError

    def on_visible(self, visible: bool) -> None:
        """Handle that the panel became visible, or is no longer visible anywhere."""

    def explains(self, error: BaseException) -> bool:
        """Return whether the panel's message already explains an error of an action."""
        return False

    def message_html(self) -> str:
        """Return the error message, if any."""
        return alert(say("Not accepted:"), self._refusal) if self._refusal else ""

    # ---- showing and acting ----

    def show(self, moving: bool = False) -> None:
        """Show the current state, or why it cannot be shown.

        Args:
            moving: whether only the steps of a run may have changed it. What they do not change
                is then shown again only if `state_key` has changed.
        """
        if self._acting:
            return  # shown once, after the action
        try:
            self._show(moving)
        except (KeyError, TypeError, ValueError) as error:  # code made a group invalid
            self._show_failure(error)

    def _show(self, moving: bool = False) -> None:
        with speaking(language()):  # looked up once, not for each of the words
            if self._state.changed(self.state_key()) or not moving:
                self._refresh()
            else:
                self.refresh_moving()

    def _refresh(self) -> None:
        self.refresh()
        self.message.value = self.message_html()

    def submit(self, action: Action) -> None:
        """Run an action between two training steps, then show its result or its error."""

        def act() -> None:
            self._refusal, self._acting = None, True
            try:
                action()
            except (KeyError, TypeError, ValueError, RuntimeError) as error:
                self._refusal = None if self.explains(error) else str(error)
            except (Exception, KeyboardInterrupt, SystemExit) as error:
                what = f"{type(error).__name__}: {error}"
                self._refusal = None if self.explains(error) else what
            finally:
                self._acting = False
            self.show_result()

        self.actions.submit(act)

    def show_result(self) -> None:
        """Show what an action has changed, or why it was refused."""
        self.show()

    def _poll(self) -> bool:
        if self.comm is None:  # closed
            return False
        self._check_visible()
        if self.comm is None:
            return False
        try:
            if not self.is_shown_soon() and self._state.changed(self.state_key()):
                self._refresh()
        except Exception as error:  # show it and keep polling
            self._show_failure(error)
        return True

    def _show_failure(self, error: Exception) -> None:
        self._state.forget()
        self.message.value = alert(say("Cannot be shown:"), f"{type(error).__name__}: {error}")

    # ---- visibility ----

    def _views_changed(self, change: dict[str, Any]) -> None:
        """Handle a new view at once, since it may be gone before the next poll."""
        if change["new"] > max(change["old"], 0):
            self._was_visible = True
            self.actions.submit(lambda: self.on_visible(True))

    def _check_visible(self) -> None:
        """Detect, from the number of views that the browser counts, that none is left."""
        if self._view_count > 0:
            self._hidden_since = None
        elif self._was_visible or self._replaced or self._view_count < 0:
            now = monotonic()
            self._hidden_since = now if self._hidden_since is None else self._hidden_since
            if now - self._hidden_since > SETTLED:
                self._was_visible, self._hidden_since, self._view_count = False, None, 0
                self.on_visible(False)
                if self._replaced:
                    self.close()

    def replace(self) -> None:
        """Close the panel as soon as it is not visible anywhere."""
        self._replaced = True
        if self._view_count <= 0:
            self.close()

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> Any:
        """Return the state, as ipywidgets do; without a key, a page is being loaded.

        That page counts its own views from zero. Those of the page before a reload are gone, and
        were not subtracted.
        """
        if key is None and self.comm is not None:
            self._was_visible, self._hidden_since, self._view_count = False, None, 0
        return super().get_state(key, drop_defaults)

    def close(self) -> None:
        """Stop following, and close every widget of the panel."""
        if self.comm is None:
            return  # already closed, or never completed
        cells.forget(self)
        self.actions.close()
        close_all(self.children)
        self.layout.close()
        super().close()

    def _repr_mimebundle_(self, **options: Any) -> Any:
        cells.shown(self)
        self._replaced = False
        self.on_visible(True)  # before the browser counts it: the panel that it replaces goes first
        bundle = super()._repr_mimebundle_(**options)
        return with_picture(bundle, self.picture(), self.alt_text(), repr(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.summary_text()})"
