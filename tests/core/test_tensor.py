"""Tensor: creation, operators compared with NumPy, printing, copies."""

from __future__ import annotations

import copy
import operator
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import fineopt
from fineopt import Parameter, Tensor, tensor
from fineopt.autodiff import GradManager


@pytest.fixture
def in_float64() -> Iterator[None]:
    fineopt.set_default_dtype("float64")
    yield
    fineopt.set_default_dtype("float32")


# ---- creation ----


@pytest.mark.parametrize(
    ("data", "dtype", "shape"),
    [
        (1.5, "float32", ()),
        (3, "int32", ()),
        (True, "bool", ()),
        ([1, 2], "int32", (2,)),
        ([[1.0], [2.0]], "float32", (2, 1)),
        ([], "float32", (0,)),
        (np.float64(2), "float32", ()),
        (np.zeros((2, 3)), "float32", (2, 3)),
        (np.zeros(2, np.float16), "float32", (2,)),
        (np.zeros(2, np.uint8), "uint8", (2,)),
        (np.array([2**40]), "int64", (1,)),
        (Tensor([1.0], "float64"), "float64", (1,)),
        ([Tensor(1.0), Tensor(2.0)], "float32", (2,)),
        (range(3), "int32", (3,)),
    ],
)
def test_dtype_and_shape_of_data(data: Any, dtype: str, shape: tuple[int, ...]) -> None:
    x = tensor(data)
    assert (x.dtype, x.shape, x.ndim, x.size) == (dtype, shape, len(shape), np.prod(shape))


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64", "uint8", "bool"])
def test_explicit_dtype(dtype: str) -> None:
    for data in ([1, 0], np.array([1.0, 0.0]), Tensor([1, 0])):
        assert tensor(data, dtype).dtype == dtype
    assert tensor([1, 0]).astype(dtype).dtype == dtype


def test_new_floats_take_the_default_dtype(in_float64: None) -> None:
    assert tensor(np.zeros(2, "float32")).dtype == "float64"
    assert tensor(0.1).item() == 0.1
    assert Parameter([1]).dtype == "float64"
    assert (tensor([1]) / 3).dtype == "float64"
    assert tensor([1]).dtype == "int32"


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: tensor("text"), TypeError, "'text'"),
        (lambda: tensor(["1", "2"], "float32"), TypeError, "to a tensor"),
        (lambda: tensor(None), TypeError, "None"),
        (lambda: tensor([[1], [1, 2]]), ValueError, "cannot convert [[1], [1, 2]] to a tensor"),
        (lambda: tensor(1j), TypeError, "complex128"),
        (lambda: tensor(1, "complex64"), TypeError, "complex64"),
        (lambda: tensor([1], "object"), TypeError, "object"),
        (lambda: tensor([300], "uint8"), OverflowError, "300"),
        (lambda: tensor(1.0, device="gpu0"), ValueError, "gpu0"),
        (lambda: tensor(1.0).to("gpu0"), ValueError, "gpu0"),
        (lambda: tensor([1.0, 2.0]).item(), ValueError, "shape (2,)"),
        (lambda: bool(tensor([1.0, 2.0])), ValueError, "ambiguous"),
        (lambda: len(tensor(1.0)), TypeError, "no length"),
        (lambda: [1, 2][tensor(1.0)], TypeError, "integer"),
        (lambda: tensor([1.0]) + "a", TypeError, "'a'"),
        (lambda: tensor([1.0]) & tensor([2.0]), TypeError, "compare first"),
        (lambda: tensor([1.0, 2.0]) + tensor([1.0, 2.0, 3.0]), ValueError, "(2,) and (3,)"),
        (lambda: tensor([1.0, 2.0])[2], IndexError, "out of bounds"),
        (lambda: tensor([1.0, 2.0])[tensor([0.5])], IndexError, "integer"),
        (lambda: fineopt.set_default_dtype("int32"), ValueError, "int32"),
    ],
)
def test_error_messages(call: Any, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind) as caught:
        call()
    assert words in str(caught.value)


# ---- operators compared with NumPy ----

OPERATORS = [
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.floordiv,
    operator.mod,
    operator.pow,
]
COMPARISONS = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]
OTHERS = [
    2,
    2.5,
    True,
    np.float64(2.5),
    np.float32(2.5),
    np.int64(2),
    np.array(2.5),
    np.array([1, 2, 3]),
    np.array([1.0, 2.0, 3.5]),
    np.array([[1.0], [2.0]]),
    [1.0, 2.0, 3.5],
    (1, 2, 3),
]


@pytest.mark.parametrize("other", OTHERS, ids=repr)
@pytest.mark.parametrize("op", [*OPERATORS, *COMPARISONS])
def test_numbers_and_arrays_on_either_side_keep_float32(op: Any, other: Any) -> None:
    x = Tensor([1.0, 2.5, 3.0])
    for got, wanted in (
        (op(x, other), op(x.numpy(), np.asarray(other, "float32"))),
        (op(other, x), op(np.asarray(other, "float32"), x.numpy())),
    ):
        assert type(got) is Tensor
        assert got.dtype == ("bool" if op in COMPARISONS else "float32")
        np.testing.assert_array_equal(got.numpy(), wanted)


def test_matmul_with_an_array_on_either_side() -> None:
    x, a = Tensor([[1.0, 2.0]]), np.array([[3.0], [4.0]])
    for got in (x @ a, a.T @ x.T, x @ Tensor(a)):
        assert type(got) is Tensor
        assert got.tolist() == [[11.0]]


