"""A watch in a training loop of Hugging Face's transformers."""

from __future__ import annotations

from typing import Any

from transformers import TrainerCallback

from ..registry import watch
from ..watch import Watch
from .accuracy import as_accuracy

__all__ = ["WatchCallback"]


class WatchCallback(TrainerCallback):
    """Watches the model of a ``transformers.Trainer`` while it trains.

    ``watch`` is the `fineopt.watching.Watch`, from the start of training on; it stays readable
    afterwards. Losses are those that the Trainer logs: set ``logging_steps=1`` for one at each
    step. Only the main process is watched.

    Args:
        accuracy: the name of a metric of the evaluation, such as ``"eval_accuracy"``, that is
            recorded at the end of each epoch. It is known only if the evaluation comes first: give
            ``eval_strategy="epoch"``; an epoch ends when the next begins.
        detach: whether to detach the watch when training ends.
        **options: of `fineopt.watch`, such as ``every``.
    """

    def __init__(self, accuracy: str | None = None, *, detach: bool = True, **options: Any) -> None:
        self.watch: Watch | None = None
        self._accuracy, self._detach, self._options = accuracy, detach, options
        self._value: float | None = None  # of the newest evaluation

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Watch the model."""
        if state.is_world_process_zero:
            schedule = kwargs.get("lr_scheduler")
            schedulers = [] if schedule is None else [schedule]
            given = kwargs["model"], kwargs["optimizer"], schedulers
            self.watch = watch(*given, **self._options)

    def on_log(
        self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any
    ) -> None:
        """Tell a loss that was logged."""
        if self.watch is not None and logs and "loss" in logs and state.global_step:
            self.watch.loss(float(logs["loss"]))

    def on_evaluate(
        self, args: Any, state: Any, control: Any, metrics: dict[str, Any] | None = None, **_: Any
    ) -> None:
        """Note the accuracy of an evaluation."""
        value = (metrics or {}).get(self._accuracy or "")
        self._value = as_accuracy(value)

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """End the epoch before, after its evaluation."""
        self._end()

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """End the last epoch, and detach if that is wanted."""
        self._end()
        if self.watch is not None and self._detach:
            self.watch.detach()

    def _end(self) -> None:
        if self.watch is not None and self.watch.step_in_epoch:
            self.watch.end_epoch(self._value)
        self._value = None
