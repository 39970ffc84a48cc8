"""GradManager: attach, detach, callbacks and state_dict."""

from __future__ import annotations

import copy
import gc
import pickle
from typing import Any

import pytest

import fineopt.module as M
from fineopt import Parameter, Tensor
from fineopt.autodiff import GradManager
from tests.support.injection import interrupted
from tests.support.tensors import grad

# ---- attach and detach ----


def test_attach_one_tensor_a_list_or_a_generator() -> None:
    a, b, c = (Parameter([float(i)]) for i in range(3))
    gm = GradManager().attach(a)
    assert gm.attach([b, c]) is gm
    assert [x is y for x, y in zip(gm.attached_tensors(), (a, b, c), strict=True)] == [True] * 3
    net = M.Linear(2, 2)
    assert len(GradManager().attach(net.parameters()).attached_tensors()) == 2


def test_only_attached_tensors_get_gradients() -> None:
    a, b = Parameter([2.0]), Parameter([3.0])
    with GradManager().attach(a) as gm:
        gm.backward(a * b)
    assert (grad(a), grad(b)) == ([3.0], None)


def test_attached_tensors_are_weak_references() -> None:
    gm = GradManager().attach(Tensor([1.0]))
    assert gm.attached_tensors() == []


def test_attaching_during_a_recording_takes_effect_from_there() -> None:
    a, x = Parameter([2.0]), Tensor([3.0])
    gm = GradManager().attach(a)
    with gm:
        y = a * a
        gm.attach([x, y])  # an input from outside, and what has been computed
        gm.backward(y * x)
    assert (grad(a), grad(x), grad(y)) == ([12.0], [4.0], [3.0])


def test_detach() -> None:
    a, b = Parameter([2.0]), Parameter([3.0])
    gm = GradManager().attach([a, b]).detach(a)
    with gm:
        gm.backward(a * b)
    assert (grad(a), grad(b)) == (None, [2.0])
    with pytest.raises(ValueError, match="not attached"):
        gm.detach(a)


def test_a_tensor_assigned_in_another_recording_stays_attached() -> None:
    w, x = Parameter([2.0]), Tensor([1.0, 1.0])
    gm = GradManager().attach(x)
    with GradManager().attach(w):
        x[0] = w[0]
    with gm:
        gm.backward((x * x).sum())
    assert grad(x) == [4.0, 2.0]


@pytest.mark.parametrize(
    ("what", "kind", "words"),
    [
        (3, TypeError, "int"),
        ([Parameter([1.0]), 3], TypeError, "item 1 is a int"),
        (M.Linear(1, 1).named_parameters(), TypeError, "use parameters()"),
        (Tensor([1]), TypeError, "int32"),
        (iter(()), ValueError, "exhausted"),
    ],
)
def test_attach_validates_tensors(what: Any, kind: type[Exception], words: str) -> None:
    gm = GradManager()
    with pytest.raises(kind) as caught:
        gm.attach(what)
    assert words in str(caught.value)
    assert gm.attached_tensors() == []


# ---- callbacks ----


def test_callbacks_transform_each_new_gradient_in_order() -> None:
    a, b = Parameter([2.0]), Parameter([3.0])
    seen: list[Any] = []

    def note(x: Tensor, g: Tensor) -> Tensor:
        seen.append((x is a, g.tolist()))
        return g

    gm = GradManager().attach(a, callbacks=[lambda x, g: g * 10, note])
    gm.attach([a, b], callbacks=lambda x, g: g + 1)
    for _ in range(2):
        with gm:
            gm.backward(a * b)
    assert seen == [(True, [30.0])] * 2
    assert (grad(a), grad(b)) == ([62.0], [6.0])  # what callbacks return adds up


