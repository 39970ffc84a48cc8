"""More than one optimizer, used as one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, TypeAlias

from ..atomic import Change, commit
from ..core.parameter import Parameter
from ..core.values import describe
from ..errors import BadKeyError, BadTypeError
from ..types import Array
from .base import Optimizer
from .labels import find_group, parameter_label
from .live_groups import LiveGroups
from .state import Captured

__all__ = ["AnyOptimizer", "MultipleOptimizer"]


class MultipleOptimizer:
    """Combines optimizers of different parameters into one.

    It has the interface of a single optimizer: it steps, clears gradients, shows all groups in
    ``param_groups``, saves and restores its state, and works with schedules. Its optimizers may
    still be stepped on their own, at different times.

    Args:
        opts: the optimizers, as separate arguments. They remain available as ``opts``.

    Raises:
        TypeError: if an argument is not an optimizer.
        ValueError: without arguments, for a repeated optimizer, or if two share a parameter.

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

    Source: the document's section 不同参数使用不同的优化器. The class printed there cannot run,
    since its ``__init__(*opts)`` lacks ``self``; it also lacks the ``param_groups`` that a schedule
    needs, and a ``state_dict``.
    """

    def __init__(self, *opts: Optimizer) -> None:
        if not opts:
            raise ValueError("MultipleOptimizer needs at least one optimizer")
        for i, opt in enumerate(opts):
            if not isinstance(opt, Optimizer):
                many = isinstance(opt, list | tuple | MultipleOptimizer)
                hint = ": pass its optimizers as separate arguments, *optimizers" if many else ""
                raise TypeError(f"item {i} is a {type(opt).__name__}, not an optimizer{hint}")
            if any(opt is other for other in opts[:i]):
                raise ValueError(f"item {i}, {type(opt).__name__}, repeats an earlier optimizer")
        self.opts = opts
        self._check_disjoint()

    @property
    def param_groups(self) -> LiveGroups:
        """Return a live view of the live groups of all optimizers, in order."""
        return LiveGroups(self.opts)

    def optimizer_of(self, group: int | str) -> Optimizer:
        """Return the optimizer of a group, given by index or label.

        Raises:
            IndexError, KeyError: if there is no such group.
        """
        index = find_group(self.param_groups, group)
        return [opt for opt in self.opts for _ in opt.param_groups][index]

    def add_param_group(self, param_group: Mapping[str, Any], index: int | None = None) -> None:
        """Add a group to one of the optimizers.

        Args:
            param_group: as for that optimizer.
            index: the index of the optimizer in ``opts``.

        Raises:
            TypeError: without an index.
            IndexError: if the index is out of range.
            KeyError, TypeError, ValueError: if the group is invalid; nothing is added.
        """
        if index is None:
            choices = " or ".join(f"{i} for {opt!r}" for i, opt in enumerate(self.opts))
            raise TypeError(f"add_param_group needs the index of an optimizer: {choices}")
        if not -len(self.opts) <= index < len(self.opts):
            raise IndexError(f"there is no optimizer {index}: there are {len(self.opts)}")
        opt = self.opts[index]
        opt.add_param_group(param_group)
        try:
            self._check_disjoint()
        except ValueError:
            opt.param_groups.pop()
            raise

    def parameters(self) -> Iterable[Parameter]:
        """Yield the parameters of all groups."""
        return (p for opt in self.opts for p in opt.parameters())

    # ---- the step ----

    def step(self) -> MultipleOptimizer:
        """Step all optimizers atomically; see :meth:`Optimizer.step`.

        Raises:
            RuntimeError, KeyError, TypeError, ValueError: as one of them does; nothing is updated.
        """
        self.check()
        own = [opt for opt in self.opts if type(opt).step is not Optimizer.step]
        commit([change for opt in self.opts if opt not in own for change in opt.stepping()])
        for opt in own:  # a user's class that overrides step
            opt.step()
        return self

    def preview(self, p: Parameter) -> Array | None:
        """Return a parameter's value after the next step; see :meth:`Optimizer.preview`."""
        self.check()
        for opt in self.opts:
            if any(p is other for other in opt.parameters()):
                return opt.preview(p)
        raise BadKeyError(f"{describe(p)} is not in this MultipleOptimizer")

    def check(self) -> None:
        """Check that :meth:`step` can run.

        Raises:
            RuntimeError, KeyError, TypeError, ValueError: as :meth:`step`.
        """
        for i, opt in enumerate(self.opts):
            try:
                opt.check()
            except (RuntimeError, KeyError, TypeError, ValueError) as error:
                raise type(error)(f"optimizer {i} ({type(opt).__name__}), {error}") from None
        self._check_disjoint()

    def _check_disjoint(self) -> None:
        owners: dict[int, str] = {}  # id of a parameter -> its optimizer and group
        for i, opt in enumerate(self.opts):
            for k, group in enumerate(opt.param_groups):
                here = f"optimizer {i} ({type(opt).__name__}), param group {k}"
                for j, p in enumerate(group["params"]):
                    other = owners.setdefault(id(p), here)
                    if other is not here:
                        raise ValueError(
                            f"{parameter_label(j, p)} is in {other}, and in {here}: it would move "
                            "twice per step"
                        )

    def clear_grad(self) -> MultipleOptimizer:
        """Set the gradient of each parameter to None; see :meth:`Optimizer.clear_grad`."""
        commit([partial(setattr, p, "grad", None) for p in self.parameters()])
        return self

    # ---- state ----

    def state_of(self, p: Parameter) -> Mapping[str, Any]:
        """Return a parameter's state; see :meth:`Optimizer.state_of`."""
        return next((state for opt in self.opts if (state := opt.state_of(p))), {})

    def capture(self) -> Captured:
        """Capture all that a step changes; see :meth:`Optimizer.capture`."""
        parts = [opt.capture() for opt in self.opts]
        return Captured(
            [value for part in parts for value in part.values],
            [state for part in parts for state in part.states],
        )

    def restoring(self, captured: Captured) -> list[Change]:
        """Return the changes that restore what :meth:`capture` returned, for ``commit``."""
        return captured.restoring()

    def state_dict(self) -> dict[str, Any]:
        """Return the states of all optimizers, in order; see :meth:`Optimizer.state_dict`."""
        return {"optimizers": [opt.state_dict() for opt in self.opts]}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore what :meth:`state_dict` returned; see :meth:`Optimizer.load_state_dict`.

        Raises:
            ValueError: if the state does not match, with a report of all mismatches (also a
                TypeError if it is not a state dict at all); nothing is changed.
        """
        commit(self.loading(state))

    def loading(self, state: Mapping[str, Any]) -> list[Change]:
        """Return the changes that :meth:`load_state_dict` commits; it raises the same errors."""
        states = state.get("optimizers") if isinstance(state, Mapping) else None
        if not isinstance(states, list | tuple):
            raise BadTypeError("MultipleOptimizer loads a dict as its state_dict() returns it")
        if len(states) != len(self.opts):
            raise ValueError(
                f"the state has {len(states)} optimizers, this MultipleOptimizer {len(self.opts)}"
            )
        changes: list[Change] = []
        report: list[str] = []
        for i, (opt, saved) in enumerate(zip(self.opts, states, strict=True)):
            try:
                changes += opt.loading(saved)
            except (TypeError, ValueError) as error:
                report.append(f"optimizer {i}: {error}")
        if report:
            raise ValueError("\n".join(report))
        return changes

    def __repr__(self) -> str:
        return f"MultipleOptimizer({', '.join(map(repr, self.opts))})"


AnyOptimizer: TypeAlias = Optimizer | MultipleOptimizer
