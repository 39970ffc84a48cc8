"""Numbers as people write them: with a point or a comma; all else is refused."""

from __future__ import annotations

import math
import re
import unicodedata

__all__ = ["read_number"]

NUMBER = re.compile(r"[+-]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)(e[+-]?[0-9]+)?", re.IGNORECASE)
TWO_WAYS = re.compile(r"[+-]?([1-9][0-9]*),([0-9]{3})")  # 1,500: a decimal comma, or thousands?


def read_number(text: str, *, whole: bool = False) -> float:
    """Read a finite number; an int if a whole one is asked for.

    Full-width digits and the true minus sign count as the usual ones.

    Raises:
        ValueError: for what is no number, or can be read in two ways; it says what would do.

    >>> read_number("0,01"), read_number(" −1.5e-3 "), read_number("20", whole=True)
    (0.01, -0.0015, 20)
    >>> read_number("abc")
    Traceback (most recent call last):
    ValueError: 'abc' is not a number: write one such as 0.01 or 1e-3
    """
    plain = unicodedata.normalize("NFKC", text).replace("−", "-").strip()
    such = "a whole number such as 10" if whole else "one such as 0.01 or 1e-3"
    quoted = repr(text if len(text) <= 16 else text[:15] + "…")
    if not plain:
        raise ValueError(f"nothing is written: write {such}")
    if not NUMBER.fullmatch(plain):
        raise ValueError(f"{quoted} is not a number: write {such}")
    if two := TWO_WAYS.fullmatch(plain):
        thousands = "".join(two.groups())
        if whole:
            raise ValueError(f"{quoted} can be read in two ways: write {thousands}")
        point = plain.replace(",", ".")
        raise ValueError(f"{quoted} can be read in two ways: write {point} or {thousands}")
    value = float(plain.replace(",", ".")) + 0.0  # no -0.0
    if math.isinf(value):
        raise ValueError(f"{quoted} is too large: at most 1.79e308")
    if value == 0 and re.search("[1-9]", re.split("[eE]", plain)[0]):
        raise ValueError(f"{quoted} is too small: write 0, or at least 5e-324")
    if whole:
        if not value.is_integer():
            raise ValueError(f"{quoted} is not a whole number: write one such as 10")
        return int(value)
    return value
