"""Checks of settings: what each accepts, and the message of what it rejects."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from fineopt import checks
from fineopt.checks import Check, check_values, nonnegative, plain, settings_in, validate

NAN, INF = math.nan, math.inf

VALID = {
    "finite_number": [0, -1, 0.5, -1e308, 2**70, np.float32(0.5), np.int64(-3), Fraction(1, 3)],
    "nonnegative": [0, 0.0, -0.0, 0.5, 3, 1e308, np.float64(0), np.int8(1)],
    "positive": [5e-324, 1, 0.5, np.float32(1)],
    "fraction": [0, 0.0, 0.999, np.float64(0.5), Fraction(1, 2)],
    "proportion": [0, 0.5, 1, 1.0, np.float32(1)],
    "pair_of_fractions": [(0.9, 0.999), [0, 0.5], (np.float32(0), 0.0)],
    "nonnegative_integer": [0, 1, 2**70, np.int64(0), np.uint8(7)],
    "positive_integer": [1, 2**70, np.int64(3)],
    "nondecreasing_integers": [[], (), [0], [1, 1, 2], (3, 5), [np.int64(1), 2]],
    "boolean": [True, False],
    "nonempty_string": ["a", " ", "层"],
}

INVALID: list[tuple[str, Any, type[Exception], str]] = [
    ("finite_number", True, TypeError, "must be a number, not True (a bool)"),
    ("finite_number", None, TypeError, "must be a number, not None (a NoneType)"),
    ("finite_number", "0.1", TypeError, "must be a number, not '0.1' (a str)"),
    ("finite_number", 1j, TypeError, "must be a number, not 1j (a complex)"),
    ("finite_number", [0.1], TypeError, "must be a number, not [0.1] (a list)"),
    ("finite_number", np.ones(1), TypeError, "must be a number, not array([1.]) (a ndarray)"),
    ("finite_number", NAN, ValueError, "must be finite, not nan"),
    ("finite_number", INF, ValueError, "must be finite, not inf"),
    ("finite_number", -INF, ValueError, "must be finite, not -inf"),
    ("finite_number", 10**400, ValueError, "must fit into a float: it is too large"),
    ("nonnegative", -0.1, ValueError, "must be at least 0, not -0.1"),
    ("nonnegative", -1, ValueError, "must be at least 0, not -1"),
    ("nonnegative", NAN, ValueError, "must be finite, not nan"),
    ("nonnegative", INF, ValueError, "must be finite, not inf"),
    ("nonnegative", False, TypeError, "must be a number, not False (a bool)"),
    ("positive", 0, ValueError, "must be positive, not 0"),
    ("positive", -0.5, ValueError, "must be positive, not -0.5"),
    ("positive", INF, ValueError, "must be finite, not inf"),
    ("positive", "x", TypeError, "must be a number, not 'x' (a str)"),
    ("fraction", 1, ValueError, "must be at least 0 and below 1, not 1"),
    ("fraction", 1.5, ValueError, "must be at least 0 and below 1, not 1.5"),
    ("fraction", -0.1, ValueError, "must be at least 0, not -0.1"),
    ("fraction", None, TypeError, "must be a number, not None (a NoneType)"),
    ("proportion", 1.5, ValueError, "must be between 0 and 1, not 1.5"),
    ("proportion", -0.5, ValueError, "must be at least 0, not -0.5"),
    ("proportion", True, TypeError, "must be a number, not True (a bool)"),
    ("pair_of_fractions", 0.9, TypeError, "must be a pair of numbers, not 0.9 (a float)"),
    ("pair_of_fractions", "ab", TypeError, "must be a pair of numbers, not 'ab' (a str)"),
    ("pair_of_fractions", (0.9,), ValueError, "must be a pair of numbers, not (0.9,)"),
    ("pair_of_fractions", [0, 0, 0], ValueError, "must be a pair of numbers, not [0, 0, 0]"),
    ("pair_of_fractions", (0.9, 1.0), ValueError, "must be at least 0 and below 1, not 1.0"),
    ("pair_of_fractions", ("a", 0), TypeError, "must be a number, not 'a' (a str)"),
    ("nonnegative_integer", 1.0, TypeError, "must be an integer, not 1.0 (a float)"),
    ("nonnegative_integer", True, TypeError, "must be an integer, not True (a bool)"),
    ("nonnegative_integer", "1", TypeError, "must be an integer, not '1' (a str)"),
    ("nonnegative_integer", None, TypeError, "must be an integer, not None (a NoneType)"),
    ("nonnegative_integer", NAN, TypeError, "must be an integer, not nan (a float)"),
    ("nonnegative_integer", -1, ValueError, "must be at least 0, not -1"),
    ("positive_integer", 0, ValueError, "must be at least 1, not 0"),
    ("positive_integer", -2, ValueError, "must be at least 0, not -2"),
    ("positive_integer", 1.5, TypeError, "must be an integer, not 1.5 (a float)"),
    ("positive_integer", False, TypeError, "must be an integer, not False (a bool)"),
    ("nondecreasing_integers", 3, TypeError, "must be a list of integers, not 3"),
    ("nondecreasing_integers", "12", TypeError, "must be a list of integers, not '12'"),
    ("nondecreasing_integers", [0.5], TypeError, "must be an integer, not 0.5 (a float)"),
    ("nondecreasing_integers", [-1], ValueError, "must be at least 0, not -1"),
    ("nondecreasing_integers", (3, 1), ValueError, "must be in increasing order, not [3, 1]"),
    ("boolean", 1, TypeError, "must be True or False, not 1"),
    ("boolean", None, TypeError, "must be True or False, not None"),
    ("boolean", "True", TypeError, "must be True or False, not 'True'"),
    ("nonempty_string", "", ValueError, "must not be empty"),
    ("nonempty_string", 3, TypeError, "must be a string, not 3"),
    ("nonempty_string", None, TypeError, "must be a string, not None"),
    ("nonempty_string", b"a", TypeError, "must be a string, not b'a'"),
]


def check_of(name: str) -> Check:
    check: Check = getattr(checks, name)
    return check


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in VALID.items() for value in values]
)
def test_valid_values_pass(name: str, value: Any) -> None:
    check_of(name)(value)


@pytest.mark.parametrize(("name", "value", "error", "message"), INVALID)
def test_invalid_values_are_shown(
    name: str, value: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as caught:
        check_of(name)(value)
    assert type(caught.value) is error
    assert str(caught.value) == message


def test_every_check_is_tested() -> None:
    helpers = {"Check", "check_values", "plain", "settings_in", "validate"}
    assert VALID.keys() == {name for name, *_ in INVALID} == {*checks.__all__} - helpers


# ---- applying them ----


@pytest.mark.parametrize(("name", "value", "error", "message"), INVALID)
def test_validate_names_the_subject(
    name: str, value: Any, error: type[Exception], message: str
) -> None:
    for subject in ("epochs", lambda: "epochs"):
        with pytest.raises(error) as caught:
            validate(value, check_of(name), subject)
        assert str(caught.value) == f"epochs {message}"
        assert caught.value.__suppress_context__  # one error in the traceback, not two


def test_the_subject_is_built_only_on_an_error() -> None:
    validate(1, nonnegative, lambda: pytest.fail("built for a valid value"))
    values, required = {"lr": 1}, {"lr": nonnegative}
    check_values(values, required, {}, lambda: pytest.fail("built for valid values"), "SGD")


REQUIRED = {"lr": nonnegative, "momentum": checks.fraction}
OPTIONAL = {"name": checks.nonempty_string}


@pytest.mark.parametrize("extra", [{}, {"name": "fc"}])
def test_required_and_optional_settings(extra: dict[str, Any]) -> None:
    check_values({"lr": 0.1, "momentum": 0.9} | extra, REQUIRED, OPTIONAL, str, "SGD")


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"lr": -1}, ValueError, "param group 1: lr must be at least 0, not -1"),
        ({"momentum": None}, TypeError, "param group 1: momentum must be a number, not None"),
        ({"name": ""}, ValueError, "param group 1: name must not be empty"),
        (
            {"momentun": 0.9},
            KeyError,
            "param group 1: SGD has no setting 'momentun'; did you mean 'momentum'?",
        ),
        ({"Name": "a"}, KeyError, "param group 1: SGD has no setting 'Name'; did you mean 'name'?"),
        (
            {"colour": 1},
            KeyError,
            "param group 1: SGD has no setting 'colour'; expected one of: lr, momentum, name",
        ),
        ({3: 1}, KeyError, "param group 1: SGD has no setting 3; expected one of: lr, momentum"),
        ({"lr": ...}, KeyError, "param group 1: 'lr' is missing"),
    ],
)
def test_an_invalid_setting_is_named(
    change: dict[Any, Any], error: type[Exception], message: str
) -> None:
    values = {"lr": 0.1, "momentum": 0.9} | change
    values = {key: value for key, value in values.items() if value is not ...}  # ... removes it
    with pytest.raises(error) as caught:
        check_values(values, REQUIRED, OPTIONAL, lambda: "param group 1", "SGD")
    assert str(caught.value).startswith(message)


def test_the_settings_among_a_constructor_s_arguments() -> None:
    scope = {"self": None, "params": [], "momentum": 0.9, "lr": 0.1}
    assert list(settings_in(scope, REQUIRED).items()) == [("lr", 0.1), ("momentum", 0.9)]
    assert settings_in({"params": []}, REQUIRED) == {}


# ---- Python's own types ----


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.5, 0.5),
        (3, 3),
        (True, True),
        ("fc", "fc"),
        (None, None),
        (np.float64(0.5), 0.5),
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
        (np.uint8(3), 3),
        (np.array(0.5), 0.5),
        (np.array([1, 2]), (1, 2)),
        (np.array([True]), (True,)),
        ([np.float32(0.5), 0], (0.5, 0)),
        ((np.int8(1), [np.float16(0.25)]), (1, (0.25,))),
        (Fraction(1, 2), 0.5),
    ],
)
def test_a_setting_in_python_s_own_types(value: Any, expected: Any) -> None:
    found = plain(value)
    assert found == expected
    assert repr(found) == repr(expected)  # the types too: 1 == 1.0 == True


def test_other_values_are_kept_for_a_check_to_reject() -> None:
    value = object()
    assert plain(value) is value
