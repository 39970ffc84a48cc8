"""Names: p.name, named_parameters() and checkpoints agree after any change of the network."""

from __future__ import annotations

import copy
import gc
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fineopt.module as M
from fineopt import Parameter, Tensor
from fineopt.optimizer import Adam


class Net(M.Module):
    """A module, a list, a dict and a tuple that contains a list, each with layers."""

    def __init__(self) -> None:
        super().__init__()
        self.body = M.Sequential({"first": layer(), "head": layer()})
        self.layers = [layer()]
        self.by_name = {"a": layer()}
        self.nest = (layer(), [layer()])


def layer() -> M.Linear:
    return M.Linear(2, 2, bias=False)


def check_agreement(net: M.Module) -> None:
    """Compare p.name, named_parameters(), and the keys of both state dicts."""
    before = {id(p): p.name for p in net.parameters()}
    named = dict(net.named_parameters())
    assert {name: before[id(p)] for name, p in named.items()} == {name: name for name in named}
    optimizer = Adam(list(named.values()), lr=0.1)
    for p in named.values():
        p.grad = Tensor(np.ones(p.shape))
    optimizer.step()
    assert sorted(optimizer.state_dict()["state"]) == sorted(named)
    assert set(named) <= set(net.state_dict())


def move_in_a_list(net: Net) -> None:
    net.layers.append(layer())
    net.layers[0], net.layers[1] = net.layers[1], net.layers[0]


def move_between_parents(net: Net) -> None:
    net.layers.append(net.body.first)
    del net.body.first
    net.body.head = net.by_name.pop("a")


def tie(net: Net) -> None:
    net.body.head.weight = net.layers[0].weight
    net.nest[1].append(net.by_name["a"])


def share_in_a_list(net: Net) -> None:
    net.layers += [layer() for _ in range(10)]
    net.layers[10] = net.layers[2]


def point_back(net: Net) -> None:
    net.body.parent = net
    net.layers[0].parents = [net]


MOVES: dict[str, Callable[[Net], Any]] = {
    "nothing": lambda net: None,
    "append": lambda net: net.layers.append(layer()),
    "insert": lambda net: net.layers.insert(0, layer()),
    "pop": lambda net: (net.layers.append(layer()), net.layers.pop(0)),
    "swap": move_in_a_list,
    "a key": lambda net: net.by_name.update(b=layer(), a=layer()),
    "a list in a dict": lambda net: net.by_name.update(c=[layer(), {"d": layer()}]),
    "a list in a tuple": lambda net: net.nest[1].append(layer()),
    "a bare parameter": lambda net: net.by_name.update(p=Parameter([1.0])),  # type: ignore
    "a head deep inside": lambda net: setattr(net.body, "head", layer()),
    "deep inside a list": lambda net: setattr(net.layers[0], "extra", M.Sequential(layer())),
    "a parameter replaced": lambda net: setattr(net.layers[0], "weight", Parameter([1.0])),
    "between parents": move_between_parents,
    "tied": tie,
    "shared in a list": share_in_a_list,
    "pointers back": point_back,
}


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES)
@pytest.mark.parametrize(
    "again", [lambda n: n, copy.deepcopy, copy.copy], ids=["it", "deep", "copy"]
)
def test_names_agree_after_a_change(
    move: Callable[[Net], Any], again: Callable[[Net], Net]
) -> None:
    net = again(Net())
    move(net)
    check_agreement(net)
    if (move, again) != (point_back, copy.copy):  # whose layers point to the first network
        check_agreement(again(net))


def test_names_agree_after_pickle() -> None:
    net = M.Sequential(M.Sequential(layer()), layer())
    net.layers = [layer()]
    net.layers.append(layer())
    check_agreement(pickle.loads(pickle.dumps(net)))


@given(st.lists(st.sampled_from([name for name in MOVES if name != "between parents"]), max_size=6))
def test_names_agree_after_any_changes(moves: list[str]) -> None:
    net = Net()
    for name in moves:
        MOVES[name](net)
    check_agreement(net)


def test_a_name_is_its_path_without_a_search() -> None:
    net = Net()
    net.body.head = layer()
    net.layers.append(new := layer())
    assert (net.body.head.weight.name, new.weight.name) == ("body.head.weight", "layers.1.weight")
    net.layers.insert(0, layer())
    assert new.weight.name == "layers.2.weight"
    with pytest.raises(ValueError, match=r"layer 'layers\.2'"):
        new(Tensor([1.0, 2.0, 3.0]))


