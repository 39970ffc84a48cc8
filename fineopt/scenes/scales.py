"""Axis limits, ticks, and tick labels.

Limits are round numbers that change rarely while a run grows, so that axes stay still.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from itertools import pairwise

from .text import format_number

# The range of a linear axis: matplotlib treats a span below 2e-287 as empty, and differences and
# sums of numbers beyond LARGEST overflow. Numbers below LEAST are drawn as 0.
LEAST, LARGEST = 1e-280, 1e300
MARKED = 25  # marks on a path before every other one is omitted


def ceiling(value: float) -> float:
    """Round up to 1, 1.5, 2, 3, 4, 6 or 8 times a power of ten, at most to the largest float.

    An axis that ends at such a number grows in few, large steps.

    >>> [ceiling(x) for x in (0.9, 1.0, 2.65, 62, 0.012)]
    [1.0, 1.0, 3.0, 80.0, 0.015]
    """
    power = math.floor(math.log10(value))
    for digit in (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0):
        step = float(f"{digit}e{power}")
        if step >= value * (1 - 1e-9):
            return min(step, sys.float_info.max)
    raise AssertionError("10 to the next power is never below the value")


def ticks(low: float, high: float, about: int = 4) -> list[float]:
    """Return round numbers from low to high, with about `about` intervals.

    >>> ticks(0, 6), ticks(0, 3), ticks(-0.02, 0.01)
    ([0.0, 2.0, 4.0, 6.0], [0.0, 1.0, 2.0, 3.0], [-0.02, -0.01, 0.0, 0.01])
    """
    digit, power = _step(low, high, about)
    step = float(f"{digit}e{power}")
    first, last = math.ceil(low / step - 1e-6), math.floor(high / step + 1e-6)
    # From decimals, since multiples of a step have rounding errors.
    return [float(f"{i * digit}e{power}") for i in range(first, last + 1)]


def outward(low: float, high: float, about: int = 4) -> tuple[float, float]:
    """Return the round numbers below and above, at the interval of `ticks`.

    >>> outward(-0.3, 1.2), outward(0.1, 0.3)
    ((-0.5, 1.5), (0.1, 0.3))
    """
    digit, power = _step(low, high, about)
    step = float(f"{digit}e{power}")
    first, last = math.floor(low / step + 1e-6), math.ceil(high / step - 1e-6)
    return float(f"{first * digit}e{power}"), float(f"{last * digit}e{power}")


def _step(low: float, high: float, about: int) -> tuple[int, int]:
    """Return the digit and the power of ten of a round interval."""
    raw = (high - low) / about
    power = math.floor(math.log10(raw))
    return min((1, 2, 5, 10), key=lambda d: abs(math.log(d * 10.0**power / raw))), power


def labels(places: Sequence[float]) -> list[str]:
    """Return tick labels with enough digits to distinguish neighbouring ticks.

    >>> labels([-0.01, 0, 0.01]), labels([1.0001, 1.0002]), labels([0, 2e30])
    (['−0.01', '0', '0.01'], ['1.0001', '1.0002'], ['0', '2e+30'])
    """
    largest = max(abs(place) for place in places)
    step = min((b - a for a, b in pairwise(places)), default=largest)
    many = 4 if not step or not largest else max(4, math.ceil(math.log10(largest / step)) + 2)
    return [f"{place + 0.0:.{many}g}".replace("-", "−") for place in places]


def decade(digit: int, power: int) -> str:
    """Format a digit times a power of 10, also outside the range of floats.

    A log axis of extreme numbers may end at such a power.

    >>> decade(1, -2), decade(5, 3), decade(1, 309), decade(1, -324)
    ('0.01', '5000', '1e+309', '1e−324')
    """
    value = float(f"{digit}e{power}")
    return format_number(value) if 0 < value < math.inf else f"{digit}e{power:+d}".replace("-", "−")


def mark_interval(steps: int) -> int:
    """Return the interval in steps between the marks on a path.

    The interval is a power of 2, so that marks stay in place as the path grows.

    >>> mark_interval(20), mark_interval(26), mark_interval(200)
    (1, 2, 8)
    """
    return 1 if steps <= MARKED else 2 ** math.ceil(math.log2(steps / MARKED))
