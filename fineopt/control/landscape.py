"""Plays runs down a landscape, in plain Python: it is tested without widgets."""

from __future__ import annotations

from collections.abc import Sequence

from ..checks import nonnegative
from ..landscape import Landscape, Run, find_landscape
from ..language import say
from ..optimizer import SGD
from ..optimizer.groups import learning_rates
from ..optimizer.registry import lookup
from ..scenes.alt_text import last_value, outcome
from ..wording import short_number
from .playing.controller import RunController
from .playing.descent import Descent
from .playing.player import Player
from .refusals import refusal

__all__ = ["LandscapeController"]

MAX_RUNS = 6  # in one picture: the number of colours


class LandscapeController(RunController[Descent]):
    """Plays a run down a landscape, next to earlier runs that are kept for comparison.

    Another landscape, start or optimizer restarts the run; another learning rate takes effect at
    its next step.

    Args:
        landscape: a landscape, or its name in `LANDSCAPES`.
        start: (x, y); the landscape's own if None.
        optimizers: registered names, for x and y.
        lrs: learning rates for x and for y; what suits SGD on the landscape if None.
        steps: the number of steps after which a run ends, unless it leaves before.
        seed: the seed of the noise, if the landscape has any.
        frames_per_second: how often views are updated while it plays.

    ``on_frame`` holds functions that are called, without arguments, after each change that a view
    should show. ``speed`` is the number of steps per second.

    Raises:
        KeyError, TypeError, ValueError: if an argument is invalid, naming the coordinate.

    >>> controller = LandscapeController("quadratic", lrs=(0.5, 0.02))
    >>> controller.step()
    >>> controller.keep()
    >>> controller.set_lr(0, 0.1)
    >>> controller.runs
    [Run(x: SGD, lr 0.5; y: SGD, lr 0.02; 1 steps, at (-2.25, 0)),
     Run(x: SGD, lr 0.1; y: SGD, lr 0.02; 0 steps, at (-4.5, 1))]
    """

    alternative = "run.run(steps)"

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
        chosen = find_landscape(landscape)
        lrs = (chosen.lr, chosen.lr) if lrs is None else lrs
        run = Run(chosen, start, optimizers, lrs, seed=seed)
        super().__init__(Player(Descent(run, steps)), frames_per_second)
        self.seed = seed
        self.kept: list[Run] = []
        self.player.pace.speed = 20.0

    # ---- settings ----

    @property
    def run(self) -> Run:
        """The current run."""
        return self.player.run.run

    @property
    def runs(self) -> list[Run]:
        """The kept runs and the current one."""
        return [*self.kept, self.run]

    @property
    def steps(self) -> int:
        """The number of steps after which a run ends."""
        return self.player.run.max_steps

    @property
    def landscape(self) -> Landscape:
        """The landscape of all runs."""
        return self.run.landscape

    @property
    def start(self) -> tuple[float, float]:
        """The point at which the run started."""
        x, y = self.run.path[0]
        return float(x), float(y)

    @property
    def lrs(self) -> tuple[float, float]:
        """The learning rates of the next step, for x and for y."""
        x, y = learning_rates(self.run.optimizer.param_groups)
        return x, y

    def set_landscape(self, landscape: Landscape | str) -> None:
        """Switch to another landscape and its start; SGD gets a suitable lr. Kept runs are dropped.

        Raises:
            KeyError: if no landscape has this name.
        """
        chosen = find_landscape(landscape)
        lrs = [
            chosen.lr if lookup(rule).optimizer is SGD else lr
            for rule, lr in zip(self.run.rules, self.lrs, strict=True)
        ]
        self.kept.clear()
        self._restart(None, self.run.rules, lrs, chosen)

    def set_start(self, x: float, y: float) -> None:
        """Restart from another point."""
        self._restart((x, y), self.run.rules)

    def set_rule(self, coordinate: int, rule: str) -> None:
        """Restart with another optimizer for x (0) or y (1)."""
        rules = list(self.run.rules)
        rules[coordinate] = rule
        self._restart(self.start, rules)

    def set_lr(self, coordinate: int, lr: float) -> None:
        """Set the learning rate of x (0) or y (1) from the next step on."""
        try:
            nonnegative(lr)
        except (TypeError, ValueError) as wrong:
            subject = say("the lr of {name}", name="xy"[coordinate])
            raise type(wrong)(refusal(subject, wrong)) from None
        self.run.optimizer.param_groups[coordinate]["lr"] = float(lr)
        self.on_update()

    def _restart(
        self,
        start: Sequence[float] | None,
        rules: Sequence[str],
        lrs: Sequence[float] | None = None,
        landscape: Landscape | None = None,
    ) -> None:
        run = Run(landscape or self.landscape, start, rules, lrs or self.lrs, seed=self.seed)
        self.player.run.run = run
        self.player.take_over()
        self.on_update()

    # ---- playing ----

    @property
    def over(self) -> bool:
        """Whether the run has left the landscape, or taken all its steps."""
        return self.player.run.over

    def play(self) -> None:
        """Play the run as a task on the event loop; from its start, if it is over.

        Raises:
            RuntimeError: if there is no running event loop (use ``run.run`` there), or the
                controller is closed.
        """
        if self.over and not self.playing:
            self.reset()
        super().play()

    def step(self) -> None:
        """Take one step; do nothing while the run plays or if it is over."""
        if not self.over:
            super().step()

    def reset(self) -> None:
        """Restart from the start, with the current optimizers and learning rates."""
        self._restart(self.start, self.run.rules)

    def place(self) -> str:
        """Describe the run's progress: step, point and value."""
        values = (*self.run.path[-1], last_value(self.run))
        x, y, value = (short_number(float(v)).replace("-", "−") for v in values)
        end = outcome(self.run) if self.run.left else say("the end") if self.over else ""
        place = say(
            "step {step} of {steps} · at ({x}, {y}) · f = {value}",
            step=self.run.steps,
            steps=self.steps,
            x=x,
            y=y,
            value=value,
        )
        return f"{place} · {end}" if end else place

    # ---- comparing ----

    @property
    def can_keep(self) -> bool:
        """Whether the run has a path to keep, and a colour is left for the next one."""
        return self.run.steps > 0 and len(self.kept) < MAX_RUNS - 1

    def keep(self) -> None:
        """Keep this run in the picture and start another one like it.

        Raises:
            ValueError: if the run has taken no step, or five runs are kept already.
        """
        if not self.can_keep:
            raise ValueError(
                say("{count} runs are kept: clear them first", count=MAX_RUNS - 1)
                if self.run.steps
                else say("this run has not taken a step yet")
            )
        self.pause()
        self.kept.append(self.run)
        self.reset()

    def clear(self) -> None:
        """Drop the kept runs."""
        self.kept.clear()
        self.on_update()
