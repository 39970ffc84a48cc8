"""VJPs of every operation against finite differences, for many shapes and dtypes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from fineopt import Tensor, ops
from fineopt.core.tensor import apply
from tests.support.gradcheck import check_gradients, distinct, gradients

UNARY = [((),), ((3,),), ((2, 3),), ((2, 0),), ((2, 1, 3),)]
BINARY = [
    ((2, 3), (2, 3)),
    ((2, 3), (3,)),
    ((2, 1), (1, 3)),
    ((), (2, 3)),
    ((3,), ()),
    ((), ()),
    ((0, 3), (1, 3)),
    ((2, 1, 3), (4, 1)),
]
AXES = [
    *({"axis": axis, "keepdims": keep} for axis in (None, 0, -1, (0, 2)) for keep in (0, 1)),
    {"axis": (1, -3)},
    {"axis": ()},
]
EVERY_REDUCTION = [(((2, 3, 2),), options) for options in AXES] + [(((),), {}), (((4,),), {})]
IMAGES = [
    {"kernel": (2, 2), "stride": (2, 2), "padding": (0, 0)},
    {"kernel": (3, 2), "stride": (2, 1), "padding": (1, 1)},
    {"kernel": (2, 3), "stride": (3, 3), "padding": (0, 1)},
    {"kernel": (1, 1), "stride": (1, 2), "padding": (0, 0)},
]
WEIGHTS = [((2, 2, 4, 5), (3, 2, 2, 3)), ((2, 2, 4, 5), (3, 2, 2, 3), (1, 3, 1, 1))]
LABELS = np.array([2, 0, 1, 2])
MASK = np.array([[True, False, True], [False, False, True]])


@dataclass
class Case:
    """An operation with input shapes and options."""

    op: Any
    runs: list[tuple[tuple[tuple[int, ...], ...], dict[str, Any]]]
    positive: bool = False
    fixed: dict[str, Any] = field(default_factory=dict)


def runs(shapes: list[Any], *options: dict[str, Any]) -> list[Any]:
    return [(shape, option) for shape in shapes for option in (options or ({},))]


CASES = [
    *(Case(op, runs(BINARY)) for op in (ops.add, ops.sub, ops.mul, ops.maximum, ops.minimum)),
    *(Case(op, runs(BINARY), positive=True) for op in (ops.div, ops.pow, ops.floordiv, ops.mod)),
    *(Case(op, runs(UNARY)) for op in (ops.neg, ops.abs, ops.exp, ops.relu, ops.sigmoid, ops.tanh)),
    *(Case(op, runs(UNARY), positive=True) for op in (ops.log, ops.sqrt)),
    Case(ops.leaky_relu, runs(UNARY, {"negative_slope": 0.1})),
    Case(ops.cast, runs(UNARY, {"dtype": np.float64})),
    Case(
        ops.clip,
        runs(UNARY, {"lower": -1, "upper": 1}, {"lower": None, "upper": 0.5}),
    ),
    Case(ops.where, runs([((2, 3), (2, 3)), ((3,), (2, 1)), ((), (3,))], {"condition": MASK})),
    *(Case(op, EVERY_REDUCTION) for op in (ops.sum, ops.mean, ops.prod, ops.max, ops.min)),
    *(
        Case(op, runs([((2, 3),), ((2, 3, 2),)], {"axis": 0}, {"axis": 1}, {"axis": -1}))
        for op in (ops.softmax, ops.logsoftmax)
    ),
    Case(
        ops.cross_entropy,
        [
            (((4, 3),), {"labels": LABELS, "axis": 1, "label_smooth": 0.0}),
            (((4, 3),), {"labels": LABELS, "axis": 1, "label_smooth": 0.2}),
            (((3, 4),), {"labels": LABELS, "axis": 0, "label_smooth": 0.1}),
            (((2, 3, 2),), {"labels": LABELS.reshape(2, 2), "axis": 1, "label_smooth": 0.1}),
        ],
    ),
    Case(
        ops.matmul,
        runs(
            [
                ((3,), (3,)),
                ((2, 3), (3,)),
                ((3,), (3, 2)),
                ((2, 3), (3, 4)),
                ((5, 2, 3), (3, 2)),
                ((3,), (5, 3, 2)),
                ((5, 2, 3), (3,)),
                ((2, 1, 2, 3), (4, 3, 2)),
            ]
        ),
    ),
    Case(
        ops.linear,
        runs([((4, 3), (2, 3)), ((4, 3), (2, 3), (2,)), ((3,), (2, 3), (2,)), ((2, 2, 3), (4, 3))]),
    ),
    Case(
        ops.conv2d,
        runs(
            WEIGHTS,
            {"stride": (1, 1), "padding": (0, 0)},
            {"stride": (2, 1), "padding": (1, 2)},
            {"stride": (3, 3), "padding": (0, 0)},
        ),
    ),
    Case(ops.max_pool2d, runs([((2, 2, 4, 5),)], *IMAGES)),
    Case(
        ops.avg_pool2d,
        runs([((2, 2, 4, 5),)], *({**i, "count_padding": c} for i in IMAGES for c in (0, 1))),
    ),
    Case(ops.reshape, [(((2, 3),), {"shape": (3, 2)}), (((),), {"shape": (1, 1)})]),
    Case(ops.transpose, [(((2, 3, 4),), {"axes": (2, 0, 1)}), (((),), {"axes": ()})]),
    Case(ops.broadcast_to, [(((3, 1),), {"shape": (2, 3, 4)}), (((),), {"shape": (2,)})]),
    Case(ops.concat, [(((2, 3), (2, 1), (2, 2)), {"axis": 1}), (((2,), (3,)), {"axis": 0})]),
    Case(ops.stack, [(((2, 3), (2, 3)), {"axis": 1}), (((2,), (2,)), {"axis": -1})]),
    Case(
        ops.get_item,
        [
            (((3, 4),), {"index": index})
            for index in (
                1,
                slice(None, None, -2),
                (Ellipsis, None, 2),
                np.array([0, 2, 0]),
                (np.array([[0], [2]]), np.array([1, 1])),
                np.arange(12).reshape(3, 4) % 3 == 0,
                (slice(None), [3, 3, 0]),
            )
        ],
    ),
    Case(
        ops.set_item,
        [
            (((3, 4), (4,)), {"index": 1}),
            (((3, 4), ()), {"index": (slice(None), 2)}),
            (((3, 4), (1, 1, 4)), {"index": slice(0, 2)}),
            (((3, 4), (3, 1)), {"index": np.array([0, 2, 0])}),
            (((3,), (4,)), {"index": np.array([1, 1, 0, 1])}),
            (((3, 4), (4,)), {"index": np.arange(12).reshape(3, 4) % 3 == 0}),
            (((), ()), {"index": Ellipsis}),
        ],
    ),
]
SHAPE_ONLY = {"batch_norm"}  # its statistics are options: tested as F.batch_norm
TYPES = {"VJP", "Array", "Op", "Result"}
TABLE = [
    pytest.param(case, shapes, options, id=f"{case.op.__name__}-{shapes}-{i}")
    for case in CASES
    for i, (shapes, options) in enumerate(case.runs)
]


def inputs(case: Case, shapes: tuple[tuple[int, ...], ...]) -> list[np.ndarray]:
    arrays = distinct(np.random.RandomState(len(shapes)), *shapes)
    return [np.abs(a) + 0.3 for a in arrays] if case.positive else arrays


def test_the_table_contains_every_operation() -> None:
    assert {case.op.__name__ for case in CASES} == {*ops.__all__} - SHAPE_ONLY - TYPES


@pytest.mark.parametrize(("case", "shapes", "options"), TABLE)
def test_gradients(case: Case, shapes: Any, options: Any) -> None:
    check_gradients(lambda *xs: apply(case.op, *xs, **options), inputs(case, shapes))


@pytest.mark.parametrize(("case", "shapes", "options"), TABLE)
def test_float32_stays_float32_and_agrees_with_float64(
    case: Case, shapes: Any, options: Any
) -> None:
    if case.op is ops.cast:
        options = {"dtype": np.float32}
    wide = inputs(case, shapes)
    if case.op in (ops.floordiv, ops.mod):
        wide = [a.astype("float32").astype("float64") for a in wide]
    narrow = [a.astype("float32") for a in wide]

    def f(*xs: Tensor) -> Tensor:
        return apply(case.op, *xs, **options)

    value = f(*(Tensor(a) for a in narrow))
    assert value.dtype == np.float32
    expected = f(*(Tensor(a, "float64") for a in wide))
    np.testing.assert_allclose(value.numpy(), expected.numpy(), rtol=1e-4, atol=1e-5)
    dy = np.asarray(np.random.RandomState(1).randn(*value.shape))
    found = gradients(f, narrow, dy.astype("float32"))
    for got, wanted, array in zip(found, gradients(f, wide, dy), narrow, strict=True):
        assert got.dtype == np.float32 or not array.size
        np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("op", "options", "x", "wanted"),
    [
        # ties share the gradient evenly, as in PyTorch's amax
        (ops.max, {"axis": None}, [1.0, 3.0, 3.0], [0, 0.5, 0.5]),
        (ops.min, {"axis": 0}, [[1.0, 2.0], [1.0, 3.0]], [[0.5, 1], [0.5, 0]]),
        # ties pass the gradient to the first maximum of a window, as in PyTorch and cuDNN
        (
            ops.max_pool2d,
            {"kernel": (2, 2), "stride": (2, 2), "padding": (0, 0)},
            [[[[0.0, 0.0], [0.0, 0.0]]]],
            [[[[1, 0], [0, 0]]]],
        ),
        (
            ops.max_pool2d,
            {"kernel": (1, 2), "stride": (1, 1), "padding": (0, 0)},
            [[[[5.0, 5.0, 5.0]]]],
            [[[[1, 1, 0]]]],
        ),
        (ops.relu, {}, [0.0, -0.0, 1.0], [0, 0, 1]),
        (ops.abs, {}, [0.0, -2.0], [0, -1]),
        (ops.prod, {}, [0.0, 2.0, 3.0], [6, 0, 0]),
        (ops.prod, {}, [0.0, 0.0, 3.0], [0, 0, 0]),
        (ops.clip, {"lower": 0.0, "upper": 1.0}, [0.0, 1.0, -1.0, 2.0], [1, 1, 0, 0]),
    ],
)
def test_at_kinks_and_ties(op: Any, options: Any, x: Any, wanted: Any) -> None:
    def f(t: Tensor) -> Tensor:
        return apply(op, t, **options)

    dy = np.ones(f(Tensor(x, "float64")).shape)
    (got,) = gradients(f, [np.array(x)], dy)
    np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize(
    ("op", "a", "b", "da", "db"),
    [
        (ops.maximum, 2.0, 2.0, 0.5, 0.5),
        (ops.minimum, 2.0, 2.0, 0.5, 0.5),
        (ops.pow, 0.0, 2.0, 0.0, 0.0),
        (ops.pow, 0.0, 0.0, 0.0, 0.0),
        (ops.pow, 0.0, 1.0, 1.0, 0.0),
        (ops.pow, 3.0, 0.0, 0.0, np.log(3.0)),
    ],
)
def test_binary_operations_at_kinks(op: Any, a: float, b: float, da: float, db: float) -> None:
    arrays = [np.array(a), np.array(b)]
    got = gradients(lambda x, y: apply(op, x, y), arrays, np.array(1.0))
    np.testing.assert_allclose(got, [da, db])


@pytest.mark.parametrize(
    ("op", "x", "wanted"),
    [
        (ops.sigmoid, [-1000.0, 1000.0, -np.inf, np.inf], [0, 1, 0, 1]),
        (ops.tanh, [-1000.0, 1000.0], [-1, 1]),
        (ops.softmax, [1000.0, 1000.0, -1000.0], [0.5, 0.5, 0]),
        (ops.logsoftmax, [1000.0, 0.0], [0, -1000]),
        (ops.logsoftmax, [0.0, -np.inf], [0, -np.inf]),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_large_values_do_not_overflow(op: Any, x: Any, wanted: Any, dtype: str) -> None:
    options = {"axis": -1} if op in (ops.softmax, ops.logsoftmax) else {}
    value, _ = op(np.array(x, dtype), **options)  # a warning would be an error
    np.testing.assert_allclose(value, wanted, atol=1e-30)


def test_cross_entropy_ignores_an_impossible_class() -> None:
    x = np.array([[0.0, -np.inf, 0.0]])
    value, vjp = ops.cross_entropy(x, labels=np.array([0]), label_smooth=0.0, axis=1)
    np.testing.assert_allclose(value, np.log([2]))
    np.testing.assert_allclose(vjp(np.ones(1)), [[-0.5, 0, 0.5]])
