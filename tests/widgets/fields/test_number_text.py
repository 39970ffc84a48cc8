"""Parsing numbers as users write them."""

from __future__ import annotations

import pytest

from fineopt.widgets.fields.number_text import parse_number

JUNK = ("abc", "1e", "--3", "٣", "0x10", "1_000", "0,0,1", "1,000.5", "nan", "inf", "0.1 0.2", "e5",
        ".", "1.2.3", "0.1;", "1e5.5", "½", "+", "0..1")  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0,01", 0.01),
        ("0.01", 0.01),
        (" 0.01 ", 0.01),
        (",5", 0.5),
        ("5.", 5.0),
        ("1e-3", 0.001),
        ("2,5E-3", 0.0025),
        ("−0.25", -0.25),  # as the panel itself formats it
        ("１．５", 1.5),
        ("0,001", 0.001),
        ("1.000", 1.0),
        ("-0", 0.0),
        ("5e-324", 5e-324),
        ("1.7e308", 1.7e308),
        ("0.1234567890123456", 0.1234567890123456),
    ],
)
def test_a_decimal_point_or_comma_is_accepted(text: str, value: float) -> None:
    assert parse_number(text) == value
    assert str(parse_number(text)) != "-0.0"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        *((junk, "is not a number: enter one such as 0.01") for junk in JUNK),
        ("", "the field is empty: enter a number"),
        ("   ", "the field is empty: enter a number"),
        ("1e999", "too large: enter at most 1.79e308"),
        ("1e-999", "too small: enter 0"),
        ("1,500", "ambiguous: enter 1.500 or 1500"),
    ],
)  # fmt: skip
def test_invalid_text_is_rejected_with_a_suggestion(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_number(text)


@pytest.mark.parametrize("text", ["2.5", "2,5", "1e-3", "1,000", "ten"])
def test_only_integers_are_accepted_as_integers(text: str) -> None:
    with pytest.raises(ValueError, match=r"enter one such as 10|enter 1000"):
        parse_number(text, integer=True)
    assert parse_number("1e2", integer=True) == 100