@pytest.mark.parametrize(
    ("callback", "kind", "words"),
    [
        (lambda x, g: None, TypeError, "NoneType"),
        (lambda x, g: g[:1], ValueError, "(1,)"),
        (lambda x, g: 1 / 0, ZeroDivisionError, ""),
    ],
)
def test_an_invalid_callback_leaves_all_gradients_unchanged(
    callback: Any, kind: type[Exception], words: str
) -> None:
    a, b = Parameter([1.0, 2.0]), Parameter([3.0, 4.0])
    gm = GradManager().attach(a).attach(b, callback)
    with pytest.raises(kind) as caught, gm:
        gm.backward(a * b)
    assert words in str(caught.value)
    assert (grad(a), grad(b)) == (None, None)


def test_a_callback_must_be_callable() -> None:
    with pytest.raises(TypeError, match="tensor, grad"):
        GradManager().attach(Parameter([1.0]), callbacks=[3])  # type: ignore[list-item]


# ---- state ----


def named(**values: float) -> dict[str, Parameter]:
    parameters = {name: Parameter([value]) for name, value in values.items()}
    for name, p in parameters.items():
        p.name = name
    return parameters


def ids(gm: GradManager) -> list[int]:
    return [id(x) for x in gm.attached_tensors()]


def test_the_state_lists_keys_in_attach_order() -> None:
    net = M.Linear(2, 1)
    x, twins = Tensor([1.0]), [Parameter([1.0]), Parameter([2.0])]
    for twin in twins:
        twin.name = "twin"
    gm = GradManager().attach([net.weight, x]).attach([*twins, net.bias])
    assert gm.state_dict() == {"attached": ["weight", "#1", "twin#2", "twin#3", "bias"]}
    assert GradManager().state_dict() == {"attached": []}


@pytest.mark.parametrize("keys", [["a", "b", "c"], ["c", "a"], ["b"], []])
@pytest.mark.parametrize("as_mapping", [True, False])
def test_loading_a_state_attaches_exactly_its_tensors(keys: list[str], as_mapping: bool) -> None:
    tensors = named(a=1.0, b=2.0, c=3.0)
    gm = GradManager().attach([tensors["b"], Parameter([4.0])])
    gm.load_state_dict({"attached": keys}, tensors if as_mapping else tensors.values())
    assert ids(gm) == [id(tensors[key]) for key in keys]
    assert gm.state_dict() == {"attached": keys}
    with gm:
        y = tensors["a"] * tensors["b"] * tensors["c"]
        if keys:
            gm.backward(y)
    assert [key for key, p in tensors.items() if p.grad is not None] == sorted(keys)


def test_a_state_round_trips_without_names() -> None:
    tensors = [Tensor([1.0]), Parameter([2.0]), Tensor([3.0])]
    gm = GradManager().attach(tensors)
    state = gm.state_dict()
    gm.detach(tensors[1])
    gm.load_state_dict(state, tensors)
    assert ids(gm) == [id(x) for x in tensors]


def test_callbacks_stay_with_tensors_that_were_attached() -> None:
    tensors = named(a=1.0, b=2.0)
    gm = GradManager().attach(tensors["a"], _double)
    gm.load_state_dict({"attached": ["b", "a"]}, tensors)
    assert (gm.callbacks(tensors["a"]), gm.callbacks(tensors["b"])) == ([_double], [])
    gm.load_state_dict({"attached": ["b"]}, tensors)
    gm.load_state_dict({"attached": ["a"]}, tensors)
    assert gm.callbacks(tensors["a"]) == []


