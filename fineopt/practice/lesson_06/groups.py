"""Groups, schedulers and several optimizers of PyTorch."""

from __future__ import annotations

import math
from typing import Any

from ...language import say, translatable
from ..exercise import Exercise
from ..judging.judges import ROUNDING, function, number
from .broken import not_optimizer
from .network import pretrained

__all__ = ["head_faster", "steps_recorded", "which_rate"]


@function
def _head_faster(build: Any) -> str | None:
    net = pretrained()
    optimizer = build(net)
    if wrong := not_optimizer(optimizer):
        return wrong
    lrs = {id(p): group["lr"] for group in optimizer.param_groups for p in group["params"]}
    for name, p in net.named_parameters():
        if id(p) not in lrs:
            return say("{name} is in no param group, so it would never move.", name=name)
        expected = 0.1 if name.startswith("head") else 0.001
        if not math.isclose(lrs[id(p)], expected, rel_tol=ROUNDING):
            return say(
                "{name} has lr {lr:.4g}, expected {expected:.4g}.",
                name=name,
                lr=float(lrs[id(p)]),
                expected=expected,
            )
    return None


head_faster = Exercise(
    _head_faster,
    goal=1,
    asks=translatable(
        "Return a torch.optim.SGD for all of net, in which net.head has lr 0.1 and everything else "
        "0.001."
    ),
    hint=translatable("The groups are a list of dicts; a group without lr uses the optimizer's."),
    solution=(
        "import torch\n\n"
        "def build(net):\n"
        "    groups = [\n"
        '        {"params": net.backbone.parameters()},\n'
        '        {"params": net.head.parameters(), "lr": 0.1},\n'
        "    ]\n"
        "    return torch.optim.SGD(groups, lr=0.001)"
    ),
    why=translatable("The same list of dicts works in MegEngine, in PyTorch and in fineopt."),
)

which_rate = Exercise(
    number(
        0.06,
        translatable("the learning rate in epoch 3"),
        slips={
            0.3: translatable("That would be right for w.groups[0].lr = 0.3, which holds."),
            0.15: translatable(
                "That would be right for ExponentialLR, which multiplies what it finds in the "
                "group."
            ),
            0.12: translatable("That is what the schedule gives in epoch 2."),
        },
    ),
    goal=2,
    asks=translatable(
        "LambdaLR(optimizer, lambda epoch: pow(0.5, epoch)) governs a group whose initial lr is "
        "0.48; scheduler.step() ends each epoch. In epoch 2 you write 0.3 into "
        "param_groups[0]['lr']. Which lr does the group have in epoch 3?"
    ),
    hint=translatable("What does LambdaLR multiply: the lr in the group, or the initial one?"),
    solution="0.48 * 0.5**3",
    why=translatable(
        "LambdaLR computes every lr from the initial one, so what you wrote is gone at its next "
        "step."
    ),
)

steps_recorded = Exercise(
    number(
        50,
        translatable("the number of steps in the record"),
        slips={
            40: translatable("The second optimizer's steps count too."),
            80: translatable("The second optimizer does not step at each mini-batch."),
            10: translatable("The first optimizer's steps count too."),
        },
    ),
    goal=3,
    asks=translatable(
        "Two optimizers are watched together. In a run of 40 mini-batches one steps at each of "
        "them, the other at every fourth. How many steps does w.record have?"
    ),
    hint=translatable("How many did two mini-batches give in the lesson, and why?"),
    solution="40 + 40 // 4",
    why=translatable("Each call of an optimizer's step() is a step of the record."),
)
