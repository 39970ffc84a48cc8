"""What is said of one parameter, and what is worth knowing of all together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..language import list_names, say
from .causes import FINDINGS

__all__ = ["Finding", "Row"]


@dataclass(frozen=True)
class Row:
    """What the next step does to one parameter.

    Args:
        name: the first of its names.
        names: all of them; a tied parameter has more than one.
        shape: of the parameter.
        size: how many numbers it has.
        dtype: of its numbers.
        optimizer: the class that moves it; None if there is none.
        group: the label of its group; None if there is none.
        lr: its group's learning rate; None if there is none.
        settings: the group's other hyperparameters.
        attached: whether gradients are computed for it.
        gradient: ``'None'``, ``'zero'``, ``'finite'``, ``'nan'`` or ``'inf'``.
        gradient_norm: the L2 norm; None without a gradient.
        age: how many steps its optimizer has taken with it.
        moves: whether any bit of it changes; None if that is unknown.
        moved: how many of its numbers change; None if that is unknown.
        rounded: how many of its numbers stay the same although their update is not 0: it is lost
            to rounding.
        distance: the L2 norm of the change, computed in float64; None if that is unknown.
        ratio: distance / norm of the parameter; None if that is unknown or the norm is 0.
        why: a key of `CAUSES`.
        words: the same as a sentence.
    """

    name: str
    names: tuple[str, ...]
    shape: tuple[int, ...]
    size: int
    dtype: str
    optimizer: str | None
    group: str | None
    lr: float | None
    settings: Mapping[str, Any]
    attached: bool
    gradient: str
    gradient_norm: float | None
    age: int
    moves: bool | None
    moved: int | None
    rounded: int
    distance: float | None
    ratio: float | None
    why: str
    words: str


@dataclass(frozen=True)
class Finding:
    """Something that may not be intended.

    Args:
        code: a key of `FINDINGS`.
        names: of the parameters, groups or layers concerned.
        detail: what is known beyond the sentence of the code.
    """

    code: str
    names: tuple[str, ...]
    detail: str = ""

    @property
    def words(self) -> str:
        """What is the case, and where."""
        words = say(FINDINGS[self.code].sentence)
        if self.names:
            words = say("{sentence}: {names}", sentence=words, names=list_names(self.names))
        return say("{words} ({detail})", words=words, detail=self.detail) if self.detail else words

    @property
    def remedy(self) -> str:
        """What to do if it is not intended."""
        remedy = FINDINGS[self.code].remedy
        return say(remedy) if remedy else ""
