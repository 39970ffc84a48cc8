"""Detects whether what a view shows has changed."""

from __future__ import annotations

__all__ = ["ChangeDetector"]


class ChangeDetector:
    """Compares each state key with the one before.

    A state key holds, as plain values, everything that a view shows: views and controllers return
    it from ``state_key()``.

    >>> detector = ChangeDetector()
    >>> detector.changed((1, "conv")), detector.changed((1, "conv")), detector.changed((2, "conv"))
    (True, False, True)
    """

    def __init__(self) -> None:
        self._key: object = self  # unlike any key

    def changed(self, key: object) -> bool:
        """Return whether a key differs from the last one, and remember it."""
        before, self._key = self._key, key
        return bool(before != key)

    def forget(self) -> None:
        """Count any next key as changed."""
        self._key = self
