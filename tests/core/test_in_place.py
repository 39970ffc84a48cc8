"""In-place changes during a recording: values in use are protected, others may change."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import fineopt.module as M
import fineopt.optimizer as optim
from fineopt import Parameter, Tensor
from fineopt.autodiff import GradManager
from tests.support.tensors import grad


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
def test_changing_a_parameter_between_forward_and_backward_raises(how: str, attached: str) -> None:
    net = M.Linear(2, 1)
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    for p in net.parameters():
        p.grad = Tensor(np.ones(p.shape))
    x = Tensor([[1.0, 2.0]])
    # even if the parameter itself is not attached: the gradient of x needs its values
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


def test_changing_an_attached_tensor_during_a_recording_raises() -> None:
    x = Tensor([1.0, 2.0])
    with GradManager().attach(x) as gm:
        y = x * x
        with pytest.raises(RuntimeError, match="attached"):
            x[0] = 5
        with pytest.raises(RuntimeError, match="attached"):
            x += 1
        gm.backward(y)
    assert grad(x) == [2.0, 4.0]


def test_assignment_to_other_tensors_is_differentiated() -> None:
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


def test_an_index_array_can_change_after_use() -> None:
    a, index = Parameter([1.0, 2.0]), np.array([0])
    with GradManager().attach(a) as gm:
        y = a[index]
        index[0] = 1
        gm.backward(y)
    assert grad(a) == [1.0, 0.0]
