"""The random streams that a run may draw from: fineopt's own, NumPy's and Python's."""

from __future__ import annotations

import random as python
from collections.abc import Mapping
from typing import Any

import numpy as np

from ... import random

__all__ = ["check_streams", "get_streams", "set_streams"]


def get_streams() -> dict[str, Any]:
    """Return the states of all global streams.

    fineopt's own serves initialisers, dropout and samplers without a seed; a transform or a loss of
    one's own may draw from NumPy's or Python's.

    >>> states = get_streams()
    >>> first = np.random.uniform(), python.random()
    >>> set_streams(states)
    >>> (np.random.uniform(), python.random()) == first
    True
    """
    version, words, gauss = python.getstate()
    return {
        "fineopt": random.get_state(),
        "numpy": random.state_of(np.random) if _is_twister() else None,  # type: ignore[arg-type]
        "python": {"version": version, "words": np.array(words, np.uint32), "gauss": gauss},
    }


def set_streams(states: Mapping[str, Any]) -> None:
    """Restore what :func:`get_streams` returned.

    Raises:
        ValueError: if a state is invalid; nothing is changed.
    """
    _, numpys, pythons = check_streams(states)
    random.set_state(states["fineopt"])
    if numpys is not None and _is_twister():
        np.random.set_state(numpys)
    python.setstate(pythons)


def check_streams(states: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    """Return the states in the form that each stream takes.

    Raises:
        ValueError: if one is invalid.
    """
    own, numpys = random.check_state(states["fineopt"]), states["numpy"]
    numpys = None if numpys is None else random.check_state(numpys)
    saved = states["python"]
    pythons = saved["version"], tuple(map(int, saved["words"])), saved["gauss"]
    try:
        python.Random().setstate(pythons)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"the state of Python's random stream is damaged: {error}") from None
    return own, numpys, pythons


def _is_twister() -> bool:
    """Return whether NumPy's global stream is the usual one: another can be put in its place."""
    return bool(np.random.get_state(legacy=False)["bit_generator"] == "MT19937")
