"""Comparing the gradients in place with those of a mini-batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..language import say
from .row import Finding
from .subject import Entry, Subject

__all__ = ["compare_gradients"]

TOLERANCE = 1e-3  # relative; other thread counts and kernels add in another order


def compare_gradients(
    subject: Subject, entries: Sequence[Entry], batch: tuple[Any, Any]
) -> list[Finding]:
    """Say which gradients in place are not the batch's, and which are a multiple of it.

    With dropout the gradients of one batch differ each time, so none can be compared.
    """
    before = [subject.gradient_array(entry.parameter) for entry in entries]
    with subject.gradients_of(batch):
        fresh = [subject.gradient_array(entry.parameter) for entry in entries]
    multiples: dict[int, list[str]] = {}
    foreign: list[str] = []
    for entry, old, new in zip(entries, before, fresh, strict=True):
        if old is None or new is None or not np.isfinite(old).all() or not new.any():
            continue
        old, new = old.astype(np.float64).ravel(), new.astype(np.float64).ravel()
        factor = float(old @ new / (new @ new))
        close = float(np.linalg.norm(old - factor * new)) <= TOLERANCE * float(np.linalg.norm(old))
        times = round(factor)
        if not close or abs(factor - times) > TOLERANCE * abs(factor):
            foreign.append(entry.names[0])
        elif times != 1:
            multiples.setdefault(times, []).append(entry.names[0])
    found = [
        Finding(
            "accumulated gradients", tuple(names), say("{times} times this batch's", times=times)
        )
        for times, names in multiples.items()
    ]
    return found + ([Finding("gradient of another batch", tuple(foreign))] if foreign else [])
