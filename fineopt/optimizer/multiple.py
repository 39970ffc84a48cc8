"""Several optimizers as one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, TypeAlias

from ..atomic import commit
from ..core.parameter import Parameter
from ..errors import BadTypeError
from .base import Optimizer
from .labels import called, find_group
from .live_groups import LiveGroups
from .state import Match, loading, match

__all__ = ["AnyOptimizer", "MultipleOptimizer"]


class MultipleOptimizer:
    """Several optimizers as one, each with parameters of its own.

    It does all that an optimizer does: it steps, clears gradients, shows every group in
    ``param_groups``, is saved and restored, and works under a schedule. Its optimizers can still be
    stepped by themselves, at different times.

    Args:
        opts: the optimizers, one by one. They stay at hand as ``opts``.

    Raises:
        TypeError: for what is no optimizer.
        ValueError: for none at all, one that comes twice, or a parameter held by two.

    >>> from fineopt import Parameter, Tensor
    >>> from fineopt.optimizer import SGD, Adam
    >>> conv, fc = Parameter([1.0]), Parameter([1.0])
    >>> optimizer = MultipleOptimizer(SGD([conv], lr=0.05), Adam([fc], lr=0.01))
    >>> conv.grad = fc.grad = Tensor([2.0])
    >>> _ = optimizer.step()
    >>> conv, fc
    (Tensor([0.9], device=cpu:0), Tensor([0.99], device=cpu:0))
    >>> optimizer.param_groups[1]["lr"], optimizer.optimizer_of(1)
    (0.01, Adam(group 0: 1 parameters, lr 0.01))

    Source: the document's section 不同参数使用不同的优化器. As printed there the class can't run,
    since its ``__init__(*opts)`` lacks ``self``; nor has it the ``param_groups`` that a schedule
    needs, or a ``state_dict``.
    """

    def __init__(self, *opts: Optimizer) -> None:
        if not opts:
            raise ValueError("MultipleOptimizer needs at least one optimizer")
        for i, opt in enumerate(opts):
            if not isinstance(opt, Optimizer):
                many = isinstance(opt, list | tuple | MultipleOptimizer)
                hint = ": give its optimizers one by one, with a star before them" if many else ""
                raise TypeError(f"item {i} is a {type(opt).__name__}, not an optimizer{hint}")
            if any(opt is other for other in opts[:i]):
                raise ValueError(
                    f"item {i} is an optimizer ({type(opt).__name__}) that came before"
                )
        self.opts = opts
        self._check_apart()

    @property
    def param_groups(self) -> LiveGroups:
        """The groups of all optimizers, in order: a live view of the live dicts."""
        return LiveGroups(self.opts)

    def optimizer_of(self, group: int | str) -> Optimizer:
        """Return the optimizer that holds a group, given by index or label.

        Raises:
            IndexError, KeyError: if there is no such group.
        """
        index = find_group(self.param_groups, group)
        return [opt for opt in self.opts for _ in opt.param_groups][index]

    def add_param_group(self, param_group: Mapping[str, Any], index: int | None = None) -> None:
        """Add a group to one of the optimizers.

        Args:
            param_group: as for that optimizer.
            index: which of ``opts``.

        Raises:
            TypeError: without an index.
            IndexError: if there is no such optimizer.
            KeyError, TypeError, ValueError: for a group that can't be; then nothing is added.
        """
        if index is None:
            which = " or ".join(f"{i} for {opt!r}" for i, opt in enumerate(self.opts))
            raise TypeError(f"which optimizer is the new group for? Give its index: {which}")
        if not -len(self.opts) <= index < len(self.opts):
            raise IndexError(f"there is no optimizer {index}, only {len(self.opts)} of them")
        opt = self.opts[index]
        opt.add_param_group(param_group)
        try:
            self._check_apart()
        except ValueError:
            opt.param_groups.pop()
            raise

    def parameters(self) -> Iterable[Parameter]:
        """Yield the parameters of all groups."""
        return (p for opt in self.opts for p in opt.parameters())

    def step(self) -> MultipleOptimizer:
        """Step all optimizers, as one: an interrupt finds all parameters moved, or none.

        Raises:
            RuntimeError, KeyError, TypeError, ValueError: as theirs do; then nothing moves.
        """
        self.check()
        own = [opt for opt in self.opts if type(opt).step is not Optimizer.step]
        commit([change for opt in self.opts if opt not in own for change in opt._moves()])
        for opt in own:  # somebody's class, which steps in a way of its own
            opt.step()
        return self

    def check(self) -> None:
        """Refuse to step where one of the optimizers would, or two hold the same parameter.

        Raises:
            RuntimeError, KeyError, TypeError, ValueError: as :meth:`step`.
        """
        for i, opt in enumerate(self.opts):
            try:
                opt.check()
            except (RuntimeError, KeyError, TypeError, ValueError) as error:
                raise type(error)(f"optimizer {i} ({type(opt).__name__}), {error}") from None
        self._check_apart()

    def _check_apart(self) -> None:
        holders: dict[int, str] = {}  # id of a parameter -> the optimizer and group that hold it
        for i, opt in enumerate(self.opts):
            for k, group in enumerate(opt.param_groups):
                here = f"optimizer {i} ({type(opt).__name__}), param group {k}"
                for j, p in enumerate(group["params"]):
                    other = holders.setdefault(id(p), here)
                    if other is not here:
                        raise ValueError(
                            f"{called(j, p)} is held by {other}, and by {here}: it would be moved "
                            "twice a step"
                        )

    def clear_grad(self) -> MultipleOptimizer:
        """Set the gradient of each parameter to None; see :meth:`Optimizer.clear_grad`."""
        commit([partial(setattr, p, "grad", None) for p in self.parameters()])
        return self

    def state_dict(self) -> dict[str, Any]:
        """Return the states of all optimizers, in order; see :meth:`Optimizer.state_dict`."""
        return {"optimizers": [opt.state_dict() for opt in self.opts]}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what :meth:`state_dict` returned; see :meth:`Optimizer.load_state_dict`.

        Raises:
            ValueError: with one report of all that does not match (a TypeError too, for what is no
                state at all); then nothing is changed.
        """
        states = state.get("optimizers") if isinstance(state, Mapping) else None
        if not isinstance(states, list | tuple):
            raise BadTypeError("MultipleOptimizer loads a dict as its own state_dict() returns it")
        if len(states) != len(self.opts):
            raise ValueError(f"the state is of {len(states)} optimizers, here are {len(self.opts)}")
        found: list[Match] = []
        wrong: list[str] = []
        for i, (opt, saved) in enumerate(zip(self.opts, states, strict=True)):
            try:
                found.append(match(opt, saved))
            except (TypeError, ValueError) as error:
                wrong.append(f"optimizer {i}: {error}")
        if wrong:
            raise ValueError("\n".join(wrong))
        pairs = zip(self.opts, found, strict=True)
        commit([change for opt, good in pairs for change in loading(opt, good)])

    def __repr__(self) -> str:
        return f"MultipleOptimizer({', '.join(map(repr, self.opts))})"


AnyOptimizer: TypeAlias = Optimizer | MultipleOptimizer
