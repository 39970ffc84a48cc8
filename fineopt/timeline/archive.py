"""The file of a timeline."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ..training import Trainer
from .places import Place

__all__ = ["read_timeline", "write_timeline"]


def write_timeline(
    path: str | os.PathLike[str], trainer: Trainer, place: Place, settings: Mapping[str, Any]
) -> None:
    """Write a timeline."""
    raise NotImplementedError


def read_timeline(path: str | os.PathLike[str], trainer: Trainer) -> tuple[dict[str, Any], Place]:
    """Read a timeline."""
    raise NotImplementedError
