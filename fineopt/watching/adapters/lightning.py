"""A watch in a training loop of Lightning."""

from __future__ import annotations

from typing import Any

from lightning.pytorch import Callback

from ..registry import watch
from ..watch import Watch
from .accuracy import as_accuracy

__all__ = ["WatchCallback"]


class WatchCallback(Callback):
    """Watches the model of a ``lightning.Trainer`` while it is fitted.

    ``watch`` is the `fineopt.watching.Watch`, from the start of fitting on; it stays readable
    afterwards. Losses are those that ``training_step`` returns. Only rank 0 is watched.

    Args:
        accuracy: the name of a logged metric, from 0 to 1, that is recorded at each epoch's end.
        detach: whether to detach the watch when fitting ends.
        **options: of `fineopt.watch`, such as ``every``.
    """

    def __init__(self, accuracy: str | None = None, *, detach: bool = True, **options: Any) -> None:
        self.watch: Watch | None = None
        self._accuracy, self._detach, self._options = accuracy, detach, options

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Watch the model; optimizers, schedulers and a checkpoint's state are in place."""
        if trainer.is_global_zero:
            schedulers = [config.scheduler for config in trainer.lr_scheduler_configs]
            self.watch = watch(pl_module, trainer.optimizers, schedulers, **self._options)

    def on_train_batch_end(
        self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Tell the loss of the batch, if the optimizer's closure has not."""
        loss = outputs.get("loss") if isinstance(outputs, dict) else outputs
        if self.watch is not None and loss is not None and not pl_module.automatic_optimization:
            self.watch.loss(loss)

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """End the epoch, if it has had a step."""
        if self.watch is not None and self.watch.step_in_epoch:
            value = trainer.callback_metrics.get(self._accuracy)
            self.watch.end_epoch(as_accuracy(value))

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Detach, if that is wanted."""
        if self.watch is not None and self._detach:
            self.watch.detach()

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        """Detach, as fitting ends."""
        self.on_train_end(trainer, pl_module)
