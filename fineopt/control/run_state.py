"""What there is to say of a run: where it stands, how well, how fast, how long still."""

from __future__ import annotations

from ..training.trainer import Trainer
from .trainer_run import player_of

__all__ = ["RunState"]


class RunState:
    """Says in words and numbers how a trainer's run is getting on.

    Args:
        trainer: whose run.
    """

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer
        self.player = player_of(trainer)

    @property
    def playing(self) -> bool:
        """Whether it trains by itself now."""
        return self.player.playing

    @property
    def ms_per_step(self) -> float | None:
        """How long a step takes, over the last 20 or so; None before the first."""
        return self.player.ms_per_step

    @property
    def speed(self) -> float | None:
        """The most steps in a second while it plays; None for as many as it can.

        Raises:
            ValueError: when set to what is not above 0.
        """
        return self.player.pace.speed

    @speed.setter
    def speed(self, speed: float | None) -> None:
        self.player.pace.speed = speed

    def progress(self) -> tuple[int, int | None]:
        """Return the steps done in this epoch, and how many it has, if that is known."""
        return self.trainer.step_in_epoch, self.trainer.steps_per_epoch

    def place(self) -> str:
        """Say in words where the run stands."""
        step, steps = self.progress()
        of = f" of {steps}" if steps else ""
        return f"epoch {self.trainer.epoch + 1}, step {step}{of}"

    def seconds_left(self) -> float | None:
        """How long it goes on playing, to the end of the epoch or of all it was told to play.

        None while that is not known, or it does not play.
        """
        step, steps = self.progress()
        pace, until = self.player.pace.seconds, self.player.run.until
        if not self.playing or pace is None or steps is None:
            return None
        more = 0 if until is None else max(0, until - self.trainer.epoch - 1)
        return (steps - step + more * steps) * pace

    def status(self) -> list[tuple[str, str]]:
        """Return pairs of words and numbers: loss, accuracy, ms per step, as far as known."""
        record = self.trainer.record
        pairs = []
        if record.steps:
            recent = record.loss[-20:]
            pairs.append(("loss", f"{recent.mean():.3f}"))
        if record.epochs and record.epoch_accuracy[-1] is not None:
            pairs.append(("test digits", f"{record.epoch_accuracy[-1]:.1%}"))
        if self.ms_per_step is not None:
            pairs.append(("a step takes", f"{self.ms_per_step:.1f} ms"))
        left = self.seconds_left()
        if left is not None and left >= 2:
            what = "to the epoch's end" if self.player.run.until is None else "to go"
            pairs.append((what, f"about {_duration(left)}"))
        return pairs


def _duration(seconds: float) -> str:
    """Say a time in the unit that one reads at a glance."""
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
