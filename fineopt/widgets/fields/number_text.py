"""Parses numbers as users write them, with a decimal point or a decimal comma."""

from __future__ import annotations

import math
import re
import unicodedata

from ...language import say

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
    quoted = repr(text if len(text) <= 16 else text[:15] + "…")
    if not plain:
        raise ValueError(
            say(
                "the field is empty: enter an integer such as 10"
                if integer
                else "the field is empty: enter a number such as 0.01 or 1e-3"
            )
        )
    if not NUMBER.fullmatch(plain):
        raise ValueError(
            say(
                "{text} is not a number: enter one such as 10"
                if integer
                else "{text} is not a number: enter one such as 0.01 or 1e-3",
                text=quoted,
            )
        )
    if match := AMBIGUOUS.fullmatch(plain):
        thousands, point = "".join(match.groups()), plain.replace(",", ".")
        raise ValueError(
            say(
                "{text} is ambiguous: enter {thousands}"
                if integer
                else "{text} is ambiguous: enter {point} or {thousands}",
                text=quoted,
                thousands=thousands,
                point=point,
            )
        )
    value = float(plain.replace(",", ".")) + 0.0  # never -0.0
    if math.isinf(value):
        raise ValueError(say("{text} is too large: enter at most 1.79e308", text=quoted))
    if value == 0 and re.search("[1-9]", re.split("[eE]", plain)[0]):
        raise ValueError(say("{text} is too small: enter 0 or at least 5e-324", text=quoted))
    if integer:
        if not value.is_integer():
            raise ValueError(say("{text} is not an integer: enter one such as 10", text=quoted))
        return int(value)
    return value
