"""What of a PyTorch run cannot be restored, by name."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import nn

from ....language import say
from .optimizers import extra_attributes

__all__ = ["limits"]

STREAMS = (torch.Generator, np.random.Generator, np.random.RandomState, random.Random)


def limits(engine: Any) -> list[str]:
    """Return what cannot be restored exactly; empty if everything can.

    Args:
        engine: a `fineopt.bridge.torch.engine.TorchEngine`.
    """
    return [
        *_of_the_loader(engine.loader),
        *_of_schedulers(engine),
        *(
            say("{name} is kept by an optimizer outside its state, and not restored", name=name)
            for name in extra_attributes(engine.optimizers, _is_of_torch)
        ),
        *_of_modules(engine.net),
        *_of_processes(),
    ]


def _of_the_loader(loader: Any) -> Iterator[str]:
    if loader is None:
        yield say(
            "no data loader was given, so the order of the data is not restored: give watch() one "
            "that has a state_dict as loader=, such as torchdata's StatefulDataLoader"
        )
    elif not callable(getattr(loader, "state_dict", None)):
        yield say(
            "the data loader, a {name}, has no state_dict, so the order of the data is not "
            "restored: torchdata's StatefulDataLoader has one",
            name=type(loader).__name__,
        )


def _of_schedulers(engine: Any) -> Iterator[str]:
    known = {id(getattr(schedule, "optimizer", None)) for schedule in engine.schedulers}
    for opt in engine.optimizers:
        marked = any("initial_lr" in group for group in opt.param_groups)
        if marked and id(opt) not in known:
            yield say(
                "a scheduler governs the {name} that was not given to watch(), so it is not "
                "restored: give it as schedulers=",
                name=type(opt).__name__,
            )


def _of_modules(net: nn.Module) -> Iterator[str]:
    for path, module in net.named_modules():
        for name, value in vars(module).items():
            if isinstance(value, STREAMS):
                place = f"{path}.{name}" if path else name
                yield say(
                    "{place} is a random generator of the model's own, and not restored",
                    place=place,
                )


def _of_processes() -> Iterator[str]:
    group = torch.distributed
    if group.is_available() and group.is_initialized() and group.get_world_size() > 1:
        yield say(
            "the run has {count} processes, of which only this one is restored: watch and rewind "
            "on each of them",
            count=group.get_world_size(),
        )


def _is_of_torch(kind: type) -> bool:
    return kind.__module__.startswith("torch.optim")
