"""GradManager: what it records, what it computes, and what it refuses rather than get wrong."""

from __future__ import annotations

import copy
import gc
import pickle
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import fineopt.functional as F
import fineopt.module as M
import fineopt.optimizer as optim
from fineopt import Parameter, Tensor, ops
from fineopt.autodiff import GradManager
from fineopt.core.tape import recording
from fineopt.core.tensor import apply
from fineopt.models import LeNet


@pytest.fixture(autouse=True)
def nothing_is_left_recording() -> Iterator[None]:
    yield
    assert recording.tapes == []


def grad(x: Tensor) -> Any:
    return None if x.grad is None else x.grad.tolist()


# ---- attaching ----


def test_one_tensor_several_and_a_generator() -> None:
    a, b, c = (Parameter([float(i)]) for i in range(3))
    gm = GradManager().attach(a)
    assert gm.attach([b, c]) is gm
    assert [x is y for x, y in zip(gm.attached_tensors(), (a, b, c), strict=True)] == [True] * 3
    net = M.Linear(2, 2)
    assert len(GradManager().attach(net.parameters()).attached_tensors()) == 2


def test_only_what_is_attached_gets_a_gradient() -> None:
    a, b = Parameter([2.0]), Parameter([3.0])
    with GradManager().attach(a) as gm:
        gm.backward(a * b)
    assert (grad(a), grad(b)) == ([3.0], None)


def test_attaching_holds_weakly() -> None:
    gm = GradManager().attach(Tensor([1.0]))
    assert gm.attached_tensors() == []


def test_attaching_while_recording_counts_from_there() -> None:
    a, x = Parameter([2.0]), Tensor([3.0])
    gm = GradManager().attach(a)
    with gm:
        y = a * a
        gm.attach([x, y])  # an input from outside, and what has been computed
        gm.backward(y * x)
    assert (grad(a), grad(x), grad(y)) == ([12.0], [4.0], [3.0])


def test_detaching() -> None:
    a, b = Parameter([2.0]), Parameter([3.0])
    gm = GradManager().attach([a, b]).detach(a)
    with gm:
        gm.backward(a * b)
    assert (grad(a), grad(b)) == (None, [2.0])
    with pytest.raises(ValueError, match="not attached"):
        gm.detach(a)


def test_a_tensor_set_from_another_recording_is_still_attached() -> None:
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
def test_what_can_t_be_attached(what: Any, kind: type[Exception], words: str) -> None:
    gm = GradManager()
    with pytest.raises(kind) as caught:
        gm.attach(what)
    assert words in str(caught.value)
    assert gm.attached_tensors() == []


# ---- callbacks ----


