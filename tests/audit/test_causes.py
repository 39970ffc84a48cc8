"""Each cause and each finding comes up in a small case of its own, and not in a healthy one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import fineopt
import fineopt.functional as F
import fineopt.module as M
import fineopt.optimizer as optim
from fineopt.audit import CAUSES, FINDINGS, Report, audit
from fineopt.autodiff import GradManager

BATCH = np.random.RandomState(1).normal(size=(6, 3)).astype("float32"), np.arange(6) % 2


class Net(M.Module):
    """Two layers with a batch norm in between; `cut` stops gradients before the last."""

    def __init__(self, cut: bool = False) -> None:
        super().__init__()
        self.first = M.Linear(3, 4)
        self.norm = M.BatchNorm1d(4)
        self.last = M.Linear(4, 2)
        self.cut = cut

    def forward(self, x: Any) -> Any:
        x = F.relu(self.norm(self.first(x)))
        return self.last(x.detach() if self.cut else x)


class Case:
    """A network after backward, for a case to spoil."""

    def __init__(self, rule: Any = optim.SGD, cut: bool = False, **settings: Any) -> None:
        fineopt.random.seed(2)
        self.net = Net(cut)
        self.optimizer = rule(list(self.net.parameters()), **{"lr": 0.01, **settings})
        self.gm = GradManager().attach(self.net.parameters())
        self.batch: Any = None

    def backward(self) -> None:
        with self.gm:
            data, label = BATCH
            self.gm.backward(F.loss.cross_entropy(self.net(fineopt.Tensor(data)), label))

    def report(self) -> Report:
        return audit(self.net, self.optimizer, self.gm, batch=self.batch)


def ready(**settings: Any) -> Case:
    case = Case(**settings)
    case.backward()
    return case


def filled(p: Any, value: float) -> Any:
    return fineopt.Tensor(np.full(p.shape, value, "float32"))


def stepped(value: float, **settings: Any) -> Case:
    """After a step, with another gradient of first.bias."""
    case = ready(**settings)
    case.optimizer.step()
    case.net.first.bias.grad = filled(case.net.first.bias, value)
    return case


def with_gradient(value: float, **settings: Any) -> Case:
    case = ready(**settings)
    case.net.first.bias.grad = filled(case.net.first.bias, value)
    return case


def frozen_late() -> Case:
    case = ready()
    case.gm.detach(case.net.first.bias)
    return case


def detached() -> Case:
    case = Case()
    case.gm.detach([case.net.first.bias, case.net.norm.weight, case.net.norm.bias])
    case.backward()
    return case


def left_out(attached: bool) -> Case:
    case = Case()
    params = case.optimizer.param_groups[0]["params"]
    params[:] = [p for p in params if p is not case.net.first.bias]
    if not attached:
        case.gm.detach(case.net.first.bias)
    case.backward()
    return case


def own_step() -> Case:
    class Own(optim.SGD):
        def step(self) -> Any:
            return super().step()

    return ready(rule=Own)


def tiny() -> Case:
    case = with_gradient(1e-12)
    case.net.first.bias[...] = 1.0
    return case


CASES: dict[str, tuple[Callable[[], Case], bool | None]] = {
    "gradient": (ready, True),
    "momentum": (lambda: stepped(0.0, momentum=0.9), True),
    "decay": (lambda: with_decay(), True),
    "stale": (frozen_late, True),
    "nonfinite": (lambda: with_gradient(np.nan), True),
    "unoptimized": (lambda: left_out(True), False),
    "left out": (lambda: left_out(False), False),
    "detached": (detached, False),
    "unreached": (lambda: ready(cut=True), False),
    "lr 0": (lambda: ready(lr=0.0), False),
    "zero gradient": (lambda: with_gradient(0.0), False),
    "rounded": (tiny, False),
    "unknown": (Case, None),
    "unpredictable": (own_step, None),
}


def with_decay() -> Case:
    case = with_gradient(0.0, weight_decay=0.1)
    case.net.first.bias[...] = 1.0
    return case


@pytest.mark.parametrize("why", CASES)
def test_each_cause(why: str) -> None:
    make, moves = CASES[why]
    case = make()
    report = case.report()
    row = report["first.bias"]
    assert (row.why, row.moves) == (why, moves)
    assert row.words.startswith(CAUSES[why].sentence)
    case.optimizer.step()
    assert report.verify() == []


def test_every_cause_has_a_case() -> None:
    assert set(CASES) | {"other"} == set(CAUSES)  # in fineopt each optimizer needs a gradient


# --- findings ----------------------------------------------------------------------------------


def replaced_head() -> Case:
    case = Case()
    case.net.last = M.Linear(4, 2)
    case.gm = GradManager().attach(case.net.parameters())
    case.backward()
    return case


def twice() -> Case:
    case = Case()
    second = optim.SGD([case.net.first.bias], lr=0.1)
    case.optimizer = [case.optimizer, second]
    case.backward()
    return case


def again() -> Case:
    case = ready()
    case.backward()
    case.batch = BATCH
    return case


def of_another_batch() -> Case:
    case = ready()
    case.batch = BATCH[0], 1 - BATCH[1]
    return case


def not_this_time() -> Case:
    case = ready()
    case.optimizer.step()
    case.optimizer.clear_grad()
    case.net.cut = True
    case.backward()
    return case


def skipped_by_its_schedule() -> Case:
    case = Case()
    case.optimizer.param_groups[0]["params"][:] = case.net.first.parameters()
    case.optimizer.add_param_group({"params": list(case.net.last.parameters()), "name": "new"})
    case.schedule = optim.LinearLR(case.optimizer, 4, groups=[0])  # type: ignore[attr-defined]
    return case


STATISTICS = "moving statistics"
FOUND: dict[str, tuple[Callable[[], Case], tuple[str, ...]]] = {
    "in no optimizer": (lambda: left_out(False), ("first.bias",)),
    "in two optimizers": (twice, ("first.bias",)),
    "not in the network": (replaced_head, ("'last.weight'", "'last.bias'")),
    "attached but not optimized": (lambda: left_out(True), ("first.bias",)),
    "optimized but not attached": (detached, ("first.bias", "norm.weight", "norm.bias")),
    "stale gradient": (frozen_late, ("first.bias",)),
    "gradient of another batch": (of_another_batch, ("last.weight",)),
    "accumulated gradients": (again, ("last.weight",)),
    "not reached": (
        lambda: ready(cut=True),
        ("first.weight", "first.bias", "norm.weight", "norm.bias"),
    ),
    "not reached this time": (
        not_this_time,
        ("first.weight", "first.bias", "norm.weight", "norm.bias"),
    ),
    "zero gradients": (lambda: with_gradient(0.0), ("first.bias",)),
    "lr 0 with memory": (lambda: ready(lr=0.0, momentum=0.9), ("first.bias",)),
    "moves without gradient": (lambda: stepped(0.0, momentum=0.9), ("first.bias",)),
    "decay of the frozen": (with_decay, ("first.bias",)),
    "rounded to nothing": (tiny, ("first.bias",)),
    "nonfinite gradient": (lambda: with_gradient(np.inf), ("first.bias",)),
    "update too large": (lambda: with_large(), ("last.weight",)),
    "update too small": (lambda: with_small(), ("last.weight",)),
    STATISTICS: (detached, ("norm",)),
    "schedule skips a group": (skipped_by_its_schedule, ("new",)),
    "not predictable": (own_step, ("first.bias",)),
}


def with_large() -> Case:
    case = ready()
    case.net.last.weight.grad = filled(case.net.last.weight, 100.0)
    return case


def with_small() -> Case:
    case = ready()
    case.net.last.weight.grad = filled(case.net.last.weight, 1e-6)
    return case


@pytest.mark.parametrize("code", FOUND)
def test_each_finding(code: str) -> None:
    make, names = FOUND[code]
    case = make()
    found = {finding.code: finding for finding in case.report().findings}
    assert code in found, found
    said = " ".join(found[code].names)
    assert all(name in said for name in names), said
    assert found[code].words.startswith(FINDINGS[code].sentence)
    assert found[code].remedy == FINDINGS[code].remedy


def test_a_parameter_in_two_optimizers_is_not_predicted() -> None:
    row = twice().report()["first.bias"]
    assert (row.why, row.moves) == ("unpredictable", None)
    assert "both hold it" in row.words


def test_a_healthy_network_has_no_findings() -> None:
    case = with_gradient(0.1, lr=0.001)  # batch norm leaves only rounding of the bias before it
    case.net.first.bias[...] = case.net.last.bias[...] = case.net.norm.bias[...] = 1.0
    assert [finding.words for finding in case.report().findings] == []


def test_what_is_unreached_says_where_the_graph_is_cut() -> None:
    (found,) = [f for f in ready(cut=True).report().findings if f.code == "not reached"]
    assert "cut between norm.bias and last." in found.words


# --- what is asked of it -----------------------------------------------------------------------


def test_a_tied_parameter_has_all_its_names() -> None:
    case = Case()
    case.net.last.tied = case.net.first.bias
    row = case.report()["last.tied"]
    assert row.names == ("first.bias", "last.tied")
    assert row is case.report()["first.bias"] or row.name == "first.bias"


@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        (lambda c: audit(None, c.optimizer), TypeError, "takes a network"),
        (lambda c: audit(c.optimizer, c.net), TypeError, "must be an optimizer"),
        (lambda c: audit(c.net, optim.SGD), TypeError, "is the class SGD: give an object"),
        (lambda c: audit(c.net, None), TypeError, "must be an optimizer, not a NoneType"),
        (lambda c: audit(c.net, []), ValueError, "an empty list"),
        (lambda c: audit(c.net, (o for o in [c.optimizer])), TypeError, "a generator"),
        (lambda c: audit(Net(), c.optimizer), ValueError, "none of the network's parameters"),
        (lambda c: audit(c.net, c.optimizer, c.net), TypeError, "gm must be a GradManager"),
        (lambda c: audit(c.net, c.optimizer, batch=5), TypeError, "pair .data, label., not a int"),
        (lambda c: audit(c.net, c.optimizer, batch=(1, 2, 3)), TypeError, "not a tuple of 3"),
        (lambda c: c.report()["first"], KeyError, "no parameter 'first', did you mean"),
    ],
)
def test_bad_input_is_refused(call: Any, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        call(Case())


def test_a_group_without_a_function_in_a_list_is_skipped() -> None:
    case = Case()
    schedule = optim.LambdaLR(
        case.optimizer, [lambda epoch: 0.5 for _ in case.optimizer.param_groups]
    )
    case.optimizer.add_param_group({"params": fineopt.Parameter([1.0]), "name": "late"})
    codes = {one.code: one.names for one in audit(case.net, case.optimizer).findings}
    assert codes["schedule skips a group"] == ("late",)
    before = case.optimizer.param_groups[-1]["lr"]
    schedule.step()
    assert case.optimizer.param_groups[-1]["lr"] == before
