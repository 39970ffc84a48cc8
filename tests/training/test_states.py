"""load_state_dict of everything: any damage to a state is a ValueError that changes nothing."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fineopt
import fineopt.module as M
from fineopt import Parameter, Tensor
from fineopt.data import DataLoader, RandomSampler
from fineopt.optimizer import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    AdamW,
    ExponentialLR,
    Lion,
    LRScheduler,
    MultipleOptimizer,
    Optimizer,
    RMSprop,
    SequentialLR,
    WarmupLR,
)


def stepped(make: Callable[[list[Parameter]], Any]) -> Any:
    params = [Parameter([1.0, 2.0]), Parameter([[3.0]])]
    for name, p in zip("wb", params, strict=True):
        p.name = name
    optimizer = make(params)
    for t in range(2):
        for p in params:
            p.grad = Tensor(np.full(p.shape, t + 1.0))
        optimizer.step()
    return optimizer


def both(params: list[Parameter]) -> MultipleOptimizer:
    return MultipleOptimizer(SGD(params[:1], 0.1, momentum=0.9), Adam(params[1:], 0.1))


def sequence(optimizer: Optimizer) -> LRScheduler:
    parts = [WarmupLR(optimizer, 2, 0.5), ExponentialLR(optimizer, 0.5)]
    return SequentialLR(optimizer, parts, [2])


def loader() -> DataLoader:
    data = list(range(7))
    made = DataLoader(data, RandomSampler(data, batch_size=2, seed=3))  # type: ignore[arg-type]
    next(iter(made))
    return made


class Stream:
    """The global random number generator, as an object with a state."""

    state_dict = staticmethod(fineopt.random.get_state)
    load_state_dict = staticmethod(fineopt.random.set_state)


THINGS: dict[str, Callable[[], Any]] = {
    "SGD": lambda: stepped(lambda p: SGD([{"params": p[:1]}, {"params": p[1:]}], 0.1, 0.9)),
    "Adam": lambda: stepped(lambda p: Adam(p, 0.1)),
    "AdamW": lambda: stepped(lambda p: AdamW(p, 0.1)),
    "Adagrad": lambda: stepped(lambda p: Adagrad(p, 0.1)),
    "Adadelta": lambda: stepped(lambda p: Adadelta(p, 0.1)),
    "RMSprop": lambda: stepped(lambda p: RMSprop(p, 0.1, momentum=0.9, centered=True)),
    "Lion": lambda: stepped(lambda p: Lion(p, 0.1)),
    "MultipleOptimizer": lambda: stepped(both),
    "schedule": lambda: ExponentialLR(stepped(lambda p: SGD(p, 0.1)), 0.5),
    "sequence": lambda: sequence(stepped(lambda p: SGD(p, 0.1))),
    "loader": loader,
    "sampler": lambda: loader().sampler,
    "stream": Stream,
    "module": lambda: M.Sequential(M.Linear(2, 2), M.BatchNorm1d(2)),
}
BAD = [
    None, "x", "", 5, -1, 0, 2.5, True, math.nan, math.inf, -math.inf, 1j, 10**400, 2**70, [], {},
    [[1], [1, 2]], {"step": 1}, np.zeros(3), np.array(-1.0), np.array("x"), np.array([None]),
    np.full(624, 2**33), [-1.0, -1.0], Tensor([1.0]), object(),
]  # fmt: skip


def flat(value: Any) -> Any:
    """Convert a state to a value that `==` compares bit for bit, NaN included."""
    if isinstance(value, dict):
        return {key: flat(v) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [flat(v) for v in value]
    array = np.asarray(value)
    return (array.dtype.str, array.shape, array.tobytes()) if array.dtype != object else value


def everything(thing: Any) -> Any:
    optimizer = getattr(thing, "optimizer", thing if hasattr(thing, "param_groups") else None)
    groups = [] if optimizer is None else [dict(group) for group in optimizer.param_groups]
    for group in groups:
        group["params"] = [(id(p), p.tolist()) for p in group["params"]]
    return flat(thing.state_dict()), flat(groups)


def paths(state: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = state.items() if isinstance(state, dict) else enumerate(state)
    below = [
        p
        for key, value in items
        if isinstance(value, dict | list | tuple)
        for p in paths(value, (*path, key))
    ]
    keys = state if isinstance(state, dict) else range(len(state))
    return [*((*path, key) for key in keys), *below]


def damaged(state: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Return a copy of a state with the value at a path replaced, or removed if it is `...`."""
    key, *rest = path
    new = dict(state) if isinstance(state, dict) else list(state)
    if rest:
        new[key] = damaged(new[key], tuple(rest), value)
    elif value is ...:
        del new[key]
    else:
        new[key] = value
    return new


@pytest.mark.parametrize("make", THINGS.values(), ids=THINGS)
@given(data=st.data())
def test_any_damage_is_a_value_error_that_changes_nothing(make: Any, data: Any) -> None:
    thing = make()
    state = copy.deepcopy(thing.state_dict())
    where = data.draw(st.sampled_from(paths(state)))
    bad = damaged(state, where, data.draw(st.sampled_from([..., *BAD])))
    if data.draw(st.booleans()):
        bad["unknown"] = 1
    before, kept = everything(thing), flat(bad)
    try:
        thing.load_state_dict(bad)
    except ValueError as error:
        assert str(error)
        assert everything(thing) == before
        thing.load_state_dict(state)
        assert everything(thing) == before
    else:  # a value may be valid in some places: then the loaded state must be usable
        thing.load_state_dict(thing.state_dict())
        _use(thing)
    finally:
        thing.load_state_dict(state)
    assert flat(bad) == kept


