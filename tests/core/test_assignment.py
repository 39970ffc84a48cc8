"""Assignment to Tensors: items, in-place operators, and values an integer dtype cannot hold."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pytest

from fineopt import Parameter, Tensor, tensor

# ---- items ----


@pytest.mark.parametrize("make", [Tensor, Parameter])
@pytest.mark.parametrize(
    ("index", "value"),
    [
        (..., 7),
        (0, [1.0, 2.0, 3.0]),
        ((slice(None), 1), np.array([5.0, 6.0])),
        (Tensor([1, 0]), Tensor([8.0, 9.0, 10.0])),
        ([1], 3),
        (np.array([[True, False, True], [False, False, True]]), 0.5),
        ((-1, slice(None, None, 2)), Tensor([1, 2])),
    ],
)
def test_assignment_matches_numpy(make: Any, index: Any, value: Any) -> None:
    x, wanted = make(np.zeros((2, 3))), np.zeros((2, 3), "float32")
    x[index] = value
    wanted[np.asarray(index) if isinstance(index, Tensor) else index] = np.asarray(value)
    np.testing.assert_array_equal(x, wanted)
    assert x.dtype == "float32"


def test_assignment_keeps_an_integer_dtype() -> None:
    x = Tensor([1, 2])
    x[0] = Tensor(3.0)
    assert (x.dtype, x.tolist()) == ("int32", [3, 2])


@pytest.mark.parametrize("make", [Tensor, Parameter])
def test_a_value_of_the_wrong_shape_changes_nothing(make: Any) -> None:
    x = make([1.0, 2.0])
    with pytest.raises(ValueError, match=r"\(3,\)"):
        x[...] = [1.0, 2.0, 3.0]
    assert x.tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (operator.iadd, 5.0),
        (operator.isub, 1.0),
        (operator.imul, 6.0),
        (operator.itruediv, 1.5),
        (operator.ipow, 9.0),
    ],
)
def test_in_place_operators_update_the_parameter_itself(change: Any, wanted: float) -> None:
    p = Parameter([3.0])
    q = change(p, 2)
    assert q is p
    assert p.tolist() == [wanted]


def test_a_parameter_is_floating_point() -> None:
    assert Parameter([1, 2]).dtype == "float32"
    assert Parameter([1.0], "float64").dtype == "float64"


# ---- integer dtypes: values that would be lost raise an error ----


@pytest.mark.parametrize("scalar", [True, False])
@pytest.mark.parametrize(
    ("dtype", "value"),
    [
        *(("int32", v) for v in (3e11, 3.7, np.nan, np.inf, -np.inf, 2**31, -(2**31) - 1, 10**30)),
        *(("uint8", v) for v in (-1, 256, 0.5, -0.5, np.nan, 1e300)),
        *(("int64", v) for v in (2**63, -(2**63) - 1, 2.0**63, 9.3e18)),
        *(("uint64", v) for v in (-1, 2**64, 2.0**64)),
        *(("bool", v) for v in (2, -1, 0.5, np.nan)),
    ],
)
def test_values_outside_an_integer_dtype_raise(dtype: str, value: Any, scalar: bool) -> None:
    x = tensor(np.array([1, 0], dtype), dtype)
    with pytest.raises(ValueError, match=f"has dtype {dtype}") as caught:
        x[0] = value if scalar else np.array(value)
    assert isinstance(caught.value, OverflowError)  # as NumPy's
    assert (x.dtype, x.tolist()) == (dtype, [1, 0])


@pytest.mark.parametrize(
    ("dtype", "value"),
    [
        ("int32", 3.0),
        ("int32", 16777217.0),
        ("int32", -(2**31)),
        ("int64", 2**53 + 1),
        ("int64", -(2.0**63)),
        ("uint64", 2**64 - 1),
        ("uint8", 255),
        ("uint8", True),
        ("bool", 0),
        ("bool", 1.0),
        ("float32", 3e11),
        ("float16", np.nan),
    ],
)
def test_values_within_a_dtype_are_assigned(dtype: str, value: Any) -> None:
    x = tensor(np.array([1, 1], dtype), dtype)
    x[0] = value
    assert x.dtype == dtype
    np.testing.assert_array_equal(x[0].numpy(), np.array(value, dtype))


REFUSED_IN_PLACE = [
    ("int32", operator.itruediv, 2),
    ("int32", operator.imul, 0.5),
    ("int32", operator.iadd, tensor([1.0, 2.0])),
    ("int32", operator.ipow, 0.5),
    ("int32", operator.ifloordiv, 2.5),
    ("int32", operator.imod, 1.5),
    ("int32", operator.iadd, 2**40),
    ("uint8", operator.isub, 300),
    ("uint8", operator.iadd, tensor([1, 2])),
    ("bool", operator.iadd, 1),
    ("bool", operator.itruediv, True),
    ("bool", operator.isub, 1.0),
]


@pytest.mark.parametrize(("dtype", "change", "other"), REFUSED_IN_PLACE)
def test_in_place_operators_that_would_lose_values_raise(
    dtype: str, change: Any, other: Any
) -> None:
    x = tensor(np.array([1, 0], dtype), dtype)
    with pytest.raises((TypeError, ValueError), match=dtype):
        change(x, other)
    assert (x.dtype, x.tolist()) == (dtype, [1, 0])


@pytest.mark.parametrize(
    ("change", "other"),
    [
        (operator.iadd, 3),
        (operator.isub, 3),
        (operator.imul, 3),
        (operator.ifloordiv, 3),
        (operator.imod, 3),
        (operator.ipow, 2),
        (operator.iand, 3),
        (operator.ior, 4),
        (operator.ixor, 5),
    ],
)
def test_in_place_operators_keep_an_integer_dtype(change: Any, other: Any) -> None:
    x, wanted = tensor([7, 8]), np.array([7, 8], "i4")
    same = x
    x = change(x, other)
    wanted = change(wanted, other)
    assert x is same
    assert (x.dtype, x.tolist()) == ("int32", wanted.tolist())


def test_in_place_operators_never_rebind_a_parameter() -> None:
    p = Parameter([[4.0, 7.0], [1.0, 2.0]])
    for change, other, wanted in (
        (operator.ifloordiv, 2, [[2, 3], [0, 1]]),
        (operator.imod, 2, [[0, 1], [0, 1]]),
        (operator.imatmul, [[1.0, 0.0], [1.0, 2.0]], [[1, 2], [1, 2]]),
    ):
        assert change(p, other) is p
        assert p.tolist() == wanted
    with pytest.raises(ValueError, match=r"shape \(2,\)"):
        p @= [1.0, 2.0]
    with pytest.raises(ValueError, match=r"\(3, 2, 2\)"):
        p += np.ones((3, 2, 2))
    assert p.tolist() == [[1, 2], [1, 2]]
