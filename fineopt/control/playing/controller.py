"""The base of controllers that play a run and update its views."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic

from ...language import say
from .followers import seconds_per_frame
from .loop import ActionQueue
from .player import Player
from .run import RunT

__all__ = ["RunController"]


class RunController(Generic[RunT]):
    """Plays, pauses and steps a run, and updates its views.

    Args:
        player: plays the run, perhaps for other controllers too.
        frames_per_second: how often the views are updated while the run plays.

    ``on_frame`` holds functions that are called, without arguments, after each change that a view
    should show. ``actions`` runs what a view submits, between two steps.

    Raises:
        ValueError: if frames_per_second is not above 0.
    """

    alternative = ""  # to play(), where there is no event loop

    def __init__(self, player: Player[RunT], frames_per_second: float) -> None:
        self.frame = seconds_per_frame(frames_per_second)
        self.player = player
        self.on_frame: list[Callable[[], None]] = []
        self.closed = False
        self.actions = ActionQueue()
        player.followers.add(self)

    # ---- state ----

    @property
    def playing(self) -> bool:
        """Whether the run is playing."""
        return self.player.playing

    @property
    def error(self) -> str | None:
        """The message of the error that stopped the last step, if any."""
        return self.player.error

    @property
    def exception(self) -> BaseException | None:
        """The exception that ended the last step early, if any."""
        return self.player.exception

    @property
    def notice(self) -> str | None:
        """Why the run paused, if nobody asked it to."""
        return self.player.notice

    @property
    def speed(self) -> float | None:
        """The maximum number of steps per second while it plays; None for no limit.

        Raises:
            ValueError: if set to a value that is not above 0 and finite.
        """
        return self.player.pace.speed

    @speed.setter
    def speed(self, speed: float | None) -> None:
        self.player.pace.speed = speed

    # ---- playing ----

    def play(self) -> None:
        """Play the run as a task, alongside everything else on the event loop.

        Raises:
            RuntimeError: if there is no running event loop, or the controller is closed.
        """
        if self.closed:
            raise RuntimeError(say("this panel is closed: create a new one"))
        try:
            self.actions.loop = asyncio.get_running_loop()
        except RuntimeError:
            raise RuntimeError(
                say(
                    "play() needs a running event loop, as in Jupyter; in plain Python use {call}",
                    call=self.alternative,
                )
            ) from None
        self.player.play()

    def pause(self) -> None:
        """Stop playing; a step in progress is finished."""
        self.player.pause()

    def step(self) -> None:
        """Take one step; do nothing while the run plays."""
        self.player.step()

    def charge(self, seconds: float) -> None:
        """Count time that a view's page took, as part of the share that frames may take."""
        self.player.budget.charge(seconds)

    # ---- following ----

    def set_visible(self, visible: bool) -> None:
        """Set whether a view of it is visible; a run without visible views pauses."""
        self.player.set_visible(self, visible)

    def on_update(self) -> None:
        """Call all functions in ``on_frame``."""
        for show in list(self.on_frame):
            show()

    def on_restart(self) -> None:
        """Discard what was remembered of the run, which is back at its start."""

    def close(self) -> None:
        """Release the views; pause, unless another controller follows the run."""
        self.closed = True
        self.player.remove_follower(self)
        self.actions.close()
        self.on_frame.clear()
