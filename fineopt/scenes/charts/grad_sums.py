"""The sum of each parameter's gradient, for each epoch, as a table of numbers.

A cell holds the number itself. Its hue, which no group has, is its sign; its strength is its size
on a symmetric log scale, so that 0.02 and 300 are both seen. A faint cell had an lr of 0: the
parameter did not move although it had a gradient. *None* means that no gradient was computed. A sum
within its rounding error is shown as 0, since its sign is meaningless.
"""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import pairwise
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from fineopt.recorder.rounding import settle

from ...language import say
from ..scales import ceiling
from ..scene import Chart, table, window
from ..summary import Summary
from ..text import format_number, shorten
from ..views import check_parameter

__all__ = ["ROWS", "Which", "cell_number", "grad_chart"]

COLUMNS, ROWS = 24, 32  # the maximum number of epochs and of parameters shown
NAME = 19  # characters of a parameter's name
DECADES = 3.0  # of sizes that are told apart; smaller ones are as pale as 0
Which = Literal["epoch", "last"]


def grad_chart(summary: Summary, which: Which = "epoch", watch: str | None = None) -> Chart:
    """Return gradient sums: one row per parameter, one column per epoch.

    Keys beside those of every chart: ``rows`` (names), ``short`` (shortened), ``groups``,
    ``numbers`` (text of each cell, by epoch), ``faint`` (whether the lr was 0), ``watched``. The
    table has the epoch, then a tone between -1 and 1 for each row; NaN for a cell without a hue.

    Raises:
        ValueError: if ``which`` is neither ``'epoch'`` nor ``'last'``.
        KeyError: if ``watch`` is unknown.
    """
    if which not in get_args(Which):
        raise ValueError(f"which must be 'epoch' or 'last', got {which!r}")
    record = summary.record
    if watch is not None:
        check_parameter(record, watch)
    names = list(record.parameters)
    rows = window(names, watch, ROWS)
    shown = names[rows]
    first = max(0, record.epochs - COLUMNS)
    largest = ceiling(summary.largest_sum(which) or 1.0)
    sums, had = record.grad_sums(which)
    sums = settle(sums[first:, rows], record.grad_sum_errors(which)[first:, rows])
    had = had[first:, rows]
    title = say("Grad sum per epoch" if which == "epoch" else "Last batch's grad sum")
    if len(shown) < len(names):
        title = say("{title}, {shown} of {total}", title=title, shown=len(shown), total=len(names))
    up_to = format_number(largest)
    return {
        "kind": "cells",
        "title": title,
        "hint": ""
        if record.epochs
        else say("one number per parameter and epoch\n(None: no gradient)"),
        "alt": say(
            "Gradient sums of {count} parameters in {epochs} epochs, up to {largest}.",
            count=len(shown),
            epochs=record.epochs,
            largest=up_to,
        ),
        "note": say("epoch; up to {largest}" if record.epochs else "epoch", largest=up_to),
        "legend": [
            {"text": say("positive"), "shape": "cell", "tone": 0.8},
            {"text": say("negative"), "shape": "cell", "tone": -0.8},
            {"text": say("faint: lr 0"), "shape": ""},
        ],
        "rows": shown,
        "short": shorten(shown, NAME),
        "groups": [record.parameters[name] for name in shown],
        "watched": watch,
        "numbers": [
            [cell_number(float(v)) if h else "None" for v, h in zip(*row, strict=True)]
            for row in zip(sums, had, strict=True)
        ],
        "faint": (~_had_lr(summary, which, first, shown)).tolist(),
        "tables": {"t": table(np.arange(first, record.epochs) + 1, *_tones(sums, had, largest).T)},
    }


def _tones(
    sums: NDArray[np.float64], had: NDArray[np.bool_], largest: float
) -> NDArray[np.float64]:
    with np.errstate(all="ignore"):
        size = np.abs(sums) / largest
        strength = np.clip(1 + np.log10(np.maximum(size, 1e-9)) / DECADES, 0.06, 1)
        tone = np.sign(sums) * np.where(np.isinf(sums), 1.0, strength)
    return np.where(had & (sums != 0), tone, np.nan)


@lru_cache(maxsize=4096)  # a table of ten epochs has one that is new
def cell_number(value: float) -> str:
    """Return a number in at most six letters, with a true minus sign.

    >>> [cell_number(x) for x in (0.0, -41.53, 0.0231, 1234.0, -7.1e-8, float("-inf"), 300.2)]
    ['0', '−41.5', '0.023', '1234', '−7e−8', '−∞', '300']
    """
    if not math.isfinite(value):
        return "NaN" if value != value else "∞" if value > 0 else "−∞"
    size = abs(value)
    if size == 0:
        return "0"
    if 0.001 <= size < 9999.5:
        text = f"{value:.0f}" if size >= 99.95 else f"{value:.3g}" if size >= 1 else f"{value:.2g}"
    else:
        mantissa, power = f"{value:.0e}".split("e")
        text = f"{mantissa}e{int(power)}"
    return text.replace("-", "−")


def _had_lr(summary: Summary, which: Which, first: int, names: list[str]) -> NDArray[np.bool_]:
    """Return whether each lr was nonzero in each shown epoch, of shape (epochs, rows)."""
    record = summary.record
    groups = [record.parameters[name] for name in names]
    begin = int(record.epoch_ends[first - 1]) if first else 0
    ends = [begin, *record.epoch_ends[first:].tolist()]
    had_lr = np.zeros((record.epochs - first, len(groups)), bool)
    for row, (before, end) in enumerate(pairwise(ends)):
        rates = record.lr[before if which == "epoch" else end - 1 : end]
        on = ((rates != 0) & ~np.isnan(rates)).any(axis=0)
        had_lr[row] = [group is not None and on[group] for group in groups]
    return had_lr
