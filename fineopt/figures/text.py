"""What figures write: numbers, tick labels, and names that are cut to the room there is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from fineopt.wording import one_line, short_number

# For every Text: a name with two $ is no formula, and no TeX, whatever the user's settings say.
LITERAL: dict[str, Any] = {"parse_math": False, "usetex": False}
NAME = 24  # letters of a group's name where it stands in a sentence


def number(value: float) -> str:
    """Write a number shortly, with a true minus sign.

    >>> number(0.05), number(-2.0), number(1e30), number(-0.0)
    ('0.05', '−2', '1e+30', '0')
    """
    return short_number(value).replace("-", "−")


def decade(digit: int, power: int) -> str:
    """Write digit times 10 to a power, also beyond the range of floats, where log axes may end.

    >>> decade(1, -2), decade(5, 3), decade(1, 309), decade(1, -324)
    ('0.01', '5000', '1e+309', '1e−324')
    """
    value = float(f"{digit}e{power}")
    return number(value) if 0 < value < math.inf else f"{digit}e{power:+d}".replace("-", "−")


def labels(places: Sequence[float]) -> list[str]:
    """Write tick labels with as many digits as tell neighbours apart.

    >>> labels([-0.01, 0, 0.01]), labels([1.0001, 1.0002]), labels([0, 2e30])
    (['−0.01', '0', '0.01'], ['1.0001', '1.0002'], ['0', '2e+30'])
    """
    largest = max(abs(place) for place in places)
    step = min((b - a for a, b in pairwise(places)), default=largest)
    many = 4 if not step or not largest else max(4, math.ceil(math.log10(largest / step)) + 2)
    return [f"{place + 0.0:.{many}g}".replace("-", "−") for place in places]


def elide(text: str, length: int = NAME) -> str:
    """Write a name on one line, cut to a length, keeping the end, where parameters differ.

    >>> elide('encoder.layers.3.weight', 12)
    '…rs.3.weight'
    """
    text, length = one_line(text), max(length, 1)
    return text if len(text) <= length else "…" + text[len(text) + 1 - length :]


def shorten(names: Sequence[str], length: int) -> list[str]:
    """Shorten names to a length so that they still differ: shared beginnings, then middles go.

    Names that agree in all that is left are numbered.

    >>> shorten(['conv.bias', 'conv.weight'], 12)
    ['conv.bias', 'conv.weight']
    >>> shorten(['encoder.layers.0.weight', 'encoder.layers.1.running.scale'], 12)
    ['…0.weight', '…1.ru….scale']
    >>> shorten(['begins_alike_0_ends_alike', 'begins_alike_1_ends_alike'], 12)
    ['begin…_alike', 'begin…_a (2)']
    """
    names, length = [one_line(name) for name in names], max(length, 5)
    if any(len(name) > length for name in names):
        first, last = min(names), max(names)  # what these two share, all names share
        alike = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), 0)
        if dot := first[:alike].rfind(".") + 1:
            names = ["…" + name[dot:] for name in names]
    tail = length // 2
    short = [n if len(n) <= length else n[: length - tail - 1] + "…" + n[-tail:] for n in names]
    taken: dict[str, int] = {}
    for i, name in enumerate(short):
        count = taken[name] = taken.get(name, 0) + 1
        if count > 1:
            mark = f" ({count})"
            short[i] = name[: max(length - len(mark), 1)] + mark
    return short
