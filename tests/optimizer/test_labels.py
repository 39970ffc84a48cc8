"""Labels of param groups."""

from __future__ import annotations

import pytest

from fineopt import Parameter, optimizer
from fineopt.models import LeNet
from fineopt.optimizer import SGD, group_label, group_labels

from .cases import parameters


@pytest.fixture
def params():
    return parameters()


def groups_of(params, **second):
    return [{"params": params[:2]}, {"params": params[2:], **second}]


def test_labels_of_the_document_s_groups():
    net = LeNet()
    conv = [p for name, p in net.named_parameters() if "conv" in name]
    fc = [p for name, p in net.named_parameters() if "conv" not in name]
    opt = SGD([{"params": conv}, {"params": fc}], lr=0.1)
    assert group_labels(opt) == group_labels(opt.param_groups) == ["conv", "group 1"]
    opt.param_groups[1]["name"] = "fc"
    assert group_label(opt, 1) == "fc"
    assert repr(opt) == "SGD(conv: 4 parameters, lr 0.1; fc: 6 parameters, lr 0.1)"


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (["conv1.bias conv1.weight", "conv2.bias conv2.weight"], ["conv1", "conv2"]),
        (["conv1.bias", "conv1.weight"], ["conv1.bias", "conv1.weight"]),
        (["fc1.bias fc1.weight", "conv1.bias"], ["fc1", "conv"]),
        (["ab ac", "conv"], ["group 0", "conv"]),
        (["conv1.a conv2.a", "conv3.a fc.a"], ["group 0", "group 1"]),
        (["? ?", "body.a"], ["group 0", "body"]),
    ],
)
def test_labels_from_parameter_names(names, labels):
    groups = []
    for joined in names:
        params = [Parameter([0.0]) for _ in joined.split()]
        for p, name in zip(params, joined.split(), strict=True):
            p.name = None if name == "?" else name
        groups.append({"params": params})
    assert group_labels(groups) == labels


def test_labels_are_unique():
    groups = [{"params": [Parameter([0.0])], "name": "group 1"}, {"params": [Parameter([0.0])]}]
    assert group_labels(groups) == ["group 1", "group 1 [1]"]
    with pytest.raises(IndexError):
        group_label(groups, 2)


def test_optimizer_of_a_single_optimizer(params):
    opt = optimizer.Adam(groups_of(params), lr=0.1)
    assert opt.optimizer_of(1) is opt.optimizer_of("conv") is opt
    with pytest.raises(IndexError, match="there is no param group 2: the optimizer has 2"):
        opt.optimizer_of(2)
    with pytest.raises(KeyError, match="named 'cnv'; did you mean 'conv'"):
        opt.optimizer_of("cnv")
