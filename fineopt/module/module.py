"""Module: what has parameters, finds them by name, and computes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from ..atomic import commit
from ..core.naming import Held, collision, leaves, name_of, note, pointers_back, refuse_collisions
from ..core.tensor import Parameter, Tensor, check_free
from ..errors import BadTypeError, ShapeError, suggestion
from ..ops import Array

__all__ = ["Module"]


class Module(Held):
    """The base of layers and networks: assign parameters and modules to attributes.

    >>> class Net(Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.scale = Parameter([2.0])
    ...     def forward(self, x):
    ...         return x * self.scale
    >>> net = Net()
    >>> net(Tensor([1.0, 2.0]))
    Tensor([2. 4.], device=cpu:0)
    >>> [(name, p.shape) for name, p in net.named_parameters()]
    [('scale', (1,))]

    Source: MegEngine's Module.
    """

    training: bool

    def __new__(cls, *_: Any, **__: Any) -> Any:
        """Make it, with nobody that holds it."""
        module = super().__new__(cls)
        vars(module)["_holders"] = {}
        return module

    def __init__(self) -> None:
        self.training = True

    def forward(self, *inputs: Any, **options: Any) -> Any:
        """Compute outputs from inputs; subclasses say how."""
        raise NotImplementedError(f"{type(self).__name__} has no forward(self, ...)")

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        """Compute forward; shapes that don't fit are reported with the layer's name."""
        if "training" not in vars(self):
            raise RuntimeError(f"{type(self).__name__}.__init__ must call super().__init__() first")
        try:
            return self.forward(*inputs, **options)
        except ShapeError as error:
            error.within(self._described())
            raise

    def _described(self) -> str:
        leaf = next(self.children(), None) is None
        what = repr(self) if leaf else type(self).__name__
        name = name_of(self)
        return f"layer {name!r} ({what})" if name else what

    def __setattr__(self, name: str, value: Any) -> None:
        """Hold a value; a parameter or module in it is called after its place.

        Raises:
            TypeError: for a Tensor in the place of a Parameter.
            ValueError: for two things that would have the same name, as in ``{1: p, "1": q}``.
        """
        if isinstance(vars(self).get(name), Parameter) and _is_plain_tensor(value):
            raise TypeError(
                f"{type(self).__name__}.{name} is a Parameter, and a Tensor in its place would not "
                f"be trained: set its values with {name}[...] = value"
            )
        if isinstance(value, Held | list | tuple | dict):
            self._check_names(name, value)
            note(self, name, value)
        super().__setattr__(name, value)

    def _check_names(self, name: str, value: Any) -> None:
        """Refuse names that collide: they have a dot, or are the keys or indices of a container."""
        others = {k: v for k, v in vars(self).items() if k != name}
        dotted = "." in name or any("." in k for k in others)
        if dotted or not isinstance(value, Held):
            together = {**(others if dotted else {}), name: value}
            refuse_collisions(type(self).__name__, _everything(together))

    def __getstate__(self) -> Any:
        kept = {name: value for name, value in vars(self).items() if name != "_holders"}
        return kept, pointers_back(self)

    def __setstate__(self, state: Any) -> None:
        kept, back = state
        vars(self).update(kept)
        for name, value in kept.items():
            note(self, name, value, back)

    # ---- what it holds ----

    def _own(self) -> Iterator[tuple[str, Any]]:
        """Yield its attributes by name; items of lists and dicts have a path as their name."""
        for name in sorted(vars(self)):
            yield from leaves(vars(self)[name], name)

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """Yield (name, module) for itself, named prefix, and all below, each once."""
        seen: set[int] = set()
        for path, module in _walk(self, prefix):
            if id(module) not in seen:
                seen.add(id(module))
                yield path, module

    def modules(self) -> Iterator[Module]:
        """Yield itself and all modules below."""
        return (module for _, module in self.named_modules())

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Yield (name, module) for the modules it holds itself."""
        return ((name, child) for name, child in self._own() if isinstance(child, Module))

    def children(self) -> Iterator[Module]:
        """Yield the modules it holds itself."""
        return (child for _, child in self.named_children())

    def _named(self, wanted: Callable[[Any], bool]) -> list[tuple[str, Tensor]]:
        by_name: dict[str, Tensor] = {}
        for path, module in self.named_modules():
            for own, value in module._own():
                if isinstance(value, Tensor):
                    name = f"{path}.{own}" if path else own
                    if by_name.setdefault(name, value) is not value:
                        raise collision(type(self).__name__, name)
        first = {id(by_name[name]): name for name in sorted(by_name, reverse=True)}
        return [(name, by_name[name]) for name in sorted(first.values()) if wanted(by_name[name])]

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Yield (name, parameter) pairs sorted by name, each parameter once.

        Raises:
            ValueError: for two tensors of one name, which a list or dict may have got later.

        Source: the document's first table; it calls the result a dict, but it is pairs.
        """
        return iter(self._named(lambda value: isinstance(value, Parameter)))  # type: ignore[arg-type]

    def parameters(self) -> Iterator[Parameter]:
        """Yield the parameters, sorted by name. It can be gone through once: it is a generator."""
        return (p for _, p in self.named_parameters())

    def named_buffers(self) -> Iterator[tuple[str, Tensor]]:
        """Yield (name, tensor) for tensors that are no parameters, such as running statistics."""
        return iter(self._named(_is_plain_tensor))

    def buffers(self) -> Iterator[Tensor]:
        """Yield the tensors that are no parameters."""
        return (buffer for _, buffer in self.named_buffers())

    # ---- modes ----

    def train(self, mode: bool = True) -> Module:
        """Put itself and all below into training mode (dropout drops, batch norm adapts)."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Module:
        """Put itself and all below into evaluation mode."""
        return self.train(False)

    # ---- values ----

    def state_dict(self) -> dict[str, Array]:
        """Return snapshots of all parameters and buffers by name."""
        return {name: x.numpy() for name, x in (*self.named_parameters(), *self.named_buffers())}

    def load_state_dict(self, state: Mapping[str, Any], strict: bool = True) -> None:
        """Set parameters and buffers by name, in place; all of them or none.

        Args:
            state: arrays or Tensors by name.
            strict: refuse missing and unexpected names; otherwise they are passed over.

        Raises:
            ValueError: one report of all that is missing, unexpected or misshapen.
            TypeError: (a ValueError too) for a state that is no dict.
            RuntimeError: while a GradManager that uses the parameters records.
        """
        if not isinstance(state, Mapping):
            raise BadTypeError(
                f"a state is a dict of arrays by name, as state_dict() gives it, not a "
                f"{type(state).__name__}"
            )
        own = dict((*self.named_parameters(), *self.named_buffers()))
        problems = []
        new = {name: _numbers(value) for name, value in state.items()}
        for name, x in own.items():
            if name in new and new[name].dtype.kind not in "bifu":
                problems.append(f"  no numbers: {name} holds {new[name].dtype}")
            elif name in new and new[name].shape != x.shape:
                shape = new[name].shape
                problems.append(f"  misshapen: {name} is {x.shape} here and {shape} in the state")
            elif name in new:
                with np.errstate(all="ignore"):
                    fits = new[name].astype(x.dtype)
                if not np.array_equal(np.isfinite(fits), np.isfinite(new[name])):
                    problems.append(f"  too large: {name} holds numbers that {x.dtype} can't")
                new[name] = fits
        if strict:
            problems += [f"  missing: {name}" for name in own if name not in new]
            problems += [
                f"  unexpected: {name} ({suggestion(name, own)})" for name in new if name not in own
            ]
        if problems:
            raise ValueError("\n".join(["the state does not fit, nothing was loaded:", *problems]))
        for x in own.values():
            check_free(x, "loading a state")
        data = {name: np.array(new[name], order="C") for name in own if name in new}
        commit([partial(setattr, own[name], "_data", array) for name, array in data.items()])

    # ---- words ----

    def _summary(self) -> str:
        """Say what a layer was made with; shown in its repr."""
        return ""

    def __repr__(self) -> str:
        children = [f"{name}: {child!r}" for name, child in self.named_children()]
        if not children:
            return f"{type(self).__name__}({self._summary()})"
        body = "\n".join(children).replace("\n", "\n  ")
        return f"{type(self).__name__}(\n  {body}\n)"


def _numbers(value: Any) -> Array:
    try:
        return np.asarray(value)
    except ValueError:  # nested lists of several lengths: no array, and so no numbers
        return np.empty(0, object)


def _walk(value: Any, path: str, above: tuple[int, ...] = ()) -> Iterator[tuple[str, Module]]:
    """Yield every module in a value with its path, outermost first; a ring is walked once."""
    for own, module in leaves(value, path):
        if isinstance(module, Module) and id(module) not in above:
            yield own, module
            for name, child in module.named_children():
                yield from _walk(child, f"{own}.{name}" if own else name, (*above, id(module)))


def _everything(attributes: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield all tensors and modules in some attributes, with their paths."""
    for name, value in attributes.items():
        yield from leaves(value, name)
        for path, module in _walk(value, name):
            yield from ((f"{path}.{own}", item) for own, item in module._own())


def _is_plain_tensor(value: Any) -> bool:
    return isinstance(value, Tensor) and not isinstance(value, Parameter)
