"""A watch on what Hugging Face's Accelerate has prepared."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..registry import watch
from ..watch import Watch

__all__ = ["watch_prepared"]


def watch_prepared(
    accelerator: Any, model: Any, optimizer: Any, schedulers: Iterable[Any] = (), **options: Any
) -> Watch | None:
    """Watch a model and optimizers that ``accelerator.prepare`` has returned.

    Their wrappers are looked into, also those of schedulers. A step that is skipped because of
    infinite gradients is no step, and one that only accumulates gradients is none either.

    Args:
        accelerator: an ``accelerate.Accelerator``.
        model: the prepared model.
        optimizer: the prepared optimizer, or a list of several.
        schedulers: the prepared schedulers, or one.
        **options: of `fineopt.watch`, such as ``every``.

    Returns:
        The Watch, or None on other processes than the main one.

    Raises:
        TypeError, ValueError: as `fineopt.watch`.
    """
    if not accelerator.is_main_process:
        return None
    given = [schedulers] if hasattr(schedulers, "state_dict") else list(schedulers)
    inner = [getattr(schedule, "scheduler", schedule) for schedule in given]
    options.setdefault("scaler", accelerator.scaler)
    return watch(accelerator.unwrap_model(model), optimizer, inner, **options)