@pytest.mark.parametrize(
    ("expression", "dtype"),
    [
        (lambda: tensor([1, 2]) + 1, "int32"),
        (lambda: tensor([1, 2]) + 2**40, "int64"),
        (lambda: tensor([1, 2]) * 2.5, "float32"),
        (lambda: tensor([1, 2]) / tensor([1, 2]), "float32"),
        (lambda: tensor([1, 2]) * tensor([1.0, 2.0]), "float32"),
        (lambda: tensor([1.0, 2.0]) * tensor([1, 2], "int64"), "float32"),
        (lambda: tensor([1.0]) * tensor([1.0], "float64"), "float64"),
        (lambda: tensor([True]) + 1, "int32"),
        (lambda: tensor([1, 2]).mean(), "float32"),
        (lambda: tensor([True, True]).sum(), "int64"),
        (lambda: tensor([1, 2], "uint8") == -1, "bool"),
        (lambda: tensor([1.0, 2.0]).argmax(), "int32"),
        (lambda: np.ones((2, 2)) @ tensor([1, 2]), "float32"),
    ],
)
def test_dtype_of_mixed_operands(expression: Any, dtype: str) -> None:
    assert expression().dtype == dtype


def test_logical_operators() -> None:
    x = Tensor([-1.0, 0.5, 2.0])
    inside = (x > 0) & (x < 1)
    assert inside.tolist() == [False, True, False]
    assert (~inside).tolist() == [True, False, True]
    assert (inside | [True, False, False]).tolist() == [True, True, False]
    assert (np.array([True, True, True]) ^ inside).tolist() == [True, False, True]
    assert x[inside].tolist() == [0.5]


def test_non_numeric_objects_are_not_equal() -> None:
    x = Tensor([1.0])
    for other in (None, "a", object(), {}):
        assert (x == other) is False
        assert (x != other) is True


def test_conversions() -> None:
    x = Tensor([2])
    assert (float(x), int(x), [5, 6, 7][x], bool(x)) == (2.0, 2, 7, True)
    assert type(Tensor(0.5).item()) is float
    assert np.asarray(Tensor([1.0])).dtype == "float32"
    assert [int(row) for row in Tensor([1, 2])] == [1, 2]
    assert Tensor([[1, 2]]).tolist() == [[1, 2]]
    assert x.to("cpu0") is x


# ---- printing ----


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (Tensor(0.12563), "Tensor([0.1256], device=cpu:0)"),
        (Tensor(5), "Tensor([5], dtype=int32, device=cpu:0)"),
        (Parameter(np.zeros(10)), "Tensor([0. 0. 0. 0. 0. 0. 0. 0. 0. 0.], device=cpu:0)"),
        (
            Parameter(
                [-0.0102, 0.0082, 0.0062, -0.0093, -0.0018, 0.0132, -0.0064, 0.0077, -0.0005, -7e-3]
            ),
            "Tensor([-0.0102  0.0082  0.0062 -0.0093 -0.0018  0.0132 -0.0064  0.0077 -0.0005 "
            "-0.007 ], device=cpu:0)",
        ),
        (Tensor([[1.0, 2.0], [3.0, 4.0]]), "Tensor([[1. 2.]\n [3. 4.]], device=cpu:0)"),
        (Tensor([True]), "Tensor([ True], dtype=bool, device=cpu:0)"),
        (Tensor([1.0], "float64"), "Tensor([1.], dtype=float64, device=cpu:0)"),
        (Tensor([np.nan, 1e9]), "Tensor([   nan 1.e+09], device=cpu:0)"),
        (Tensor([]), "Tensor([], device=cpu:0)"),
    ],
)
def test_repr_matches_the_document(x: Tensor, text: str) -> None:
    assert f"{x}" == str(x) == repr(x) == text


def test_the_default_dtype_is_not_printed(in_float64: None) -> None:
    assert repr(Tensor([0.1])) == "Tensor([0.1], device=cpu:0)"
    assert "dtype=float32" in repr(Tensor([0.1], "float32"))


def test_a_scalar_supports_format_specs() -> None:
    assert f"{Tensor([0.12563]):.2f}" == "0.13"


# ---- copies ----


def test_data_is_copied_in_and_out() -> None:
    data = np.zeros(2, "float32")
    for make in (Tensor, Parameter):
        x = make(data)
        data[0] = 1
        assert x.tolist() == [0, 0]
        x.numpy()[0] = 5
        np.asarray(x)[0] = 5
        assert x.tolist() == [0, 0]
        data[0] = 0


def test_values_derived_from_a_parameter_do_not_change_with_it() -> None:
    p = Parameter([[1.0, 2.0], [3.0, 4.0]])
    taken = [
        p.numpy(),
        p.detach(),
        p[0],
        p[:, 1],
        p.reshape(-1),
        p.T,
        p.flatten(),
        p.astype("float32"),
        fineopt.functional.broadcast_to(p, (3, 2, 2)),
        Tensor(p),
        copy.copy(p),
        copy.deepcopy(p),
        *p,
    ]
    before = [np.array(x) for x in taken]
    p[...] = 9
    for x, old in zip(taken, before, strict=True):
        np.testing.assert_array_equal(np.asarray(x), old)


def test_assignment_leaves_earlier_views_unchanged() -> None:
    x = Tensor([1.0, 2.0])
    row, same = x[0], x.detach()
    x[0] = 5
    assert (row.item(), same.tolist(), x.tolist()) == (1.0, [1.0, 2.0], [5.0, 2.0])


def test_deepcopy_copies_the_gradient() -> None:
    p = Parameter([1.0])
    p.grad, p.name = Tensor([2.0]), "w"
    q = copy.deepcopy(p)
    assert type(q) is Parameter
    assert (q.grad.tolist(), q.name) == ([2.0], "w")
    assert q.grad is not p.grad
    with GradManager().attach(q) as gm:
        gm.backward(q * p)
    assert (p.grad.tolist(), q.grad.tolist()) == ([2.0], [3.0])
