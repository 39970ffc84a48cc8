"""The registry: each optimizer can be made, described, and recognised."""

from __future__ import annotations

import pytest

from fineopt import Parameter, optimizer
from fineopt.optimizer import SGD, MultipleOptimizer, Optimizer
from fineopt.optimizer.registry import OPTIMIZERS, OptimizerInfo, lookup, registered_name

every_entry = pytest.mark.parametrize("info", OPTIMIZERS.values(), ids=OPTIMIZERS)


@every_entry
def test_an_entry_is_found_by_name_and_short_name(info):
    assert OPTIMIZERS[info.name] is lookup(info.name) is lookup(info.short_name) is info


@every_entry
def test_an_entry_makes_an_optimizer_with_its_name(info):
    made = info.optimizer([Parameter([0.0])], lr=info.lr, **info.settings)
    assert registered_name(made, 0) == info.name
    assert registered_name(MultipleOptimizer(SGD([Parameter([0.0])], lr=1), made), 1) == info.name


@every_entry
def test_an_entry_has_one_line_of_description(info):
    assert info.description
    assert "\n" not in info.description
    assert len(info.description) < 80
    assert info.lr > 0


def test_every_optimizer_is_registered_and_names_are_unique():
    public = {
        kind
        for kind in vars(optimizer).values()
        if isinstance(kind, type) and issubclass(kind, Optimizer) and kind is not Optimizer
    }
    assert {info.optimizer for info in OPTIMIZERS.values()} == public
    assert len({info.short_name for info in OPTIMIZERS.values()}) == len(OPTIMIZERS)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Adma", "optimizer must be a registered name, not 'Adma'; did you mean 'Adam'?"),
        ("momentum", "not 'momentum'; did you mean 'Momentum'?"),
        (None, "not None"),
        (3, "not 3"),
        ([], r"not \[\]"),
    ],
)
def test_an_unknown_name_is_rejected_with_the_closest(name, message):
    with pytest.raises(KeyError, match=message.replace("?", r"\?")):
        lookup(name)


def test_a_class_that_is_not_registered_has_its_own_name():
    class Mine(SGD):
        pass

    assert registered_name(Mine([Parameter([0.0])], lr=0.1), 0) == "Mine"


def test_an_added_entry_can_be_looked_up(monkeypatch):
    class Mine(SGD):
        pass

    monkeypatch.setitem(OPTIMIZERS, "Mine", OptimizerInfo("Mine", Mine, 0.1, "my own rule"))
    assert lookup("Mine").optimizer is Mine
    assert registered_name(Mine([Parameter([0.0])], lr=0.1), 0) == "Mine"
