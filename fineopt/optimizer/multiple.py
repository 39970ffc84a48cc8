"""Several optimizers as one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias, overload

from ..tensor import Parameter
from .groups import Group, as_group
from .labels import called, find_group, group_title
from .optimizer import Optimizer
from .state import Match, load, match

__all__ = ["AnyOptimizer", "MultipleOptimizer"]

AnyOptimizer: TypeAlias = "Optimizer | MultipleOptimizer"


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

    Source: the document's section 不同参数使用不同的优化器. The class as printed there can't run: its
    ``__init__(*opts)`` lacks ``self``. It also has no ``param_groups``, so that no schedule could
    reach its groups, and no ``state_dict``.
    """

    def __init__(self, *opts: AnyOptimizer) -> None:
        if not opts:
            raise ValueError("MultipleOptimizer needs at least one optimizer")
        for i, opt in enumerate(opts):
            if not isinstance(opt, Optimizer | MultipleOptimizer):
                many = ": give them one by one, MultipleOptimizer(*optimizers)"
                hint = many if isinstance(opt, list | tuple) else ""
                raise TypeError(f"item {i} is a {type(opt).__name__}, not an optimizer{hint}")
        self.opts = opts
        self._check_apart()

    @property
    def param_groups(self) -> Sequence[Group]:
        """The groups of all optimizers, in order: a live view of the live dicts."""
        return _Groups(self.opts)

    def optimizer_of(self, group: int | str) -> Optimizer:
        """Return the optimizer that holds a group, given by index or label.

        Raises:
            IndexError, KeyError: if there is no such group.
        """
        index = find_group(self.param_groups, group)
        for opt in self.opts:
            if index < len(opt.param_groups):
                return opt.optimizer_of(index)
            index -= len(opt.param_groups)
        raise AssertionError("find_group lets no other index through")

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
            which = " or ".join(f"{i} ({type(opt).__name__})" for i, opt in enumerate(self.opts))
            raise TypeError(
                f"which optimizer is the group for? Give add_param_group(group, index) with {which}, "
                "or call optimizer.opts[index].add_param_group(group)"
            )
        if not -len(self.opts) <= index < len(self.opts):
            raise IndexError(f"there is no optimizer {index}, only {len(self.opts)} of them")
        opt = self.opts[index]
        made = as_group(param_group, len(opt.param_groups), {})
        for other in self.opts:
            if other is not opt:
                _check_shared(other, index, [made], self.opts.index(other))
        opt.add_param_group(made)

    def parameters(self) -> Iterable[Parameter]:
        """Yield the parameters of all groups."""
        return (p for opt in self.opts for p in opt.parameters())

    def step(self) -> MultipleOptimizer:
        """Step all optimizers.

        Raises:
            RuntimeError, KeyError, TypeError, ValueError: as theirs do; then nothing moves.
        """
        self.check()
        for opt in self.opts:
            opt.step()
        return self

    def check(self) -> None:
        """Refuse to step where one of the optimizers would, or two hold the same parameter.

        Raises:
            RuntimeError, KeyError, TypeError, ValueError: as :meth:`step`.
        """
        for opt in self.opts:
            opt.check()
        self._check_apart()
