"""Parses numbers as users write them, with a decimal point or a decimal comma."""

from __future__ import annotations

import math
import re
import unicodedata

__all__ = ["parse_number"]

NUMBER = re.compile(r"[+-]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)(e[+-]?[0-9]+)?", re.IGNORECASE)
AMBIGUOUS = re.compile(
    r"[+-]?([1-9][0-9]*),([0-9]{3})"
)  # 1,500: decimal comma or thousands separator?


def parse_number(text: str, *, integer: bool = False) -> float:
    """Parse a finite number; return an int if ``integer`` is set.

    Full-width digits and the Unicode minus sign are accepted.

    Raises:
        ValueError: if the text is not a number or is ambiguous; the message suggests valid input.

    >>> parse_number("0,01"), parse_number(" −1.5e-3 "), parse_number("20", integer=True)
    (0.01, -0.0015, 20)
    >>> parse_number("abc")
    Traceback (most recent call last):
    ValueError: 'abc' is not a number: enter one such as 0.01 or 1e-3
    """
    plain = unicodedata.normalize("NFKC", text).replace("−", "-").strip()
    such = "such as 10" if integer else "such as 0.01 or 1e-3"
    quoted = repr(text if len(text) <= 16 else text[:15] + "…")
    if not plain:
        raise ValueError(
            f"the field is empty: enter {'an integer' if integer else 'a number'} {such}"
        )
    if not NUMBER.fullmatch(plain):
        raise ValueError(f"{quoted} is not a number: enter one {such}")
    if match := AMBIGUOUS.fullmatch(plain):
        thousands = "".join(match.groups())
        if integer:
            raise ValueError(f"{quoted} is ambiguous: enter {thousands}")
        point = plain.replace(",", ".")
        raise ValueError(f"{quoted} is ambiguous: enter {point} or {thousands}")
    value = float(plain.replace(",", ".")) + 0.0  # never -0.0
    if math.isinf(value):
        raise ValueError(f"{quoted} is too large: enter at most 1.79e308")
    if value == 0 and re.search("[1-9]", re.split("[eE]", plain)[0]):
        raise ValueError(f"{quoted} is too small: enter 0 or at least 5e-324")
    if integer:
        if not value.is_integer():
            raise ValueError(f"{quoted} is not an integer: enter one {such}")
        return int(value)
    return value
