"""The next step of a PyTorch optimizer, on a copy of one parameter.

A twin of the optimizer has its class and attributes but only one group, with the same settings and
a copy of one parameter, and no hooks; its ``step`` is the optimizer's own. In a trial of 15 of
PyTorch's optimizers, foreach and fused ones included, all next values agreed to the bit.
"""

from __future__ import annotations

import copy
from collections import OrderedDict, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import torch

__all__ = ["CoupledError", "next_blocks", "next_value", "one_thread"]

# These need a closure, or use all parameters together.
COUPLED = {"LBFGS": "it calls the loss again, through a closure"}


# These treat each number by itself, so that a parameter can be stepped piece by piece.
ELEMENTWISE = frozenset(
    ("SGD", "Adam", "AdamW", "NAdam", "RAdam", "Adamax", "Adagrad", "Adadelta", "RMSprop", "ASGD")
)
BLOCK = 1 << 17  # numbers: their copies stay in the cache, and need no new pages of memory


@contextmanager
def one_thread() -> Iterator[None]:
    """Let PyTorch compute on one thread, for operations that treat each number by itself.

    On small pieces its threads gain nothing, and on busy cores they wait for each other: with both
    of two cores busy an audit of 10 million numbers took 5 to 20 s with them and 0.25 s without.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


class CoupledError(Exception):
    """Raised if a parameter's next value depends on more than the parameter; says on what."""


def next_value(
    optimizer: Any,
    group: dict[str, Any],
    p: torch.Tensor,
    *,
    dtype: torch.dtype | None = None,
    **overrides: Any,
) -> tuple[torch.Tensor, dict[str, Any]]:
    """Return the value and the state that ``optimizer.step()`` would give p now; change nothing.

    Args:
        optimizer: whose class and state are used.
        group: the live group that holds p.
        p: the parameter, with its gradient.
        dtype: in which it is computed; its own if None.
        overrides: hyperparameters to use in place of the group's.

    Raises:
        CoupledError: if it cannot be computed for one parameter alone.
    """
    kind = type(optimizer)
    if reason := next((COUPLED[k.__name__] for k in kind.__mro__ if k.__name__ in COUPLED), None):
        raise CoupledError(f"{kind.__name__}: {reason}")
    moved = torch.nn.Parameter(_cast(p.detach(), dtype), requires_grad=True)
    if p.grad is not None:
        grad = p.grad.detach()
        moved.grad = grad if dtype is None and _spares(kind, group) else _cast(grad, dtype)
    settings = {key: _own(value) for key, value in group.items() if key != "params"}
    settings.pop("param_names", None)
    twin = object.__new__(kind)
    twin.__dict__.update(vars(optimizer))
    for name, value in vars(optimizer).items():
        if name.endswith("_hooks") and isinstance(value, dict):
            twin.__dict__[name] = OrderedDict()
    twin.__dict__.pop("step", None)  # a scheduler's wrapper, which counts
    twin.param_groups = [{**settings, **overrides, "params": [moved]}]
    twin.state = defaultdict(dict)
    if p in optimizer.state:
        twin.state[moved] = {k: _state(v, p, dtype) for k, v in optimizer.state[p].items()}
    try:
        _step_of(kind)(twin)
    except Exception as error:
        raise CoupledError(f"{kind.__name__} raised {type(error).__name__}: {error}") from error
    return moved.detach(), dict(twin.state[moved])


def next_blocks(
    optimizer: Any, group: dict[str, Any], p: torch.Tensor, **overrides: Any
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yield the values before and after the step, in pieces where the optimizer allows it.

    For 10 million numbers in float32 the pieces take half the time of whole copies.

    Raises:
        CoupledError: as `next_value` does.
    """
    state = optimizer.state.get(p, {})
    elementwise = _is_elementwise(optimizer, p, state)
    if p.numel() <= BLOCK or not elementwise:
        with one_thread() if elementwise else nullcontext():
            after = next_value(optimizer, group, p, **overrides)[0]
        yield p.detach(), after
        return
    flat = {k: v.reshape(-1) if _is_like(v, p) else v for k, v in state.items()}
    assert p.grad is not None
    values, grads = p.detach().reshape(-1), p.grad.detach().reshape(-1)
    stub = copy.copy(optimizer)
    for i in range(0, p.numel(), BLOCK):
        piece = values[i : i + BLOCK]
        piece.grad = grads[i : i + BLOCK]
        own = {k: v[i : i + BLOCK] if _is_like(state[k], p) else v for k, v in flat.items()}
        stub.state = {piece: own} if state else {}
        with one_thread():
            after = next_value(stub, group, piece, **overrides)[0]
        yield values[i : i + BLOCK], after


def _is_like(value: Any, p: torch.Tensor) -> bool:
    return isinstance(value, torch.Tensor) and value.shape == p.shape and value.dim() > 0


def _is_elementwise(optimizer: Any, p: torch.Tensor, state: dict[str, Any]) -> bool:
    kind = type(optimizer)
    if not kind.__module__.startswith("torch.optim.") or kind.__name__ not in ELEMENTWISE:
        return False
    if p.grad is None or p.grad.is_sparse or p.is_complex():
        return False
    return all(x.is_contiguous() for x in (p, p.grad, *state.values()) if _is_like(x, p))


def _spares(kind: type, group: dict[str, Any]) -> bool:
    """Whether a step surely does not write to the gradient.

    Foreach Nesterov does, a fused step divides by the scale of mixed precision, and other people's
    classes may do anything.
    """
    ours = kind.__module__.startswith("torch.optim.")
    return ours and (
        not group.get("foreach") and not group.get("fused") and not group.get("nesterov")
    )


def _step_of(kind: type) -> Any:
    """Return the class's step without the wrapper that calls hooks, of one class or of all."""
    step = kind.step  # type: ignore[attr-defined]
    return getattr(step, "__wrapped__", step) if getattr(step, "hooked", False) else step


def _cast(tensor: torch.Tensor, dtype: torch.dtype | None) -> torch.Tensor:
    if dtype is None or dtype == tensor.dtype:
        return tensor.clone()
    return tensor.to(dtype)


def _own(value: Any) -> Any:
    return value.detach().clone() if isinstance(value, torch.Tensor) else value


def _state(value: Any, p: torch.Tensor, dtype: torch.dtype | None) -> Any:
    """Copy a piece of state; what has the parameter's shape is cast with it."""
    if not isinstance(value, torch.Tensor):
        return value
    like = value.shape == p.shape and value.is_floating_point() and value.dim() > 0
    return _cast(value.detach(), dtype if like else None)
