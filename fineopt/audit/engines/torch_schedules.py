"""What PyTorch's schedulers will do at their next step, tried on a copy of them."""

from __future__ import annotations

import copy
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

from ...bridge.group_names import group_labels, lr_of

__all__ = ["schedule_findings"]


def schedule_findings(
    schedules: Sequence[Any], names: dict[int, list[str]]
) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Yield (code, group labels, name of the scheduler) of what schedulers do unexpectedly."""
    for schedule in (part for whole in schedules for part in _parts(whole)):
        groups, kind = schedule.optimizer.param_groups, type(schedule).__name__
        labels = group_labels(groups, names)
        lrs = [lr_of(group) for group in groups]
        after = _next_lrs(schedule, lrs)
        if after is None:
            continue
        if len(after) < len(groups):  # which PyTorch 2.13 refuses at the next step
            yield "schedule skips a group", tuple(labels[len(after) :]), kind
        if _flattens(schedule, groups, after):
            yield "schedule flattens the ratio", tuple(labels), kind
        written = [float(lr) for lr in getattr(schedule, "_last_lr", lrs)]
        lost = [
            labels[i]
            for i, (lr, wrote) in enumerate(zip(lrs[: len(after)], written, strict=False))
            if lr != wrote and _is_ignored(schedule, lrs, after, i)
        ]
        yield "schedule overwrites the lr", tuple(lost), kind


def _parts(schedule: Any) -> Iterator[Any]:
    """Yield the schedulers that write at the next step of one that may consist of others."""
    parts = list(getattr(schedule, "_schedulers", ()))
    milestones = getattr(schedule, "_milestones", None)
    if parts and milestones is not None:  # one at a time
        parts = parts[bisect_right(milestones, schedule.last_epoch + 1) :][:1]
    if not parts:
        yield schedule
    for part in parts:
        yield from _parts(part)


def _next_lrs(schedule: Any, lrs: Sequence[float]) -> list[float] | None:
    """Return what a scheduler's next step makes of learning rates; None if only its step knows."""
    trial = copy.copy(schedule)
    for key, value in vars(schedule).items():
        if isinstance(value, list | dict):
            setattr(trial, key, copy.copy(value))
    groups = [
        {**{k: v for k, v in group.items() if k != "params"}, "lr": lr}
        for group, lr in zip(schedule.optimizer.param_groups, lrs, strict=True)
    ]
    trial.optimizer = SimpleNamespace(
        param_groups=groups, defaults=dict(getattr(schedule.optimizer, "defaults", {}))
    )
    trial._get_lr_called_within_step = True  # else it warns
    try:
        trial.last_epoch += 1
        trial._step_count = getattr(trial, "_step_count", 1) + 1
        return [float(lr) for lr in trial.get_lr()]
    except ValueError as error:  # of zip(strict=True), where a group has no base lr
        known = len(getattr(schedule, "base_lrs", lrs))
        return list(lrs[:known]) if known < len(lrs) and "zip()" in str(error) else None
    except Exception:  # ReduceLROnPlateau has no get_lr; the user's own may need more than this
        return None


def _is_ignored(schedule: Any, lrs: Sequence[float], after: Sequence[float], index: int) -> bool:
    """Whether a group's next lr is the same whatever it is now: then one set by hand is lost."""
    other = [lr if i != index else 2 * lr + 1 for i, lr in enumerate(lrs)]
    changed = _next_lrs(schedule, other)
    return changed is not None and changed[index] == after[index] != lrs[index]


def _flattens(schedule: Any, groups: list[dict[str, Any]], after: Sequence[float]) -> bool:
    """Whether groups that began with different learning rates get the same."""
    if len(groups) < 2 or len(after) < len(groups):
        return False
    peaks = {float(group["max_lr"]) for group in groups if "max_lr" in group}
    bases = {float(lr) for lr in getattr(schedule, "base_lrs", ())}
    one_peak = len(peaks) == 1 and len(bases) <= 1  # OneCycleLR overwrites what they began with
    return one_peak or (len(bases) > 1 and len(set(after)) == 1 and after[0] > 0)
