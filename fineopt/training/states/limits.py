"""What a snapshot of a run cannot hold, by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...data.loader import DataLoader
from ...language import list_names, say
from ...module import Module
from ...optimizer.base import Optimizer
from ...optimizer.multiple import AnyOptimizer
from ..feed import Feed, has_state
from .kept import STREAMS, kept_by
from .optimizer import attributes_of, is_own, optimizers_in

__all__ = ["engine_limits", "evaluation_limits", "feed_limits"]

OPTIMIZER = {"param_groups", "_state", "_scratch", "_defaults"}


def feed_limits(feed: Feed) -> list[str]:
    """Return what of the data is not restored.

    Until an epoch ends, a dataloader that was replaced in it counts too.
    """
    loaders = {id(loader): loader for loader in (feed.source, feed.dataloader)}
    return [limit for loader in loaders.values() for limit in _loader_limits(feed, loader)]


def _loader_limits(feed: Feed, loader: Any) -> list[str]:
    name = type(loader).__name__
    fixed = isinstance(loader, list | tuple)
    if not fixed and not has_state(loader):
        return [
            say(
                "the dataloader, a {name}, has no state_dict: the order of the data is not "
                "restored",
                name=name,
            )
        ]
    if not fixed and not isinstance(loader, DataLoader) and feed.steps_per_epoch is None:
        return [
            say(
                "the dataloader, a {name}, has no length, so one mini-batch is drawn ahead: its "
                "order is not restored within an epoch. Give it a __len__",
                name=name,
            )
        ]
    return _streams_of(loader)


def evaluation_limits(test_data: Any) -> list[str]:
    """Return what of the data that the run is tested on is not restored."""
    return _streams_of(test_data)


def _streams_of(loader: Any) -> list[str]:
    """Name the random streams of its own that a loader, or a part of it, draws from."""
    parts: list[Any] = [loader]
    if isinstance(loader, DataLoader):
        parts = [loader.dataset, loader.sampler, loader.transform, loader.collator]
        parts += getattr(loader.transform, "transforms", [])
    return [
        _own_stream(type(part).__name__, attribute)
        for part in parts
        for attribute in _own_streams(part)
    ]


def engine_limits(net: Module, optimizer: AnyOptimizer, train_func: Any) -> list[str]:
    """Return what of the network, the optimizer and the train_func is not restored."""
    found = [
        _own_stream(name or type(module).__name__, attribute)
        for name, module in net.named_modules()
        for attribute in _own_streams(module)
    ]
    for opt in optimizers_in(optimizer):
        extra = set(vars(opt)) - OPTIMIZER - set(attributes_of(opt))
        if extra and type(opt) is not Optimizer and not is_own(opt):
            found.append(
                say(
                    "{name} keeps {names}, which is not restored: keep it in each parameter's "
                    "state, or give the class a state_dict and a load_state_dict",
                    name=type(opt).__name__,
                    names=list_names(sorted(extra)),
                )
            )
    if kept := kept_by(train_func):
        found.append(
            say(
                "the train_func keeps {names}, which is not restored: make it an object with a "
                "state_dict and a load_state_dict",
                names=list_names(kept),
            )
        )
    return found


def _own_stream(name: str, attribute: str) -> str:
    return say(
        "{name} draws from a random stream of its own, {attribute!r}, which is not restored: draw "
        "from fineopt.random.generator() instead",
        name=name,
        attribute=attribute,
    )


def _own_streams(thing: Any) -> Iterator[str]:
    for name, value in getattr(thing, "__dict__", {}).items():
        if isinstance(value, STREAMS) and not (name == "_own" and hasattr(thing, "state_dict")):
            yield name
