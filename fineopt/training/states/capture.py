"""Capturing the state of fineopt's own engine, by reference."""

from __future__ import annotations

import copy

from ...core.capture import array_of
from ...core.tensor import Tensor
from ...module import Module
from ...optimizer.base import Optimizer
from ...optimizer.multiple import AnyOptimizer, MultipleOptimizer
from .kept import keeper
from .native import Native, NativeState
from .optimizer import OptimizerState, attributes_in, attributes_of, optimizers_in

__all__ = ["capture"]


def capture(engine: Native) -> NativeState:
    """Capture the state of an engine, by reference."""
    net, optimizer = engine.net, engine.optimizer
    optimizers = [OptimizerState.of(opt) for opt in optimizers_in(optimizer)]
    own = dict(net.named_parameters())
    named: dict[str, Tensor] = {**engine.parameters, **own}
    known = {id(p) for p in named.values()}
    for i, group in enumerate(optimizer.param_groups):  # one that was added with a group
        for j, p in enumerate(group["params"]):
            if id(p) not in known:
                named[f"param group {i}[{j}]"] = p
    buffers = dict(net.named_buffers())
    cleared = _cleared(optimizer)
    grads = {
        name: (x, x.grad)
        for name, x in {**named, **buffers}.items()
        if x.grad is not None and id(x) not in cleared
    }
    func = keeper(engine.train_func)
    # A network's own state is captured anyway.
    state_dict = None if isinstance(func, Module) else getattr(func, "state_dict", None)
    return NativeState(
        host=engine,
        optimizer=optimizer,
        gm=engine.gm,
        train_func=engine.train_func,
        own=own,
        values={name: (x, array_of(x)) for name, x in named.items()},
        buffers={name: (x, array_of(x)) for name, x in buffers.items()},
        grads=grads,
        optimizers=optimizers,
        # a group's dict may get other keys (another optimizer) or parameters (a freeze panel)
        groups=[(g, dict(g), list(g["params"])) for g in optimizer.param_groups],
        modules=[(module, attributes_of(module)) for module in net.modules()],
        attached=[(x, engine.gm.callbacks(x)) for x in engine.gm.attached_tensors()],
        detached={name: list(calls) for name, calls in engine.detached.items()},
        func_state=copy.deepcopy(state_dict()) if callable(state_dict) else None,
        func_attributes=attributes_in(getattr(func, "__dict__", {})),
    )


def _cleared(optimizer: AnyOptimizer) -> set[int]:
    """Return the ids of the parameters whose gradients ``clear_grad`` surely sets to None."""
    if isinstance(optimizer, MultipleOptimizer):
        sure = type(optimizer).clear_grad is MultipleOptimizer.clear_grad
    else:
        sure = type(optimizer).clear_grad is Optimizer.clear_grad
    return {id(p) for p in optimizer.parameters()} if sure else set()
