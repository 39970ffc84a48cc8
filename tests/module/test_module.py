"""Module: parameters and submodules by name, state_dict, error messages."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import fineopt.module as M
from fineopt import Parameter, Tensor
from fineopt.autodiff import GradManager
from fineopt.models import LeNet


def names(net: M.Module) -> list[str]:
    return [name for name, _ in net.named_parameters()]


class Nest(M.Module):
    """Modules in attributes and in nested lists, tuples and dicts."""

    def __init__(self) -> None:
        super().__init__()
        self.z = M.Linear(2, 2, bias=False)
        self.layers = [M.Linear(2, 2, bias=False) for _ in range(11)]
        self.pair = (M.ReLU(), [M.Linear(2, 2)])
        self.by_name = {"b": M.Linear(2, 2, bias=False), "a": {"deep": M.BatchNorm1d(2)}}
        self.scales = [Parameter([1.0])]
        self.a = Parameter([2.0])

    def forward(self, x: Tensor) -> Tensor:
        return self.z(x)


def test_the_document_s_first_table(capsys: pytest.CaptureFixture[str]) -> None:
    le_net = LeNet()
    for name, param in le_net.named_parameters():
        print(name, param.shape)
    assert capsys.readouterr().out == (
        "classifer.bias (10,)\n"
        "classifer.weight (10, 84)\n"
        "conv1.bias (1, 6, 1, 1)\n"
        "conv1.weight (6, 1, 5, 5)\n"
        "conv2.bias (1, 16, 1, 1)\n"
        "conv2.weight (16, 6, 5, 5)\n"
        "fc1.bias (120,)\n"
        "fc1.weight (120, 400)\n"
        "fc2.bias (84,)\n"
        "fc2.weight (84, 120)\n"
    )


def test_names_are_sorted_for_all_kinds_of_containers() -> None:
    net = Nest()
    layers = [f"layers.{i}.weight" for i in (0, 1, 10, 2, 3, 4, 5, 6, 7, 8, 9)]
    assert names(net) == [
        "a",
        "by_name.a.deep.bias",
        "by_name.a.deep.weight",
        "by_name.b.weight",
        *layers,
        "pair.1.0.bias",
        "pair.1.0.weight",
        "scales.0",
        "z.weight",
    ]
    buffers = [name for name, _ in net.named_buffers()]
    assert buffers == ["by_name.a.deep.running_mean", "by_name.a.deep.running_var"]
    modules = dict(net.named_modules())
    assert modules[""] is net
    assert modules["by_name.a.deep"] is net.by_name["a"]["deep"]
    assert len(modules) == len(list(net.modules())) == 1 + 1 + 11 + 2 + 2
    assert "z" in dict(net.named_children())
    assert all(type(p) is Parameter for p in net.parameters())


def test_modules_appended_later_are_found() -> None:
    net = Nest()
    net.layers.append(M.Linear(1, 1, bias=False))
    assert "layers.11.weight" in names(net)


def test_a_shared_parameter_is_yielded_once_under_its_first_name() -> None:
    net = M.Sequential(M.Linear(2, 2), M.Linear(2, 2))
    net[1].weight = net[0].weight
    assert names(net) == ["0.bias", "0.weight", "1.bias"]
    twice = M.Sequential({"b": (layer := M.Linear(2, 2)), "a": layer})
    assert names(twice) == ["a.bias", "a.weight"]
    assert len(list(twice.modules())) == 2
    assert sorted(twice.state_dict()) == ["a.bias", "a.weight"]


def test_a_cycle_of_modules_is_walked_once() -> None:
    net = M.Sequential(M.Linear(1, 1, bias=False))
    net[0].parent = net
    assert names(net) == ["0.weight"]


def test_parameters_is_a_generator() -> None:
    parameters = M.Linear(1, 1).parameters()
    assert len(list(parameters)) == 2
    assert list(parameters) == []


def test_train_and_eval_reach_every_module() -> None:
    net = Nest()
    assert net.eval() is net
    assert {module.training for module in net.modules()} == {False}
    net.train()
    assert {module.training for module in net.modules()} == {True}


def test_a_copy_is_independent() -> None:
    net = LeNet()
    twin = copy.deepcopy(net)
    assert names(twin) == names(net)
    assert not {*map(id, twin.parameters())} & {*map(id, net.parameters())}
    twin.fc1.weight[...] = 0
    assert net.fc1.weight.numpy().any()


# ---- state ----


def test_a_state_is_a_copy_and_is_restored_bit_for_bit() -> None:
    net, other = Nest(), Nest()
    state = net.state_dict()
    kept = {id(p) for p in other.parameters()}
    other.load_state_dict(state)
    assert {id(p) for p in other.parameters()} == kept  # in place: optimizers still hold them
    net.a[...] = 100
    for name, value in other.state_dict().items():
        np.testing.assert_array_equal(value, state[name])


def test_a_state_may_contain_tensors_and_other_dtypes() -> None:
    net = M.Linear(2, 1)
    net.load_state_dict({"weight": Tensor([[1.0, 2.0]]), "bias": np.array([0.1])})
    assert net.weight.tolist() == [[1.0, 2.0]]
    assert net.bias.dtype == "float32"


def test_one_report_of_all_mismatches() -> None:
    net = LeNet()
    before = net.state_dict()
    state = {name: value * 0 + 7 for name, value in before.items()}
    state["classifier.weight"] = state.pop("classifer.weight")
    state["fc1.bias"] = state["fc1.bias"][:3]
    state["fc2.bias"] = np.array(["text"] * 84)
    with pytest.raises(ValueError) as caught:
        net.load_state_dict(state)
    report = str(caught.value)
    assert "nothing was loaded" in report
    assert "missing: classifer.weight" in report
    assert "unexpected: classifier.weight (did you mean 'classifer.weight'?)" in report
    assert "wrong shape: fc1.bias is (120,) in the module and (3,) in the state" in report
    assert "not numeric: fc2.bias" in report
    for name, value in net.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


def test_without_strict_names_may_differ_but_shapes_may_not() -> None:
    net = M.Linear(2, 1)
    net.load_state_dict({"bias": [5.0], "other": [1.0]}, strict=False)
    assert net.bias.tolist() == [5.0]
    with pytest.raises(ValueError, match="wrong shape: bias"):
        net.load_state_dict({"bias": [5.0, 6.0]}, strict=False)


@pytest.mark.parametrize("state", [None, [1], "state"])
def test_a_state_must_be_a_dict(state: Any) -> None:
    with pytest.raises(TypeError, match="dict of arrays by name"):
        M.Linear(1, 1).load_state_dict(state)


def test_a_state_is_loaded_completely_or_not_at_all() -> None:
    net = M.Sequential(M.Linear(2, 2), M.Linear(2, 1))
    before = net.state_dict()
    zeros = {name: value * 0 for name, value in before.items()}
    with GradManager().attach(net[1].weight):
        _ = net[1](Tensor([[1.0, 1.0]]))  # only the last layer is in use
        with pytest.raises(RuntimeError, match=r"1\.bias"):
            net.load_state_dict(zeros)
    for name, value in net.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


# ---- errors name the layer ----


class Inner(M.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = M.Linear(3, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)


class Outer(M.Module):
    def __init__(self) -> None:
        super().__init__()
        self.blocks = [Inner(), Inner()]

    def forward(self, x: Tensor) -> Tensor:
        return self.blocks[1](x)


class Adds(M.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x + Tensor([1.0, 2.0])


@pytest.mark.parametrize(
    ("net", "shape", "words"),
    [
        (LeNet(), (2, 1, 28, 28), ["'fc1'", "in_features=400", "(2, 256)", "(120, 400)"]),
        (LeNet(), (2, 3, 32, 32), ["'conv1'", "(2, 3, 32, 32)", "(6, 1, 5, 5)"]),
        (LeNet(), (2, 1, 3, 3), ["'conv1'", "3x3", "5x5"]),
        (LeNet(), (32, 32), ["'conv1'", "(32, 32)"]),
        (LeNet(), (1, 1, 5, 5), ["'pool1'", "(1, 6, 1, 1)", "2x2"]),
        (Outer(), (2, 4), ["'blocks.1.fc'", "(2, 4)", "(2, 3)"]),
        (M.Linear(3, 2), (2, 4), ["Linear(in_features=3", "(2, 4)", "(2, 3)"]),
        (M.Sequential(M.Flatten(), M.Linear(3, 2)), (2, 4), ["layer '1'", "(2, 4)"]),
        (M.Sequential({"norm": M.BatchNorm2d(3)}), (2, 4, 5, 5), ["'norm'", "(1, 3, 1, 1)"]),
        (M.Sequential(M.BatchNorm1d(3)), (2, 3, 5, 5), ["BatchNorm1d", "(2, 3, 5, 5)"]),
        (Adds(), (3,), ["Adds", "(3,) and (2,)"]),
    ],
)
def test_a_shape_error_names_the_layer_and_both_shapes(
    net: M.Module, shape: tuple[int, ...], words: list[str]
) -> None:
    before = net.state_dict()
    with pytest.raises(ValueError) as caught:
        net(Tensor(np.ones(shape)))
    for word in words:
        assert word in str(caught.value)
    for name, value in net.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


def replace_a_parameter() -> None:
    net = M.Linear(1, 1)
    net.weight = net.weight - 1  # type: ignore[assignment]


class Forgets(M.Module):
    def __init__(self) -> None:
        self.fc = M.Linear(1, 1)


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (replace_a_parameter, TypeError, "weight[...] = value"),
        (lambda: Forgets()(Tensor([1.0])), RuntimeError, "super().__init__()"),
        (lambda: M.Module()(Tensor([1.0])), NotImplementedError, "forward"),
        (lambda: M.Linear(0, 2), ValueError, "in_features"),
        (lambda: M.Linear(2.0, 2), ValueError, "2.0"),  # type: ignore[arg-type]
        (lambda: M.Conv2d(1, 1, 0), ValueError, "kernel_size"),
        (lambda: M.Conv2d(1, 1, 3, groups=2), ValueError, "groups=2"),
        (lambda: M.Conv2d(1, 1, 3, dilation=2), ValueError, "dilation=2"),
        (lambda: M.Dropout(1.5), ValueError, "drop_prob"),
        (lambda: M.BatchNorm2d(-1), ValueError, "num_features"),
        (lambda: M.BatchNorm2d(1, momentum=9), ValueError, "momentum"),
        (lambda: M.BatchNorm2d(1, eps=-1), ValueError, "eps"),
        (lambda: M.BatchNorm2d(1, track_running_stats=False, freeze=True), ValueError, "freeze"),
        (lambda: M.Sequential([M.ReLU()]), TypeError, "unpack"),
        (lambda: M.Sequential(M.ReLU), TypeError, "'0'"),
        (lambda: M.Sequential({"train": M.ReLU()}), ValueError, "'train' is already in use"),
        (lambda: M.init.xavier_normal_(Parameter([1.0])), ValueError, "two axes"),
        (lambda: M.init.msra_normal_(Parameter([[1.0]]), mode="fan"), ValueError, "'fan'"),
        (lambda: M.init.calculate_gain("rely"), ValueError, "'relu'"),
    ],
)
def test_error_messages(call: Callable[[], Any], kind: type[Exception], words: str) -> None:
    with pytest.raises(kind) as caught:
        call()
    assert words in str(caught.value)


def test_forward_takes_options() -> None:
    class Scales(M.Module):
        def forward(self, x: Tensor, *, by: float) -> Tensor:
            return x * by

    assert Scales()(Tensor([1.0]), by=3.0).tolist() == [3.0]


def test_repr_lists_the_layers() -> None:
    assert repr(M.Sequential(M.Flatten(), M.Linear(3, 2))) == (
        "Sequential(\n  0: Flatten()\n  1: Linear(in_features=3, out_features=2)\n)"
    )
