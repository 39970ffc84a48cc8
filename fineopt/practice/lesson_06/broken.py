"""Three broken fine-tunings, each with a function to fix."""

from __future__ import annotations

from typing import Any

from ...language import say, translatable
from ..exercise import Exercise
from ..judging.judges import function, shown
from .network import batch, pretrained, train_step

__all__ = ["frozen_for_good", "new_head", "norm_at_rest"]


def copied(net: Any) -> dict[str, Any]:
    """Return copies of a network's parameters and buffers, by name."""
    return {name: value.clone() for name, value in net.state_dict().items()}


def moved(net: Any, before: dict[str, Any]) -> list[str]:
    """Return the names of the parameters and buffers that have changed."""
    return [name for name, now in net.state_dict().items() if not now.equal(before[name])]


def not_optimizer(made: Any) -> str | None:
    """Return what is wrong with an answer that should be an optimizer of PyTorch, or None."""
    import torch

    if isinstance(made, torch.optim.Optimizer):
        return None
    return say(
        "the function should return an optimizer of PyTorch, such as torch.optim.SGD(...), but "
        "returned {made}.",
        made=shown(made),
    )


@function
def _new_head(adapt: Any) -> str | None:
    net = pretrained()
    old, kept = net.head, copied(net.backbone)
    optimizer = adapt(net)
    if wrong := not_optimizer(optimizer):
        return wrong
    if net.head is old or getattr(net.head, "out_features", None) != 4:
        return say("net.head should be a new layer with 4 outputs, but is {head}.", head=net.head)
    if moved(net.backbone, kept):
        return say("the function changed the backbone: only training should.")
    held = {id(p) for group in optimizer.param_groups for p in group["params"]}
    own = {id(p) for p in net.parameters()}
    for name, p in net.named_parameters():
        if id(p) not in held:
            return say("{name} is in no param group, so it would never move.", name=name)
    if held - own:
        return say(
            "the optimizer holds {count} parameters that the network no longer has.",
            count=len(held - own),
        )
    return None


new_head = Exercise(
    _new_head,
    goal=5,
    asks=translatable(
        "Fix adapt(net): it gives net a new head with four outputs, and returns an optimizer that "
        "trains all of net."
    ),
    hint=translatable("Which parameters did net have when the optimizer was made?"),
    solution=(
        "import torch\n\n"
        "def adapt(net):\n"
        "    net.head = torch.nn.Linear(8, 4)\n"
        "    return torch.optim.SGD(net.parameters(), lr=0.1)"
    ),
    why=translatable(
        "An optimizer holds parameters, not a network: it went on moving the head that had been "
        "thrown away. Replace layers first, and make the optimizer last."
    ),
)


@function
def _frozen_for_good(freeze: Any) -> str | None:
    import torch

    both: list[dict[str, Any]] = [{"momentum": 0.9}, {"weight_decay": 0.1}]
    for settings in both:
        net = pretrained()
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1, **settings)
        train_step(net, optimizer, batch(0, kinds=3), zeros=True)
        parameters = {name: p.detach().clone() for name, p in net.named_parameters()}
        freeze(net)
        for name, p in net.named_parameters():
            if not p.detach().equal(parameters[name]):
                return say("freezing changed {name}.", name=name)
        for seed in (1, 2, 3):
            train_step(net, optimizer, batch(seed, kinds=3), zeros=True)
        for name, p in net.named_parameters():
            stays = p.detach().equal(parameters[name])
            if name.startswith("backbone") and not stays:
                return say(
                    "with {settings}, {name} still moves after it is frozen.",
                    settings=", ".join(f"{key} {value}" for key, value in settings.items()),
                    name=name,
                )
            if not name.startswith("backbone") and stays:
                return say("{name} should still be trained, but does not move.", name=name)
    return None


frozen_for_good = Exercise(
    _frozen_for_good,
    goal=4,
    asks=translatable(
        "Fix freeze(net): in a training loop with zero_grad(set_to_none=False), the backbone stays "
        "the same to the last bit."
    ),
    hint=translatable("What is a parameter's grad after zero_grad(set_to_none=False)?"),
    solution=(
        "def freeze(net):\n"
        "    for p in net.backbone.parameters():\n"
        "        p.requires_grad_(False)\n"
        "        p.grad = None"
    ),
    why=translatable(
        "requires_grad_(False) stops new gradients, but the old one stays in grad, here as a zero, "
        "and a gradient of 0 still lets momentum and weight decay move a parameter. An optimizer "
        "skips only None."
    ),
)


@function
def _norm_at_rest(train: Any) -> str | None:
    import torch

    net = pretrained()
    net.backbone.requires_grad_(False)
    net.eval()  # as after an evaluation
    optimizer = torch.optim.SGD(net.head.parameters(), lr=0.1)
    seen: list[bool] = []
    net.head.register_forward_hook(lambda head, *_: seen.append(head.training))
    before, batches = copied(net), [batch(seed, kinds=3) for seed in range(4)]
    train(net, optimizer, batches)
    changed = moved(net, before)
    if still := [name for name in changed if name.startswith("backbone")]:
        return say("{name} changed, but should not.", name=still[0])
    if not changed or len(seen) != len(batches):
        return say(
            "the head should be trained on each of {count} mini-batches.", count=len(batches)
        )
    if not all(seen):
        return say("the head should be in training mode while it is trained.")
    return None


norm_at_rest = Exercise(
    _norm_at_rest,
    goal=4,
    asks=translatable(
        "Fix train_head(net, optimizer, batches): it trains the head in training mode, and nothing "
        "in the backbone changes."
    ),
    hint=translatable(
        "net.train() sets the mode of every module inside; each of them can be set alone, too."
    ),
    solution=(
        "import torch\n\n"
        "def train_head(net, optimizer, batches):\n"
        "    net.train()\n"
        "    net.backbone.eval()\n"
        "    for data, label in batches:\n"
        "        optimizer.zero_grad()\n"
        "        torch.nn.functional.cross_entropy(net(data), label).backward()\n"
        "        optimizer.step()"
    ),
    why=translatable(
        "Running statistics are buffers, not parameters: requires_grad has no effect on them. Only "
        "evaluation mode stops them, and net.train() undoes it, so eval() must follow each train()."
    ),
)
