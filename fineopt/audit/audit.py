"""Auditing a network and its optimizers before a step."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from typing import Any

from ..core.autodiff import GradManager
from ..module import Module
from ..optimizer.base import Optimizer
from ..optimizer.multiple import MultipleOptimizer
from .comparing import compare_gradients
from .engines.native import NativeSubject, optimizers_of
from .findings import find
from .judging import judge
from .report import Report
from .subject import Subject

__all__ = ["audit"]


def audit(
    net: Any,
    optimizer: Any,
    gm: Any = None,
    *,
    batch: tuple[Any, Any] | None = None,
    loss: Callable[[Any, Any], Any] | None = None,
    schedules: Iterable[Any] = (),
    train_func: Callable[..., Any] | None = None,
    clear: bool = False,
) -> Report:
    """Report which parameters will move at the next step, by how much, and why not the others.

    With gradients in place (after backward, before the step) the prediction is exact: the
    optimizer's own rule is applied to a copy of one parameter at a time. Without gradients, those
    of ``batch`` are computed and removed again; without either, a row says only what is certain.
    Nothing is changed: neither values, state, gradients, groups, modes nor random streams.

    Args:
        net: the network, fineopt's, PyTorch's or MegEngine's.
        optimizer: an optimizer, several as a list, or a MultipleOptimizer; any of torch.optim, or
            of megengine.optimizer.
        gm: the GradManager, fineopt's or MegEngine's, whose attached tensors get gradients; if
            None, all parameters do.
        batch: (data, label) of a mini-batch. With gradients in place they are compared with its.
        loss: called as ``loss(prediction, label)`` for the batch; the cross entropy if None.
        schedules: of PyTorch's or MegEngine's optimizers, to say what they will do; fineopt's are
            known.
        train_func: computes the gradients of the batch, as a Trainer's does (fineopt's networks).
        clear: whether the gradients in place are cleared first, as a training loop does before it
            computes those of the batch. Needs a batch.

    Raises:
        TypeError: if net is not a network, or optimizer is not an optimizer object.
        ValueError: if the optimizer has none of the network's parameters, or there is none; if a
            batch would draw from MegEngine's random numbers, whose state cannot be restored.

    >>> from fineopt import models, optimizer
    >>> net = models.LeNet()
    >>> report = audit(net, optimizer.SGD(net.fc1.parameters(), lr=0.1))
    >>> report["fc1.bias"].moves, report["fc1.bias"].words
    (None, 'unknown until a gradient is there')
    >>> report["fc2.bias"].moves, report["fc2.bias"].why
    (False, 'unoptimized')
    """
    if clear and batch is None:
        raise ValueError("clear=True needs batch=(data, label), whose gradients take their place")
    if batch is not None and not (isinstance(batch, tuple | list) and len(batch) == 2):
        size = f" of {len(batch)}" if isinstance(batch, tuple | list) else ""
        raise TypeError(f"batch must be a pair (data, label), not {_kind(batch)}{size}")
    subject = _subject(net, optimizer, gm, loss, schedules, train_func)
    entries = subject.entries()
    if not any(entry.in_network and entry.holders for entry in entries):
        raise ValueError(
            "the optimizer has none of the network's parameters: it belongs to another network, or "
            "to layers that were replaced since. Make it from net.parameters()"
        )
    graded = [subject.gradient(entry.parameter) for entry in entries]
    in_place = not clear and any(one.kind != "None" for one in graded)
    aside_runs = batch is not None and not in_place
    aside = nullcontext() if batch is None or in_place else subject.gradients_of(batch)
    with aside:
        if aside_runs:
            graded = [subject.gradient(entry.parameter) for entry in entries]
        known = in_place or aside_runs
        pairs = zip(entries, graded, strict=True)
        judged = [judge(subject, entry, gradient, known) for entry, gradient in pairs]
        findings = find(subject, entries, judged)
    if batch is not None and in_place:
        findings += compare_gradients(subject, entries, batch)
    return Report(
        [one.row for one in judged], findings, subject, entries, [one.after for one in judged]
    )


def _subject(
    net: Any,
    optimizer: Any,
    gm: Any,
    loss: Callable[[Any, Any], Any] | None,
    schedules: Iterable[Any],
    train_func: Callable[..., Any] | None,
) -> Subject:
    several = _optimizers(optimizer)
    if isinstance(net, Module):
        for one in several:
            if not isinstance(one, Optimizer | MultipleOptimizer):
                raise TypeError(
                    f"a fineopt network is moved by a fineopt optimizer, not by {_kind(one)}"
                )
        if gm is not None and not isinstance(gm, GradManager):
            raise TypeError(f"gm must be a GradManager, not {_kind(gm)}")
        flat = [opt for one in several for opt in optimizers_of(one)]
        return NativeSubject(net, flat, gm, loss, train_func)
    if _is_a(net, "torch.nn.modules.module.Module"):
        from .engines.torch import TorchSubject

        return TorchSubject(net, several, loss, list(schedules))
    if _is_a(net, "megengine.module.module.Module"):
        from .engines.megengine import MegEngineSubject

        return MegEngineSubject(net, several, gm, loss, list(schedules))
    raise TypeError(
        "audit takes a network (a fineopt Module, a torch.nn.Module or a megengine.module.Module), "
        f"not {_kind(net)}"
    )


def _optimizers(optimizer: Any) -> list[Any]:
    if isinstance(optimizer, Sequence) and not isinstance(optimizer, str):
        several = list(optimizer)
    elif inspect.isgenerator(optimizer):
        raise TypeError("optimizer is a generator, which can be used only once: give a list")
    else:
        several = [optimizer]
    if not several:
        raise ValueError("optimizer is an empty list: give at least one optimizer")
    for one in several:
        if isinstance(one, type):
            raise TypeError(
                f"optimizer is the class {one.__name__}: give an object, such as "
                f"{one.__name__}(net.parameters(), lr=0.01)"
            )
        if not hasattr(one, "param_groups"):
            raise TypeError(f"optimizer must be an optimizer, not {_kind(one)}")
    return several


def _is_a(net: Any, kind: str) -> bool:
    """Whether an object is of a class of that full name, whose package need not be here."""
    return any(f"{one.__module__}.{one.__name__}" == kind for one in type(net).__mro__)


def _kind(value: Any) -> str:
    return f"the class {value.__name__}" if isinstance(value, type) else f"a {type(value).__name__}"
