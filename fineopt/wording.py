"""Formatting of numbers and names in messages, panels and figures."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

__all__ = ["fitting", "join_names", "one_line", "pad", "short_number", "width"]

MAX_NAMES = 20
JOINERS = "\u200c\u200d"  # zero-width, but part of the spelling of some scripts and emoji


def short_number(value: float) -> str:
    """Format a number with at most four significant digits.

    >>> [short_number(x) for x in (0.05, 1 / 3, -0.0, 1.7e308, 5e-324)]
    ['0.05', '0.3333', '0', '1.7e+308', '5e-324']
    """
    value = float(value) + 0.0  # turns -0 into 0
    short = f"{value:.4g}"
    # Subnormal floats have less than four digits of precision: repr prints no more than they have.
    return min(short, repr(value), key=len) if abs(value) < sys.float_info.min else short


@lru_cache(maxsize=4096)
def one_line(name: str) -> str:
    r"""Format a name on one line: escape unprintable characters, quote a name that is blank.

    >>> one_line("fc1.weight"), one_line("a\nb"), one_line("")
    ('fc1.weight', 'a\\nb', "''")
    """
    shown = "".join(
        c if c.isprintable() or c in JOINERS else c.encode("unicode_escape").decode() for c in name
    )
    visible = any(unicodedata.category(c)[0] not in "MZC" for c in shown)
    return shown if visible else f"'{shown}'"


def join_names(
    names: Sequence[str], most: int = MAX_NAMES, length: int | None = None, between: str = ", "
) -> str:
    """Join names, and count those that do not fit.

    Args:
        names: such as the names of param groups.
        most: maximum number of names.
        length: maximum length in characters, without the count; the first name is always included.
        between: separator.

    >>> join_names(["conv", "fc"]), join_names(["conv", "fc", "head"], most=1)
    ('conv, fc', 'conv and 2 more')
    >>> join_names(["conv", "fc", "head"], length=8)
    'conv, fc and 1 more'
    """
    shown = fitting(names, most, length, between)
    more = len(names) - len(shown)
    return between.join(shown) + (f" and {more:,} more" if more else "")


def fitting(names: Sequence[str], most: int, length: int | None, between: str) -> list[str]:
    """Return the first names, each on one line, that fit; see `join_names`.

    >>> fitting(["conv", "fc", "head"], 20, 8, ", ")
    ['conv', 'fc']
    """
    shown: list[str] = []
    taken = 0
    for name in map(one_line, names[:most]):
        taken += len(name) + len(between) * bool(shown)
        if shown and length is not None and taken > length:
            break
        shown.append(name)
    return shown


def width(text: str) -> int:
    """Return the columns that a text takes in a fixed-width font: a Chinese character takes two.

    >>> width("lr"), width("参数")
    (2, 4)
    """
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def pad(text: str, columns: int) -> str:
    """Fill a text up with spaces to so many columns.

    >>> pad("参数", 6) + "|"
    '参数  |'
    """
    return text + " " * max(0, columns - width(text))
