"""Text in figures: numbers, and names shortened to the space available."""

from __future__ import annotations

from collections.abc import Sequence

from fineopt.wording import one_line, short_number

from ..language import say

NAME = 24  # characters of a group's name within a sentence


def format_number(value: float) -> str:
    """Format a number with at most four significant digits and a true minus sign.

    >>> format_number(0.05), format_number(-2.0), format_number(1e30), format_number(-0.0)
    ('0.05', '−2', '1e+30', '0')
    """
    return short_number(value).replace("-", "−")


def count_steps(count: int) -> str:
    """Return a number of steps in words.

    >>> count_steps(1), count_steps(1200)
    ('1 step', '1,200 steps')
    """
    return say("1 step" if count == 1 else "{count:,} steps", count=count)


def count_elements(shown: int, size: int) -> str:
    """Return how many of a parameter's elements are shown, for the end of a title.

    >>> count_elements(16, 2400), count_elements(6, 6), count_elements(0, 0)
    (' (16 of 2,400)', ' (6 elements)', ' (0 elements)')
    """
    return say(
        " ({shown} of {size:,})" if shown < size else " ({size} elements)", shown=shown, size=size
    )


def elide(text: str, length: int = NAME) -> str:
    """Shorten a name to a length on one line, keeping its end, where parameter names differ.

    >>> elide('encoder.layers.3.weight', 12)
    '…rs.3.weight'
    """
    text, length = one_line(text), max(length, 1)
    return text if len(text) <= length else "…" + text[len(text) + 1 - length :]


def shorten(names: Sequence[str], length: int) -> list[str]:
    """Shorten names to a length, keeping them distinct.

    A shared prefix is removed first, then the middle of each name. Names that become equal are
    numbered.

    >>> shorten(['conv.bias', 'conv.weight'], 12)
    ['conv.bias', 'conv.weight']
    >>> shorten(['encoder.layers.0.weight', 'encoder.layers.1.running.scale'], 12)
    ['…0.weight', '…1.ru….scale']
    >>> shorten(['begins_alike_0_ends_alike', 'begins_alike_1_ends_alike'], 12)
    ['begin…_alike', 'begin…_a (2)']
    """
    names, length = [one_line(name) for name in names], max(length, 5)
    if any(len(name) > length for name in names):
        first, last = min(names), max(names)  # their common prefix is common to all names
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
