"""The document's code runs, block by block, after `megengine` is replaced by `fineopt`."""

from __future__ import annotations

import contextlib
import io
import re
from typing import Any

import numpy as np
import pytest

import fineopt
from fineopt import functional as F
from fineopt import tensor
from fineopt.autodiff import GradManager
from fineopt.models import LeNet
from tests.document import blocks
from tests.support.digits import document_trainer

NUMBER = re.compile(r"[-+]?\d+\.\d*(?:e[-+]?\d+)?")


def structure(printed: str) -> str:
    """Return printed text with numbers, device names and runs of blanks normalised."""
    text = re.sub(r"device=\w+:\d+", "device=?", printed.strip())
    text = NUMBER.sub("#", text).replace("classifier", "classifer")
    return re.sub(r" +", " ", text).replace(" ]", "]").replace("[ ", "[")


def train_func(data: Any, label: Any, net: Any, gm: GradManager) -> Any:
    """The training function of the document's earlier chapter."""
    net.train()
    with gm:
        pred = net(tensor(data))
        loss = F.loss.cross_entropy(pred, tensor(label))
        gm.backward(loss)
    return pred, loss


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """The names defined in the document's earlier chapters."""
    fineopt.random.seed(0)
    le_net = LeNet()
    return {
        "le_net": le_net,
        "LeNet": LeNet,
        "dataloader": document_trainer().dataloader,
        "train_func": train_func,
        "gm": GradManager().attach(le_net.parameters()),
        "tensor": tensor,
    }


def run(block: str, names: dict[str, Any]) -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(block.replace("megengine", "fineopt"), names)
    return printed.getvalue()


def test_structure_ignores_numbers_only() -> None:
    assert structure("a Tensor([-0.1  2. ], device=xpux:0)") == structure(
        "a Tensor([ 3.25 -4.1], device=cpu:0)"
    )
    assert structure("a Tensor([1.0], device=x:0)") != structure("a Tensor(1.0, device=x:0)")
    assert structure("[1.0 2.0]") != structure("[1.0]")
    assert structure("a None") != structure("a 0.0")


# The tests below depend on each other: each uses the names defined by those before it.


def test_one_optimizer_for_all(names: dict[str, Any]) -> None:
    run(blocks.ONE_OPTIMIZER, names)
    (group,) = names["optimizer"].param_groups
    assert (len(group["params"]), group["lr"]) == (10, 0.05)


def test_different_learning_rates(names: dict[str, Any]) -> None:
    assert run(blocks.NAMES, names).strip() == blocks.NAMES_PRINTED.strip()
    run(blocks.SPLIT, names)
    run(blocks.GROUPS, names)
    assert run(blocks.RATES, names).strip() == blocks.RATES_PRINTED.strip()


def test_a_learning_rate_set_to_zero(names: dict[str, Any]) -> None:
    printed = run(blocks.FREEZE_BY_LR, names)
    assert structure(printed) == structure(blocks.FREEZE_BY_LR_PRINTED)
    values = [line.split("Tensor")[1] for line in printed.splitlines() if "Tensor" in line]
    original, *epochs = values
    assert len({original, epochs[0], epochs[1]}) == 3  # it moves
    assert epochs[1] == epochs[2] == epochs[3]  # and stands still
    assert float(names["loss"].numpy()) < 1


def test_frozen_parameters_are_unchanged_bit_for_bit(names: dict[str, Any]) -> None:
    still = [p.numpy() for p in names["fc_param_list"]]
    moving = [p.numpy() for p in names["conv_param_list"]]
    batch = next(iter(names["dataloader"]))
    names["optimizer"].clear_grad()
    train_func(*batch, names["le_net"], names["gm"])
    names["optimizer"].step()
    for p, before in zip(names["fc_param_list"], still, strict=True):
        np.testing.assert_array_equal(p.numpy(), before)
    for p, before in zip(names["conv_param_list"], moving, strict=True):
        assert (p.numpy() != before).any()


def test_linear_decay_removes_the_ratio_between_groups(names: dict[str, Any]) -> None:
    run(blocks.LINEAR_DECAY, names)
    rates = [group["lr"] for group in names["optimizer"].param_groups]
    assert rates == pytest.approx([0.005, 0.005])


def test_the_multiple_optimizer_as_printed_cannot_run(names: dict[str, Any]) -> None:
    apart = dict(names)
    run(blocks.MULTIPLE_OPTIMIZER, apart)
    with pytest.raises(NameError, match="self"):
        run(blocks.TWO_OPTIMIZERS, apart)


@pytest.mark.parametrize("whose", ["the document's, mended", "fineopt's"])
def test_different_optimizers(names: dict[str, Any], whose: str) -> None:
    if whose == "fineopt's":
        names["MultipleOptimizer"] = fineopt.optimizer.MultipleOptimizer
    else:
        run(blocks.MULTIPLE_OPTIMIZER.replace("(*opts)", "(self, *opts)"), names)
    run(blocks.TWO_OPTIMIZERS, names)
    before = {name: p.numpy() for name, p in names["le_net"].named_parameters()}
    for batch in names["dataloader"]:  # the loop is unchanged
        names["optimizer"].clear_grad()
        _, loss = train_func(*batch, names["le_net"], names["gm"])
        names["optimizer"].step()
    assert loss.item() < 2.3  # no worse than guessing: Adam at 0.01 is rough on a trained net
    for name, p in names["le_net"].named_parameters():
        assert (p.numpy() != before[name]).any(), name


def test_attaching_only_some_parameters(names: dict[str, Any]) -> None:
    run(blocks.ATTACH_CONV, names)
    still = {n: p.numpy() for n, p in names["le_net"].named_parameters() if "conv" not in n}
    printed = run(blocks.GRAD_SUMS, names)
    assert structure(printed) == structure(blocks.GRAD_SUMS_PRINTED)
    for name, p in names["le_net"].named_parameters():
        if name in still:
            np.testing.assert_array_equal(p.numpy(), still[name])
