"""Judging one parameter: whether it moves, how far, and why or why not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import Any

from ..language import say
from .causes import CAUSES
from .row import Row
from .subject import Entry, Gradient, Holder, Move, Subject, Unpredictable

__all__ = ["Judged", "judge"]


@dataclass(frozen=True)
class Judged:
    """A row, and what else came to light on the way.

    Args:
        row: for the report.
        after: the fingerprint of the next value, or of this one where no step is known.
        has_memory: whether the optimizer's state advances although the lr is 0.
    """

    row: Row
    after: int
    has_memory: bool = False


def judge(subject: Subject, entry: Entry, gradient: Gradient, known: bool) -> Judged:
    """Judge a parameter.

    Args:
        subject: it belongs to.
        entry: the parameter.
        gradient: what its gradient is like.
        known: whether gradients are in place: then one without is not reached by the loss.
    """
    p = entry.parameter
    holder = entry.holders[0] if entry.holders else None
    if holder is None:
        why = "unoptimized" if entry.attached else "left out"
        return Judged(_row(subject, entry, None, gradient, None, why), subject.fingerprint(p))
    if not known and entry.attached and holder.lr != 0:
        return Judged(_row(subject, entry, holder, gradient, None, "unknown"), 0)
    try:
        if len(entry.holders) > 1:
            both = say(" and ").join(one.label for one in entry.holders)
            raise Unpredictable(
                say("{both} both hold it, and the second begins where the first ends", both=both)
            )
        move = subject.move(p, holder)
    except Unpredictable as reason:
        row = _row(subject, entry, holder, gradient, None, "unpredictable", str(reason))
        return Judged(row, 0)
    rounded = 0
    if gradient.kind == "finite" and holder.lr != 0 and move.moved < prod(subject.shape(p)):
        rounded = subject.rounded(p, holder)
    why = _why_it_moves(subject, entry, holder, gradient)
    if not move.moved:
        why = _why_not(entry, holder, gradient, known, rounded)
    row = replace(_row(subject, entry, holder, gradient, move, why), rounded=rounded)
    # asked only where it matters: it takes as long as the step itself
    has_memory = holder.lr == 0 and subject.has_memory(p, holder)
    return Judged(row, move.fingerprint, has_memory)


def _why_it_moves(subject: Subject, entry: Entry, holder: Holder, gradient: Gradient) -> str:
    if gradient.kind == "None":
        return "other"
    if gradient.kind in ("nan", "inf"):
        return "nonfinite"
    if gradient.kind == "zero":
        decays = holder.settings.get("weight_decay")
        if decays and not subject.move(entry.parameter, holder, weight_decay=0.0).moved:
            return "decay"
        return "momentum"
    return "gradient" if entry.attached else "stale"


def _why_not(entry: Entry, holder: Holder, gradient: Gradient, known: bool, rounded: int) -> str:
    if gradient.kind == "None":
        if not entry.attached:
            return "detached"
        return "unreached" if known else "lr 0"
    if holder.lr == 0:
        return "lr 0"
    return "rounded" if rounded else "zero gradient"


def _row(
    subject: Subject,
    entry: Entry,
    holder: Holder | None,
    gradient: Gradient,
    move: Move | None,
    why: str,
    reason: str = "",
) -> Row:
    p = entry.parameter
    shape = subject.shape(p)
    still = move is None and why in ("unoptimized", "left out")
    ratio: float | None = None
    if move is not None:
        ratio = move.distance / move.norm if move.norm else None if move.distance else 0.0
    known: dict[str, Any] = {
        "moves": False if still else None if move is None else move.moved > 0,
        "moved": 0 if still else None if move is None else move.moved,
        "distance": 0.0 if still else None if move is None else move.distance,
        "ratio": 0.0 if still else ratio,
    }
    words = say(CAUSES[why].sentence)
    if reason:
        words = say("{sentence}: {reason}", sentence=words, reason=reason)
    return Row(
        name=entry.names[0],
        names=entry.names,
        shape=shape,
        size=prod(shape),
        dtype=subject.dtype(p),
        optimizer=None if holder is None else holder.name,
        group=None if holder is None else holder.label,
        lr=None if holder is None else holder.lr,
        settings={} if holder is None else dict(holder.settings),
        attached=entry.attached,
        gradient=gradient.kind,
        gradient_norm=gradient.norm,
        rounded=0,
        age=0 if holder is None else subject.age(p, holder),
        **known,
        why=why,
        words=words,
    )