def test_loaded_tensors_are_held_weakly() -> None:
    tensors = named(a=1.0, b=2.0)
    gm = GradManager()
    gm.load_state_dict({"attached": ["a", "b"]}, tensors)
    del tensors["a"]
    gc.collect()
    assert gm.state_dict() == {"attached": ["b"]}


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"attached": ["a", "x", "bb"]}, ["'x' is unknown", "'bb' is unknown"]),
        ({"attached": ["a", "a", "x"]}, ["'a' is listed more than once", "'x' is unknown"]),
        ({"attached": "a"}, ["{'attached': 'a'}", "state_dict()"]),
        ({"attached": [1]}, ["{'attached': [1]}"]),
        ({"attached": None}, ["None"]),
        ({"attached": ["a"], "other": 1}, ["'other'"]),
        ({}, ["{}"]),
        (["a"], ["['a']"]),
        (None, ["None"]),
    ],
)
def test_an_invalid_state_raises_and_changes_nothing(state: Any, words: list[str]) -> None:
    tensors = named(a=1.0, b=2.0)
    gm = GradManager().attach(tensors["b"], _double)
    with pytest.raises(ValueError) as caught:
        gm.load_state_dict(state, tensors)
    for word in words:
        assert word in str(caught.value)
    assert (ids(gm), gm.callbacks(tensors["b"])) == ([id(tensors["b"])], [_double])


def test_only_floating_point_tensors_are_loaded() -> None:
    gm = GradManager()
    with pytest.raises(TypeError, match="int32: only floating-point tensors have gradients"):
        gm.load_state_dict({"attached": ["a"]}, {"a": Tensor([1])})
    with pytest.raises(TypeError, match="item 0 is a float"):
        gm.load_state_dict({"attached": ["a"]}, {"a": 1.0})  # type: ignore[dict-item]
    assert gm.attached_tensors() == []


def test_loading_a_state_during_a_recording_raises() -> None:
    tensors = named(a=1.0)
    gm = GradManager().attach(tensors["a"])
    with gm:
        with pytest.raises(RuntimeError, match="recording: load its state after backward"):
            gm.load_state_dict({"attached": []}, tensors)
        gm.backward(tensors["a"] * 2)
    assert grad(tensors["a"]) == [2.0]


def test_an_interrupted_load_attaches_all_or_nothing() -> None:
    line = 1
    while True:
        tensors = named(a=1.0, b=2.0, c=3.0)
        gm = GradManager().attach([tensors["a"], tensors["b"]])
        state = {"attached": ["c", "b"]}
        where = interrupted(line, lambda: gm.load_state_dict(state, tensors))  # noqa: B023
        assert gm.state_dict()["attached"] in (["a", "b"], ["c", "b"]), where
        if not where:
            break
        line += 1
    assert gm.state_dict() == state
    assert line > 15


# ---- copies ----


@pytest.mark.parametrize("again", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
@pytest.mark.parametrize("first", ["manager", "tensors"])
def test_a_copy_that_includes_the_tensors_attaches_their_copies(again: Any, first: str) -> None:
    x, y = Parameter([1.0]), Parameter([2.0])
    gm = GradManager().attach(y).attach(x, _double)
    pair = [gm, [x, y]] if first == "manager" else [[x, y], gm]
    copied = again(pair)
    twin, (u, v) = copied if first == "manager" else copied[::-1]
    assert [t is w for t, w in zip(twin.attached_tensors(), (v, u), strict=True)] == [True, True]
    with twin:
        twin.backward((u * v).sum())
    assert (u.grad.tolist(), v.grad.tolist()) == ([4.0], [1.0])  # the callback went along
    assert x.grad is y.grad is None
    assert gm.attached_tensors() == [y, x]


def _double(_: Tensor, grad: Tensor) -> Tensor:
    return grad * 2


def test_a_shallow_copy_attaches_the_same_tensors_independently() -> None:
    x = Parameter([1.0])
    gm = GradManager().attach(x)
    twin = copy.copy(gm)
    gm.detach(x)
    assert [t is x for t in twin.attached_tensors()] == [True]


def test_a_deep_copy_alone_attaches_nothing_and_raises_during_a_recording() -> None:
    x = Parameter([1.0])
    gm = GradManager().attach(x)
    assert copy.deepcopy(gm).attached_tensors() == []
    with gm:
        with pytest.raises(
            RuntimeError, match="this GradManager is recording: copy it after backward"
        ):
            copy.deepcopy((gm, x))
        gm.backward((x * x).sum())
    assert x.grad is not None