def _use(thing: Any) -> None:
    if isinstance(thing, Optimizer | MultipleOptimizer):
        for p in thing.parameters():
            p.grad = Tensor(np.ones(p.shape))
        with np.errstate(over="ignore", under="ignore"):  # a huge lr is valid
            thing.step()
        assert not any(np.isnan(p.numpy()).any() for p in thing.parameters())
    elif isinstance(thing, LRScheduler):
        assert all(math.isfinite(lr) and lr >= 0 for lr in thing.get_lr())
    elif isinstance(thing, DataLoader):
        assert all(len(batch) for batch in thing)


@pytest.mark.parametrize("make", THINGS.values(), ids=THINGS)
@pytest.mark.parametrize("state", [None, 3, "state", [], [1], {}, {"state": {"w": 5}}, {1: 2}])
def test_an_object_that_is_not_its_state_raises(make: Any, state: Any) -> None:
    thing = make()
    before = everything(thing)
    with pytest.raises(ValueError):
        thing.load_state_dict(state)
    assert everything(thing) == before


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("w",), 5, "the state of w must be a dict of 'step' and arrays, not 5"),
        (("w",), None, "the state of w must be a dict of 'step' and arrays, not None"),
        (("w", "step"), math.inf, "'step' of w must be an integer of at least 0, not inf"),
        (("w", "step"), math.nan, "'step' of w must be an integer of at least 0, not nan"),
        (("w", "step"), -1, "'step' of w must be an integer of at least 0, not -1"),
        (("w", "step"), 1.5, "'step' of w must be an integer of at least 0, not 1.5"),
        (("w", "step"), True, "'step' of w is not an array of numbers"),
        (("w", "step"), [1], "w has shape (2,), but its 'step' has (1,)"),
        (("w", "exp_avg"), ..., "w has no 'exp_avg', although its step is not 0"),
        (("w", "exp_avg"), [[1], [1, 2]], "'exp_avg' of w is not an array of numbers"),
        (
            ("w", "exp_avg_sq"),
            [1.0, -1.0],
            "'exp_avg_sq' of w holds squares, but has negative numbers",
        ),
    ],
)
def test_the_message_names_parameter_and_entry(path: Any, value: Any, message: str) -> None:
    optimizer = THINGS["Adam"]()
    before = everything(optimizer)
    with pytest.raises(ValueError) as caught:
        optimizer.load_state_dict(damaged(optimizer.state_dict(), ("state", *path), value))
    assert message in str(caught.value)
    assert everything(optimizer) == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda groups: groups[0]["params"].append("w"), "w is in the state's groups 2 times"),
        (lambda groups: groups.append(groups[0]), "w is in the state's groups 2 times"),
        (
            lambda groups: groups.append({"params": []}),
            "the number of param groups differs: 1 in the optimizer, 2 in the state",
        ),
        (lambda groups: groups[0]["params"].append(7), "7 is in the state, not in the optimizer"),
    ],
)
def test_the_message_names_mismatched_groups(change: Any, message: str) -> None:
    optimizer = THINGS["Adam"]()
    state = optimizer.state_dict()
    change(state["param_groups"])
    with pytest.raises(ValueError) as caught:
        optimizer.load_state_dict(state)
    assert message in str(caught.value)


def test_groups_without_parameters_keep_their_own_settings() -> None:
    p, q = Parameter([1.0]), Parameter([2.0])
    optimizer = SGD([{"params": [p], "lr": 0.1}, {"params": [q], "lr": 0.2}], lr=1.0)
    for group in optimizer.param_groups:  # as a freeze panel does
        group["params"].clear()
    state = optimizer.state_dict()
    for group in optimizer.param_groups:
        group["lr"] = 5.0
    optimizer.load_state_dict(state)
    assert [group["lr"] for group in optimizer.param_groups] == [0.1, 0.2]


def test_a_module_rejects_values_beyond_its_dtype() -> None:
    net = M.Linear(1, 2)
    before = everything(net)
    state = {"weight": np.ones((2, 1)), "bias": np.array([1.0, 1e300])}
    with pytest.raises(ValueError, match="too large: bias has values that float32 cannot"):
        net.load_state_dict(state)
    assert everything(net) == before
    net.load_state_dict(state | {"bias": np.array([np.inf, np.nan])})  # of a diverged run
    assert np.isnan(net.bias.numpy()[1])


@pytest.mark.parametrize("given", [(), (1, 2), [3, 4, 5], np.arange(1, 5), np.array([], int)])
def test_a_sequence_needs_one_milestone_between_two_schedules(given: Any) -> None:
    schedule = THINGS["sequence"]()
    before = everything(schedule)
    with pytest.raises(ValueError, match="2 schedules need 1 milestone, not"):
        schedule.load_state_dict(schedule.state_dict() | {"milestones": given})
    assert everything(schedule) == before
    schedule.load_state_dict(schedule.state_dict() | {"milestones": np.array([5])})
    assert schedule.milestones == (5,)
