"""Contexts in which a schedule computes: another epoch, and changes that an error undoes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from ...atomic import commit

__all__ = ["at_epoch", "restored_on_error"]


@contextmanager
def at_epoch(schedule: Any, epoch: int) -> Iterator[None]:
    """Set the epoch of a schedule for the length of a block."""
    before = schedule.current_epoch
    schedule.current_epoch = epoch
    try:
        yield
    finally:
        schedule.current_epoch = before


@contextmanager
def restored_on_error(*dicts: dict[str, Any]) -> Iterator[None]:
    """Restore the content of dicts if the block raises.

    >>> group = {"lr": 0.1}
    >>> with restored_on_error(group):
    ...     group["lr"] = 0.2
    ...     raise ValueError("at epoch 3")
    Traceback (most recent call last):
        ...
    ValueError: at epoch 3
    >>> group
    {'lr': 0.1}
    """
    before = [dict(live) for live in dicts]
    try:
        yield
    except BaseException:
        for live, kept in zip(dicts, before, strict=True):
            commit([partial(live.clear), partial(live.update, kept)])
        raise
