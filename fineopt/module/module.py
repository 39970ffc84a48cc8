"""Module: the base class of layers and networks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..atomic import commit
from ..core.naming import (
    Member,
    back_references,
    check_collisions,
    collision,
    members,
    name_of,
    set_owner,
)
from ..core.parameter import Parameter
from ..core.tensor import Tensor
from ..errors import ShapeError
from ..ops import Array
from .state import loading

__all__ = ["Module"]


class Module(Member):
    """Base class of layers and networks: assign parameters and modules to attributes.

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
        """Create the module without an owner."""
        module = super().__new__(cls)
        vars(module)["_owners"] = {}
        return module

    def __init__(self) -> None:
        self.training = True

    def forward(self, *inputs: Any, **options: Any) -> Any:
        """Compute outputs from inputs; defined by subclasses."""
        raise NotImplementedError(f"{type(self).__name__} does not define forward(self, ...)")

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        """Call forward; shape errors include the name of the layer."""
        if "training" not in vars(self):
            raise RuntimeError(f"{type(self).__name__}.__init__ must call super().__init__() first")
        try:
            return self.forward(*inputs, **options)
        except ShapeError as error:
            error.within(self._label())
            raise

    def _label(self) -> str:
        leaf = next(self.children(), None) is None
        what = repr(self) if leaf else type(self).__name__
        name = name_of(self)
        return f"layer {name!r} ({what})" if name else what

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute; parameters and modules in it are named after their place.

        Raises:
            TypeError: if a plain Tensor would replace a Parameter.
            ValueError: if two members would have the same name, as in ``{1: p, "1": q}``.
        """
        if isinstance(vars(self).get(name), Parameter) and _is_buffer(value):
            raise TypeError(
                f"{type(self).__name__}.{name} is a Parameter, and a Tensor in its place would not "
                f"be trained: set its values with {name}[...] = value"
            )
        if isinstance(value, Member | list | tuple | dict):
            self._check_names(name, value)
            set_owner(self, name, value)
        super().__setattr__(name, value)

    def _check_names(self, name: str, value: Any) -> None:
        """Check for colliding names, which involve a dot or the keys or indices of a container."""
        others = {k: v for k, v in vars(self).items() if k != name}
        dotted = "." in name or any("." in k for k in others)
        if dotted or not isinstance(value, Member):
            attributes = {**(others if dotted else {}), name: value}
            check_collisions(type(self).__name__, _all_members(attributes))

    def __getstate__(self) -> Any:
        kept = {name: value for name, value in vars(self).items() if name != "_owners"}
        return kept, back_references(self)

    def __setstate__(self, state: Any) -> None:
        kept, back = state
        vars(self).update(kept)
        for name, value in kept.items():
            set_owner(self, name, value, back)

    # ---- parameters, buffers and submodules ----

    def _own(self) -> Iterator[tuple[str, Any]]:
        """Yield (path, member) for its attributes, including the items of containers."""
        for name in sorted(vars(self)):
            yield from members(vars(self)[name], name)

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """Yield (name, module) for the module itself, named prefix, and all submodules, once."""
        seen: set[int] = set()
        for path, module in _walk(self, prefix):
            if id(module) not in seen:
                seen.add(id(module))
                yield path, module

    def modules(self) -> Iterator[Module]:
        """Yield the module itself and all submodules."""
        return (module for _, module in self.named_modules())

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Yield (name, module) for the direct submodules."""
        return ((name, child) for name, child in self._own() if isinstance(child, Module))

    def children(self) -> Iterator[Module]:
        """Yield the direct submodules."""
        return (child for _, child in self.named_children())

    def _named(self, included: Callable[[Any], bool]) -> list[tuple[str, Tensor]]:
        by_name: dict[str, Tensor] = {}
        for path, module in self.named_modules():
            for own, value in module._own():
                if isinstance(value, Tensor):
                    name = f"{path}.{own}" if path else own
                    if by_name.setdefault(name, value) is not value:
                        raise collision(type(self).__name__, name)
        first = {id(by_name[name]): name for name in sorted(by_name, reverse=True)}
        return [(name, by_name[name]) for name in sorted(first.values()) if included(by_name[name])]

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Yield (name, parameter) pairs sorted by name, each parameter once.

        Raises:
            ValueError: if two tensors have the same name, possible after a list or dict changed.

        Source: the document's first table; the document calls the result a dict.
        """
        return iter(self._named(lambda value: isinstance(value, Parameter)))  # type: ignore[arg-type]

    def parameters(self) -> Iterator[Parameter]:
        """Yield the parameters sorted by name, each once."""
        return (p for _, p in self.named_parameters())

    def named_buffers(self) -> Iterator[tuple[str, Tensor]]:
        """Yield (name, tensor) for tensors other than parameters, such as running statistics."""
        return iter(self._named(_is_buffer))

    def buffers(self) -> Iterator[Tensor]:
        """Yield the tensors other than parameters."""
        return (buffer for _, buffer in self.named_buffers())

    # ---- modes and state ----

    def train(self, mode: bool = True) -> Module:
        """Set the module and all submodules to training mode, which affects dropout, batch norm."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Module:
        """Set the module and all submodules to evaluation mode."""
        return self.train(False)

    def state_dict(self) -> dict[str, Array]:
        """Return copies of all parameters and buffers by name."""
        return {name: x.numpy() for name, x in (*self.named_parameters(), *self.named_buffers())}

    def load_state_dict(self, state: Mapping[str, Any], strict: bool = True) -> None:
        """Set all parameters and buffers by name, in place, or change nothing on an error.

        Args:
            state: arrays or Tensors by name.
            strict: raise an error for missing and unexpected names instead of ignoring them.

        Raises:
            ValueError: one report of all missing and unexpected names and wrong shapes.
            TypeError: (a ValueError too) if the state is not a dict.
            RuntimeError: if a GradManager that uses the parameters is recording.
        """
        own = dict((*self.named_parameters(), *self.named_buffers()))
        commit(loading(own, state, strict))

    # ---- printing ----

    def _summary(self) -> str:
        """Return the settings of a layer, shown in its repr."""
        return ""

    def __repr__(self) -> str:
        children = [f"{name}: {child!r}" for name, child in self.named_children()]
        if not children:
            return f"{type(self).__name__}({self._summary()})"
        body = "\n".join(children).replace("\n", "\n  ")
        return f"{type(self).__name__}(\n  {body}\n)"


def _walk(value: Any, path: str, above: tuple[int, ...] = ()) -> Iterator[tuple[str, Module]]:
    """Yield (path, module) for all modules in a value, outermost first; cycles are walked once."""
    for own, module in members(value, path):
        if isinstance(module, Module) and id(module) not in above:
            yield own, module
            for name, child in module.named_children():
                yield from _walk(child, f"{own}.{name}" if own else name, (*above, id(module)))


def _all_members(attributes: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield (path, member) for all tensors and modules in some attributes."""
    for name, value in attributes.items():
        yield from members(value, name)
        for path, module in _walk(value, name):
            yield from ((f"{path}.{own}", item) for own, item in module._own())


def _is_buffer(value: Any) -> bool:
    return isinstance(value, Tensor) and not isinstance(value, Parameter)
