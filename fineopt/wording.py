"""How numbers and names are written, wherever they are shown: in messages, panels and figures."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Sequence

__all__ = ["digits", "listed", "one_line"]

MOST = 20  # names in a list, before the others are counted
JOINERS = "\u200c\u200d"  # part of how some scripts and emoji are written, and harmless


def digits(value: float) -> str:
    """Write a number with four significant digits, or fewer if it has fewer.

    >>> [digits(x) for x in (0.05, 1 / 3, -0.0, 1.7e308, 5e-324)]
    ['0.05', '0.3333', '0', '1.7e+308', '5e-324']
    """
    value = float(value) + 0.0  # -0 becomes 0
    short = f"{value:.4g}"
    # The smallest floats have fewer than four digits: those beyond are not theirs.
    return min(short, repr(value), key=len) if abs(value) < sys.float_info.min else short


def one_line(name: str) -> str:
    r"""Write a name on one line, with escapes for what cannot be seen, and quotes around blanks.

    >>> one_line("fc1.weight"), one_line("a\nb"), one_line("")
    ('fc1.weight', 'a\\nb', "''")
    """
    shown = "".join(
        c if c.isprintable() or c in JOINERS else c.encode("unicode_escape").decode() for c in name
    )
    visible = any(unicodedata.category(c)[0] not in "MZC" for c in shown)
    return shown if visible else f"'{shown}'"


def listed(
    names: Sequence[str], most: int = MOST, length: int | None = None, between: str = ", "
) -> str:
    """List names, as many as fit, and count the others.

    Args:
        names: of groups, say.
        most: how many are named at most.
        length: of the list without the count, at most, in characters; the first is always named.
        between: stands between two names.

    >>> listed(["conv", "fc"]), listed(["conv", "fc", "head"], most=1)
    ('conv, fc', 'conv and 2 more')
    >>> listed(["conv", "fc", "head"], length=8)
    'conv, fc and 1 more'
    """
    shown: list[str] = []
    taken = 0
    for name in map(one_line, names[:most]):
        taken += len(name) + len(between) * bool(shown)
        if shown and length is not None and taken > length:
            break
        shown.append(name)
    more = len(names) - len(shown)
    return between.join(shown) + (f" and {more:,} more" if more else "")
