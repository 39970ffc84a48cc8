"""What an audit predicts: how far the next step moves each parameter, relative to its norm."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from fineopt.wording import one_line

from ...language import say
from ..scales import decade
from ..scene import Axis, Chart, Mark, dots, line, linear_axis, table
from ..text import format_number, shorten

__all__ = ["AuditRow", "audit_chart", "describe_audit"]

ROWS = 32  # parameters at most
NAME = 20  # characters of a name
WORDS, LEAST = 44, 20  # characters of the reason why a parameter does not move, and where narrow
EMPTY = -4, -2  # powers of ten of the axis where nothing moves


class AuditRow(Protocol):
    """A parameter, as `fineopt.audit.Row` describes it."""

    @property
    def name(self) -> str:
        """The parameter's name."""

    @property
    def group(self) -> str | None:
        """The label of its group; None if there is none."""

    @property
    def moves(self) -> bool | None:
        """Whether any bit of it changes; None if that is unknown."""

    @property
    def ratio(self) -> float | None:
        """The norm of the change over that of the parameter; None if that is unknown."""

    @property
    def words(self) -> str:
        """Why it moves, or does not, as a sentence."""


def audit_chart(rows: Sequence[AuditRow], groups: Sequence[str] | None = None) -> Chart:
    """Return a row for each parameter, with a dot at its update ratio on a log axis.

    A ring at 0 is a parameter that stays to the bit; the reason stands beside it.

    Args:
        rows: of the audit's report; of more than 32, the first 32 are shown.
        groups: the labels of the groups, in the order of their colours; as they come if None.

    >>> from types import SimpleNamespace
    >>> moving = SimpleNamespace(name="w", group="all", moves=True, ratio=0.01, words="it moves")
    >>> chart = audit_chart([moving])
    >>> chart["x"]["labels"], chart["tips"]
    (['0', '0.01', '0.1'], [['w', 'update ratio 0.01: it moves']])
    """
    shown, total = rows[:ROWS], len(rows)
    labels = groups or list(dict.fromkeys(row.group for row in rows if row.group is not None))
    colours = [None if row.group not in labels else labels.index(row.group) for row in shown]
    ratios = [_ratio(row) for row in shown]
    known = [ratio for ratio in ratios if ratio is not None and ratio > 0]
    x = _axis(known)
    nowhere = x["ticks"][0]  # the place of 0
    beside = nowhere + 0.03 * (x["high"] - x["low"])
    with np.errstate(all="ignore"):
        at = [nowhere if not ratio else math.log10(ratio) for ratio in ratios]
    heights = [float(len(shown) - 1 - i) for i in range(len(shown))]
    tables = {"t": table(at, heights)}
    marks: list[Mark] = []
    words = []
    for i, (row, ratio, group) in enumerate(zip(shown, ratios, colours, strict=True)):
        if ratio:
            tables[f"s{i}"] = table([nowhere, at[i]], [heights[i]] * 2)
            marks.append(line(1, table=f"s{i}", group=group, tone=0.55, width=3.0))
        fill = "own" if ratio else "ground"
        if ratio is not None:
            marks.append(dots("t", group=group, size=8.0, fill=fill, rows=[i, i + 1]))
        if not ratio:
            reason = one_line(row.words)
            place = {"x": beside, "y": heights[i], "group": group}
            words.append({**place, "text": _cut(reason, WORDS), "least": _cut(reason, LEAST)})
    title = say(
        "Update ratio at the next step"
        if total <= ROWS
        else "Update ratio at the next step, {shown} of {total} parameters",
        shown=len(shown),
        total=total,
    )
    return {
        "kind": "xy",
        "title": title,
        "hint": "" if shown else say("no parameters"),
        "alt": describe_audit(rows),
        "x": x,
        "y": _rows(shorten([row.name for row in shown], NAME), heights),
        "verticals": [],
        "words": words,
        "columns": [],
        "tips": [_tip(row, ratio) for row, ratio in zip(shown, ratios, strict=True)],
        "marks": marks,
        "tables": tables,
    }


def describe_audit(rows: Sequence[AuditRow]) -> str:
    """Describe which parameters the next step moves, and by how much.

    >>> describe_audit([])
    'The next step moves 0 of 0 parameters.'
    """
    moving = [row for row in rows if row.moves]
    known = [ratio for row in moving if (ratio := _ratio(row))]
    if not known:
        return say(
            "The next step moves {count} of {total} parameters.", count=len(moving), total=len(rows)
        )
    return say(
        "The next step moves {count} of {total} parameters, by update ratios from {least} to "
        "{greatest}.",
        count=len(moving),
        total=len(rows),
        least=format_number(min(known)),
        greatest=format_number(max(known)),
    )


def _ratio(row: AuditRow) -> float | None:
    """Return the ratio; 0 of a parameter that stays, and None where it is not a number."""
    if row.moves is False:
        return 0.0
    ratio = row.ratio
    return ratio if ratio is not None and 0 < ratio < math.inf else None


def _axis(ratios: Sequence[float]) -> Axis:
    """Return an axis of powers of ten, with a place for 0 at the left."""
    least, greatest = (min(ratios), max(ratios)) if ratios else (10.0**p for p in EMPTY)
    low = math.floor(math.log10(least) + 1e-9)
    high = max(math.ceil(math.log10(greatest) - 1e-9), low + 1)
    zero = low - 0.16 * (high - low)
    powers = range(low, high + 1, -(-(high - low) // 6))
    axis = linear_axis(0.0, 1.0, label=say("‖update‖ / ‖parameter‖, a ring at 0: it stays"))
    return {
        **axis,
        "low": zero - 0.04 * (high - low),
        "high": high + 0.04 * (high - low),
        "ticks": [zero, *map(float, powers)],
        "labels": ["0", *(decade(1, power) for power in powers)],
    }


def _rows(names: Sequence[str], heights: Sequence[float]) -> Axis:
    """Return an axis with a name at each height."""
    axis = linear_axis(0.0, 1.0, bare=True)
    high = max(len(names), 1) - 0.4
    return {**axis, "low": -0.6, "high": high, "ticks": list(heights), "labels": list(names)}


def _tip(row: AuditRow, ratio: float | None) -> list[str]:
    """Return what the pointer says of a parameter, in lines."""
    words = one_line(row.words)
    if ratio:
        words = say("update ratio {ratio}: {words}", ratio=format_number(ratio), words=words)
    return [one_line(row.name), words]


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
