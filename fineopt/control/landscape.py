"""Playing on a landscape, as plain Python: no widget here, so it is tested without one."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import suppress

from ..checks import nonnegative
from ..figures.text import number
from ..landscape import Landscape, Run, find_landscape
from ..optimizer import SGD
from ..optimizer.groups import learning_rates
from ..optimizer.registry import lookup
from .playing.loop import OnLoop
from .playing.player import Halt, Player

__all__ = ["LandscapeController"]

MOST = 6  # runs in one picture: as many as there are colours


class LandscapeController:
    """One run down a landscape, played or stepped, beside others that are kept for comparison.

    Another landscape, start or optimizer begins the run again; another lr counts from its next
    step.

    Args:
        landscape: one, or its name in `LANDSCAPES`.
        start: (x, y); the landscape's own if None.
        optimizers: registered names, for x and y.
        lrs: learning rates for x and for y; what suits SGD on the landscape if None.
        steps: where a run ends that has not left before.
        seed: of the noise, where the landscape has any.
        frames_per_second: how often listeners are told while it plays.

    ``on_frame`` holds functions that are called, with no arguments, after each change that a view
    should show. ``speed`` is how many steps a second it plays.

    Raises:
        KeyError, TypeError, ValueError: for what can't be, naming the coordinate.

    >>> controller = LandscapeController("quadratic", lrs=(0.5, 0.02))
    >>> controller.step()
    >>> controller.keep()
    >>> controller.set_lr(0, 0.1)
    >>> controller.runs
    [Run(x: SGD, lr 0.5; y: SGD, lr 0.02; 1 steps, at (-2.25, 0)),
     Run(x: SGD, lr 0.1; y: SGD, lr 0.02; 0 steps, at (-4.5, 1))]
    """

    def __init__(
        self,
        landscape: Landscape | str = "quadratic",
        start: Sequence[float] | None = None,
        optimizers: Sequence[str] = ("SGD", "SGD"),
        lrs: Sequence[float] | None = None,
        *,
        steps: int = 500,
        seed: int = 0,
        frames_per_second: float = 8,
    ) -> None:
        if not frames_per_second > 0:
            raise ValueError(f"frames_per_second must be above 0, not {frames_per_second!r}")
        chosen = find_landscape(landscape)
        lrs = (chosen.lr, chosen.lr) if lrs is None else lrs
        self.steps, self.seed, self.frame = steps, seed, 1 / frames_per_second
        self.run = Run(chosen, start, optimizers, lrs, seed=seed)
        self.kept: list[Run] = []
        self.closed = False
        self.on_frame: list[Callable[[], None]] = []
        self.on_loop = OnLoop()
        self.player = Player(_Descent(self))
        self.player.pace.speed = 20.0
        self.player.followers.join(self)

    # ---- what it is set to ----

    @property
    def runs(self) -> list[Run]:
        """The kept runs and the one under way."""
        return [*self.kept, self.run]

    @property
    def landscape(self) -> Landscape:
        """What the runs go down."""
        return self.run.landscape

    @property
    def start(self) -> tuple[float, float]:
        """Where the run began."""
        x, y = self.run.path[0]
        return float(x), float(y)

    @property
    def lrs(self) -> tuple[float, float]:
        """The learning rates of the next step, for x and for y."""
        x, y = learning_rates(self.run.optimizer.param_groups)
        return x, y

    @property
    def speed(self) -> float:
        """How many steps a second it plays. Set to none above 0, it raises ValueError."""
        assert self.player.pace.speed is not None
        return self.player.pace.speed

    @speed.setter
    def speed(self, speed: float) -> None:
        if speed is None:
            raise ValueError("speed is a number of steps a second above 0, not None")
        self.player.pace.speed = speed

    def set_landscape(self, landscape: Landscape | str) -> None:
        """Go to another landscape's start; SGD gets an lr that suits it. No run is kept."""
        chosen = find_landscape(landscape)
        lrs = [
            chosen.lr if lookup(rule).optimizer is SGD else lr
            for rule, lr in zip(self.run.rules, self.lrs, strict=True)
        ]
        self.kept.clear()
        self._begin(None, self.run.rules, lrs, chosen)

    def set_start(self, x: float, y: float) -> None:
        """Begin again from another point."""
        self._begin((x, y), self.run.rules)

    def set_rule(self, coordinate: int, rule: str) -> None:
        """Begin again with another optimizer for x (0) or y (1)."""
        rules = list(self.run.rules)
        rules[coordinate] = rule
        self._begin(self.start, rules)

    def set_lr(self, coordinate: int, lr: float) -> None:
        """Set the learning rate of x (0) or y (1) from the next step on."""
        try:
            nonnegative(lr)
        except (TypeError, ValueError) as wrong:
            raise type(wrong)(f"the lr of {'xy'[coordinate]} {wrong}") from None
        self.run.optimizer.param_groups[coordinate]["lr"] = float(lr)
        self._tell()

    def _begin(
        self,
        start: Sequence[float] | None,
        rules: Sequence[str],
        lrs: Sequence[float] | None = None,
        landscape: Landscape | None = None,
    ) -> None:
        self.run = Run(landscape or self.landscape, start, rules, lrs or self.lrs, seed=self.seed)
        self.player.take_over()
        self._tell()

    # ---- playing ----

    @property
    def playing(self) -> bool:
        """Whether it goes on by itself now."""
        return self.player.playing

    @property
    def over(self) -> bool:
        """Whether the run has left the landscape, or done all its steps."""
        return self.run.left is not None or self.run.steps >= self.steps

    def play(self) -> None:
        """Go on as a task beside whatever else the event loop runs; from the start, if it is over.

        Raises:
            RuntimeError: if there is no running event loop (use ``run.run`` there), or the
                controller is closed.
        """
        if self.closed:
            raise RuntimeError("this panel is closed: make a new one")
        if self.over and not self.playing:
            self.reset()
        self.player.play()

    def pause(self) -> None:
        """Stop playing."""
        self.player.pause()

    def sight(self, seen: bool) -> None:
        """Note whether it can be seen; if not any more, it pauses."""
        (self.player.followers.in_sight if seen else self.player.out_of_sight)(self)

    # ---- by hand ----

    def step(self) -> None:
        """Take one step, unless it plays anyway or is over."""
        if not self.over:
            with suppress(Exception):  # of a function of one's own, say: the player keeps it
                self.player.take()

    def reset(self) -> None:
        """Begin again from the start, with the optimizers and learning rates as they are now."""
        self._begin(self.start, self.run.rules)

    @property
    def can_keep(self) -> bool:
        """Whether there is a path to keep, and a colour left for the next one."""
        return self.run.steps > 0 and len(self.kept) < MOST - 1

    def keep(self) -> None:
        """Keep this run in the picture and begin another one like it.

        Raises:
            ValueError: if it has done no step, or five are kept already.
        """
        if not self.can_keep:
            full = f"{MOST - 1} runs are kept: clear them first"
            raise ValueError(full if self.run.steps else "this run has done no step yet")
        self.pause()
        self.kept.append(self.run)
        self.reset()

    def clear(self) -> None:
        """Let go of the kept runs."""
        self.kept.clear()
        self._tell()

    def close(self) -> None:
        """Stop for good, and let go of the views."""
        self.closed = True
        self.player.leave(self)
        self.on_loop.close()
        self.on_frame.clear()

    def _tell(self) -> None:
        self.told()

    def told(self) -> None:
        """Call all functions in ``on_frame``."""
        for show in list(self.on_frame):
            show()

    def begun_again(self) -> None:
        """Nothing is remembered of a run."""

    def place(self) -> str:
        """Say in words where the run stands."""
        x, y, value = (number(float(v)) for v in (*self.run.path[-1], self.run.values[-1]))
        end = f" · {self.run.left}" if self.run.left else " · the end" if self.over else ""
        return f"step {self.run.steps} of {self.steps} · at ({x}, {y}) · f = {value}{end}"


class _Descent:
    """What the player plays: whichever run is under way.

    Args:
        controller: whose run.
    """

    def __init__(self, controller: LandscapeController) -> None:
        self._controller = controller

    def step(self) -> bool:
        """Take a step, and tell whether there are more."""
        controller, run = self._controller, self._controller.run
        if not controller.over:
            run.step()
            at = float(run.x), float(run.y)
            if not (math.isfinite(sum(at)) and math.isfinite(float(run.values[-1]))):
                raise Halt("the loss is NaN or infinite there. Reset, and a smaller lr")
        return not controller.over

    def moves(self) -> set[int]:
        """Return nothing: each run has parameters of its own."""
        return set()
