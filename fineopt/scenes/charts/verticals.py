"""Vertical marks where the learning rate or the optimizer of a group changed."""

from __future__ import annotations

from typing import Any

from ..lr_changes import mark_text
from ..summary import Summary

__all__ = ["verticals"]

WORDED = 5  # the newest changes have text


def verticals(summary: Summary, shown: bool = True, worded: bool = True) -> list[dict[str, Any]]:
    """Return a mark for each change, the newest with text; none if they are not ``shown``."""
    changes = summary.lr_changes if shown else []
    if not changes:
        return []
    places = summary.x([change.at for change in changes]).tolist()
    record, first = summary.record, len(changes) - WORDED * worded
    return [
        {
            "x": x,
            "group": change.group,
            "text": mark_text(record.groups[change.group], change, record.steps_per_epoch)
            if worded and i >= first
            else "",
        }
        for i, (change, x) in enumerate(zip(changes, places, strict=True))
    ]