@pytest.mark.parametrize("order", [1, -1])
def test_a_checkpoint_restores_the_same_layers_in_any_order_of_params(order: int) -> None:
    def make() -> tuple[M.Module, Any]:
        net: Any = M.Module()
        net.layers = []
        net.layers += [layer(), layer()]
        return net, Adam([p.weight for p in net.layers][::order], lr=0.1)

    net, optimizer = make()
    for i, p in enumerate(net.parameters()):
        p.grad = Tensor(np.full(p.shape, i + 1.0))
    optimizer.step()
    other, _ = make()
    twin = Adam(other.parameters(), lr=0.1)
    twin.load_state_dict(optimizer.state_dict())
    state = twin.state_dict()["state"]
    for i, p in enumerate(other.parameters()):
        np.testing.assert_allclose(state[p.name]["exp_avg"], (i + 1) * 0.1, rtol=1e-6)


def test_a_wrapped_network_has_longer_names_while_the_wrapper_lives() -> None:
    net = Net()
    wrapper = M.Sequential(net)
    assert net.layers[0].weight.name == "0.layers.0.weight"
    check_agreement(wrapper)
    del wrapper
    gc.collect()
    check_agreement(net)


def test_a_parameter_in_two_networks_is_named_by_the_newer_one() -> None:
    first, second = Net(), Net()
    second.shared = first.layers[0]
    assert first.layers[0].weight.name == "shared.weight"
    del second.shared
    check_agreement(first)


def test_a_parameter_keeps_its_last_name_after_its_network_is_deleted() -> None:
    net = Net()
    net.layers.append(layer())
    optimizer = Adam(net.layers[1].parameters(), lr=0.1)
    (p,) = optimizer.parameters()
    del net
    gc.collect()
    assert p.name == "layers.1.weight"


def test_only_a_parameter_without_an_owner_can_be_renamed() -> None:
    p = Parameter([1.0])
    p.name = "w"
    assert p.name == "w"
    net = layer()
    for name, held in net.named_parameters():
        held.name = name  # what it is called anyway
    with pytest.raises(ValueError, match=r"named 'weight' by its place.* cannot be renamed to 'x'"):
        net.weight.name = "x"
    assert net.weight.name == "weight"


# ---- colliding names ----

COLLISIONS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "keys": lambda net, p, q: setattr(net, "d", {1: p, "1": q}),
    "a dotted key": lambda net, p, q: setattr(net, "d", {"a.b": p, "a": {"b": q}}),
    "a dotted key and a list": lambda net, p, q: setattr(net, "d", {"a.0": p, "a": [q]}),
    "deep": lambda net, p, q: setattr(net, "d", [({None: p, "None": q},)]),
    "two modules": lambda net, p, q: setattr(net, "d", {True: layer(), "True": layer()}),
    "a module's own": lambda net, p, q: setattr(net, "d", {"a.weight": p, "a": layer()}),
    "a parameter and a buffer": lambda net, p, q: setattr(net, "d", {1: p, "1": Tensor([1.0])}),
    "dotted, last": lambda net, p, q: (setattr(net, "a", [q]), setattr(net, "a.0", p)),
    "dotted, first": lambda net, p, q: (setattr(net, "a.0", p), setattr(net, "a", [q])),
    "a sequence": lambda net, p, q: M.Sequential(
        {"a.b": layer(), "a": M.Sequential({"b": layer()})}
    ),
}


@pytest.mark.parametrize("collide", COLLISIONS.values(), ids=COLLISIONS)
def test_colliding_names_raise_at_construction(collide: Any) -> None:
    net, p, q = M.Module(), Parameter([1.0]), Parameter([2.0])
    with pytest.raises(ValueError, match="would contain two members named"):
        collide(net, p, q)
    assert "d" not in vars(net)
    assert len(list(net.parameters())) <= 1


def test_names_that_collide_later_raise_on_access() -> None:
    net: Any = M.Module()
    net.d = {1: Parameter([1.0])}
    net.d["1"] = Tensor([2.0])
    for ask in (net.named_parameters, net.parameters, net.named_buffers, net.state_dict):
        with pytest.raises(ValueError, match=r"Module would contain two members named 'd\.1'"):
            ask()
    with pytest.raises(ValueError, match=r"two members named 'd\.1'"):
        net.load_state_dict({})
    assert net.d[1].name == "d.1"


def test_one_member_under_one_name_twice_does_not_collide() -> None:
    net: Any = M.Module()
    p = Parameter([1.0])
    net.d = {1: p, "1": p, "a.b": Parameter([2.0])}
    assert [name for name, _ in net.named_parameters()] == ["d.1", "d.a.b"]
    setattr(net, "e.f", Parameter([3.0]))
    check_agreement(net)