def test_callbacks_change_each_new_gradient_in_turn() -> None:
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
def test_a_bad_callback_leaves_all_gradients_alone(
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


# ---- recording and backward ----


def test_record_and_release() -> None:
    a = Parameter([2.0])
    gm = GradManager().attach(a)
    gm.record()
    y = a * a
    gm.backward(y)
    assert grad(a) == [4.0]
    gm.record()
    y = a * a
    gm.release()
    with pytest.raises(RuntimeError, match="released"):
        gm.backward(y)
    gm.release()  # twice is no harm
    assert grad(a) == [4.0]


def test_gradients_add_up_until_they_are_cleared() -> None:
    a = Parameter([2.0])
    gm = GradManager().attach(a)
    for wanted in (4.0, 8.0, 12.0):
        with gm:
            gm.backward(a * a)
        assert grad(a) == [wanted]
    optim.SGD([a], lr=0.1).clear_grad()
    assert a.grad is None


def test_an_accumulated_gradient_leaves_the_earlier_one_alone() -> None:
    a = Parameter([2.0])
    gm = GradManager().attach(a)
    with gm:
        gm.backward(a * a)
    first = a.grad
    with gm:
        gm.backward(a * a)
    assert first.tolist() == [4.0]


def test_several_outputs_each_with_its_gradient() -> None:
    a = Parameter([1.0, 2.0])

    def run(pick: Callable[[Tensor, Tensor], Any], dy: Any) -> Any:
        a.grad = None
        with GradManager().attach(a) as gm:
            gm.backward(pick(a * a, a * 3), dy)
        return grad(a)

    dy, dz = Tensor([1.0, 10.0]), Tensor([5.0, 0.5])
    assert run(lambda y, z: [y, z], [dy, dz]) == [17.0, 41.5]
    assert run(lambda y, z: (y, z), None) == [5.0, 7.0]
    assert run(lambda y, z: y, dy) == [2.0, 40.0]
    assert run(lambda y, z: y, [1.0, 10.0]) == [2.0, 40.0]
    assert run(lambda y, z: y, [dy]) == [2.0, 40.0]
    assert run(lambda y, z: [y], dy) == [2.0, 40.0]
    assert run(lambda y, z: [y, y], [dy, dy]) == [4.0, 80.0]
    assert run(lambda y, z: [y, a], [dy, dz]) == [7.0, 40.5]  # an attached tensor as output


@pytest.mark.parametrize(
    ("y", "dy", "kind", "words"),
    [
        (lambda a: a * 1, Tensor([1.0]), ValueError, "(1,)"),
        (lambda a: [a * 1, a * 2], [Tensor([1.0, 1.0])], ValueError, "2 outputs"),
        (lambda a: [a * 1, 3.0], None, TypeError, "y[1] is a float"),
        (lambda a: 3.0, None, TypeError, "float"),
        (lambda a: Tensor([1.0]), None, RuntimeError, "does not depend on any attached tensor"),
        (lambda a: a > 0, None, RuntimeError, "does not depend on any attached tensor"),
    ],
)
def test_refused_by_backward(y: Any, dy: Any, kind: type[Exception], words: str) -> None:
    a = Parameter([1.0, 2.0])
    gm = GradManager().attach(a)
    with gm:
        with pytest.raises(kind) as caught:
            gm.backward(y(a), dy)
        assert words in str(caught.value)
        assert a.grad is None
        gm.backward(a * 2)  # nothing was lost: the recording goes on
    assert grad(a) == [2.0, 2.0]


def test_backward_without_a_recording() -> None:
    a = Parameter([1.0])
    gm = GradManager().attach(a)
    y = a * 2
    with pytest.raises(RuntimeError, match="inside `with gm:`"):
        gm.backward(y)
    with gm:
        y = a * 2
        gm.backward(y)
        with pytest.raises(RuntimeError, match="already been called"):
            gm.backward(y)
    with pytest.raises(RuntimeError, match="already been called"):
        gm.backward(y)
    with gm:
        y = a * 2
    with pytest.raises(RuntimeError, match="inside the block"):
        gm.backward(y)
    assert grad(a) == [2.0]


def test_a_forward_pass_before_the_recording_is_not_differentiated() -> None:
    a = Parameter([1.0])
    y = a * 2
    gm = GradManager().attach(a)
    with gm, pytest.raises(RuntimeError, match="inside this `with gm:`"):
        gm.backward(y)


def test_one_recording_at_a_time() -> None:
    gm = GradManager().attach(Parameter([1.0]))
    with gm, pytest.raises(RuntimeError, match="already recording"):
        gm.record()


def test_an_exception_ends_the_recording() -> None:
    a = Parameter([2.0])
    gm = GradManager().attach(a)
    with pytest.raises(ZeroDivisionError), gm:
        _ = a * a / (1 / 0)
    with gm:
        gm.backward(a * a)
    assert grad(a) == [4.0]


def test_a_manager_that_is_forgotten_keeps_nothing_locked() -> None:
    a = Parameter([2.0])
    gm = GradManager().attach(a)
    gm.record()
    _ = a * a
    del gm
    a[...] = 1
    assert a.tolist() == [1.0]


# ---- only what is needed ----


def count_vjps(op: Any, calls: list[str], name: str) -> Any:
    def counted(*arrays: Any, **options: Any) -> Any:
        value, *vjps = op(*arrays, **options)

        def counting(i: int, vjp: Any) -> Any:
            def called(g: Any) -> Any:
                calls.append(f"{name}{i}")
                return vjp(g)

            return called

        return value, *(counting(i, vjp) for i, vjp in enumerate(vjps))

    return counted


def test_backward_calls_only_the_vjps_that_lead_to_an_attached_tensor() -> None:
    calls: list[str] = []

    def mul(name: str, a: Tensor, b: Tensor) -> Tensor:
        return apply(count_vjps(ops.mul, calls, name), a, b)

    x, frozen, w1, w2 = (Parameter([float(i)]) for i in range(2, 6))
    gm = GradManager().attach([w1, w2])
    with gm:
        features = mul("features", x, frozen)  # leads to nothing attached: not even recorded
        hidden = mul("hidden", features, w1)
        _ = mul("aside", hidden, w2)  # recorded, but y does not come from it
        y = mul("y", hidden, w2)
        gm.backward(y)
    assert sorted(calls) == ["hidden1", "y0", "y1"]
    assert (grad(w1), grad(w2)) == ([30.0], [24.0])


def test_a_frozen_front_is_not_differentiated(monkeypatch: pytest.MonkeyPatch) -> None:
    net = LeNet()
    calls: list[str] = []
    for name in ("conv2d", "max_pool2d", "linear", "relu"):
        monkeypatch.setattr(ops, name, count_vjps(getattr(ops, name), calls, name))
    last = [p for name, p in net.named_parameters() if "classifer" in name]
    with GradManager().attach(last) as gm:
        gm.backward(net(Tensor(np.zeros((1, 1, 32, 32)))).sum())
    assert sorted(calls) == ["linear1", "linear2"]


# ---- two managers ----


def test_two_managers_may_nest() -> None:
    a, b = Parameter([2.0]), Parameter([3.0])
    outer, inner = GradManager().attach(a), GradManager().attach([a, b])
    with outer, inner:
        y = a * b
        inner.backward(y)
        assert (grad(a), grad(b)) == ([3.0], [2.0])
        outer.backward(y * a)
    assert (grad(a), grad(b)) == ([3.0 + 2 * 2 * 3], [2.0])


def test_managers_may_overlap_without_nesting() -> None:
    a, b = Parameter([2.0]), Parameter([3.0])
    first, second = GradManager().attach(a), GradManager().attach(b)
    first.record()
    x = a * 2
    second.record()
    y = x * b
    first.backward(y)
    z = y * b
    second.backward(z)
    assert (grad(a), grad(b)) == ([6.0], [24.0])


def test_a_gradient_of_an_inner_manager_may_not_be_differentiated() -> None:
    w, x = Parameter([2.0]), Tensor([3.0])
    outer, inner = GradManager().attach(w), GradManager().attach(x)
    with outer:
        with inner:
            inner.backward(w * x * x)
        assert x.grad.sum().item() == 12.0  # to look at it is no harm
        penalty = (x.grad * x.grad).sum()
        with pytest.raises(RuntimeError, match="second derivatives"):
            outer.backward(penalty + w)
    assert w.grad is None


@pytest.mark.parametrize(
    "use",
    [
        lambda g: g.detach(),
        lambda g: Tensor(g.numpy()),
        lambda g: g.item(),
    ],
)
def test_as_a_constant_it_may_be_used(use: Any) -> None:
    w, x = Parameter([2.0]), Tensor([3.0])
    outer, inner = GradManager().attach(w), GradManager().attach(x)
    with outer:
        with inner:
            inner.backward(w * x * x)
        outer.backward(w * use(x.grad))
    assert grad(w) == [12.0]


def test_an_inner_gradient_that_depends_on_nothing_outer_is_a_constant() -> None:
    w, x = Parameter([2.0]), Tensor([3.0])
    outer, inner = GradManager().attach(w), GradManager().attach(x)
    with outer:
        with inner:
            inner.backward(x * x)
        outer.backward(w * x.grad)
    assert grad(w) == [6.0]


# ---- changing what is in use ----


def changes() -> dict[str, Callable[[M.Linear, optim.SGD], object]]:
    def in_place(net: M.Linear, _: object) -> None:
        net.weight -= 1

    return {
        "p[...] =": lambda net, _: net.weight.__setitem__(..., 0),
        "p[0] =": lambda net, _: net.weight.__setitem__(0, 0),
        "p -=": in_place,
        "load_state_dict": lambda net, _: net.load_state_dict(M.Linear(2, 1).state_dict()),
        "an initialiser": lambda net, _: M.init.zeros_(net.weight),
        "reset_parameters": lambda net, _: net.reset_parameters(),
        "optimizer.step": lambda _, optimizer: optimizer.step(),
    }


@pytest.mark.parametrize("how", changes())
@pytest.mark.parametrize("attached", ["weight", "bias", "x"])
def test_a_parameter_in_use_is_not_changed_between_forward_and_backward(
    how: str, attached: str
) -> None:
    net = M.Linear(2, 1)
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    for p in net.parameters():
        p.grad = Tensor(np.ones(p.shape))
    x = Tensor([[1.0, 2.0]])
    # also where the parameter is not attached itself: the gradient of x needs its values
    gm = GradManager().attach(x if attached == "x" else getattr(net, attached))
    before = net.state_dict()
    with gm:
        y = net(x)
        with pytest.raises(RuntimeError, match="in use by a GradManager that is still recording"):
            changes()[how](net, optimizer)
        for name, value in net.state_dict().items():
            np.testing.assert_array_equal(value, before[name])
        gm.backward(y)
        changes()[how](net, optimizer)  # now that the recording has ended
    assert not np.array_equal(net.weight, before["weight"])


def test_an_attached_tensor_in_use_is_not_changed() -> None:
    x = Tensor([1.0, 2.0])
    with GradManager().attach(x) as gm:
        y = x * x
        with pytest.raises(RuntimeError, match="attached"):
            x[0] = 5
        with pytest.raises(RuntimeError, match="attached"):
            x += 1
        gm.backward(y)
    assert grad(x) == [2.0, 4.0]


def test_other_tensors_may_be_changed_and_gradients_follow() -> None:
    a = Parameter([2.0, 3.0])
    with GradManager().attach(a) as gm:
        x = Tensor([1.0, 1.0])
        y = a * x  # needs x as it is now
        x[...] = 100
        z = y * 1
        z[0] = a[1]  # from here z[0] comes from a[1]
        z += a
        gm.backward(z)
    assert (z.tolist(), grad(a)) == ([5.0, 6.0], [1.0, 3.0])


def test_an_index_may_be_changed_after_use() -> None:
    a, index = Parameter([1.0, 2.0]), np.array([0])
    with GradManager().attach(a) as gm:
        y = a[index]
        index[0] = 1
        gm.backward(y)
    assert grad(a) == [1.0, 0.0]


def test_gradients_own_their_numbers() -> None:
    a, b = Parameter([1.0, 2.0]), Parameter([3.0, 4.0])
    with GradManager().attach([a, b]) as gm:
        gm.backward((a + b).sum())
    assert a.grad._data.flags.writeable
    assert not np.shares_memory(a.grad._data, b.grad._data)


def test_the_gradient_of_a_single_number_is_an_array() -> None:
    a = Parameter(3.0)
    gm = GradManager().attach(a)
    for _ in range(2):
        with gm:
            gm.backward(a * a)
    assert type(a.grad.numpy()) is np.ndarray
    assert a.grad.dtype == "float32"
    assert a.grad.item() == 12.0


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_gradient_has_the_dtype_of_its_tensor(dtype: str) -> None:
    a = Parameter([1.0, 2.0], dtype)
    with GradManager().attach(a) as gm:
        y = a * Tensor([1.0], "float64") + a.astype("float64") * Tensor([1.0], "float32")
        gm.backward(y.astype("float32").sum())
    assert a.grad.dtype == dtype
    assert grad(a) == [2.0, 2.0]


# ---- memory and threads ----


def test_steps_leave_nothing_for_the_cycle_collector() -> None:
    front = [M.Conv2d(1, 2, 3), M.BatchNorm2d(2), M.ReLU(), M.MaxPool2d(2), M.AvgPool2d(2, 1)]
    net = M.Sequential(*front, M.Flatten(), M.Dropout(0.5), M.Linear(8, 4))
    gm = GradManager().attach(net.parameters())
    optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)

    def step() -> None:
        with gm:
            out = F.concat([net(Tensor(np.ones((2, 1, 8, 8)))), Tensor(np.zeros((2, 1)))], 1)
            out[:, 0] = out.max(axis=1) + out.prod()
            gm.backward(F.loss.cross_entropy(out, [0, 1]))
        optimizer.step().clear_grad()

    step()
    gc.collect()
    gc.disable()
    try:
        for _ in range(5):
            step()
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_threads_record_each_for_itself() -> None:
    results: dict[int, Any] = {}
    barrier = threading.Barrier(2, timeout=30)

    def work(i: int) -> None:
        a = Parameter([float(i)])
        with GradManager().attach(a) as gm:
            barrier.wait()  # both record now
            y = a * a
            assert len(recording.tapes) == 1
            barrier.wait()
            gm.backward(y)
        results[i] = grad(a)

    threads = [threading.Thread(target=work, args=(i,)) for i in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {1: [2.0], 2: [4.0]}


def test_a_recording_may_be_ended_by_another_thread() -> None:
    a = Parameter([2.0])
    gm = GradManager().attach(a)
    gm.record()
    y = a * a
    thread = threading.Thread(target=gm.backward, args=(y,))
    thread.start()
    thread.join()
    assert grad(a) == [4.0]
    assert recording.tapes == []


# ---- copies ----


@pytest.mark.parametrize("again", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
@pytest.mark.parametrize("first", ["manager", "tensors"])
def test_a_copy_with_its_tensors_attaches_the_copies(again: Any, first: str) -> None:
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


def test_a_shallow_copy_attaches_the_same_tensors_and_is_a_manager_of_its_own() -> None:
    x = Parameter([1.0])
    gm = GradManager().attach(x)
    twin = copy.copy(gm)
    gm.detach(x)
    assert [t is x for t in twin.attached_tensors()] == [True]


def test_a_deep_copy_alone_attaches_nothing_and_one_that_records_is_refused() -> None:
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
