"""The attached tensors of a GradManager, with their callbacks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, TypeAlias, TypeVar
from weakref import ref

from ..atomic import Change, commit
from ..errors import BadTypeError, suggestion
from .naming import state_keys
from .tape import Tape
from .tensor import Tensor
from .values import describe

__all__ = ["Attached", "Callback", "as_list"]

Callback: TypeAlias = Callable[[Tensor, Tensor], Tensor]
Entry: TypeAlias = tuple[ref[Tensor], list[Callback]]
Self = TypeVar("Self", bound="Attached")


class Attached:
    """Base class of GradManager: attach and detach tensors, save and restore what is attached."""

    def __init__(self) -> None:
        # keyed by id(), which is unique while the tensor lives; its weak reference drops the entry
        self._attached: dict[int, Entry] = {}

    @property
    def _tape(self) -> Tape | None:
        """The tape of the recording in progress, if any."""
        return None

    def attach(
        self: Self,
        tensors: Tensor | Iterable[Tensor],
        callbacks: Callback | Iterable[Callback] | None = None,
    ) -> Self:
        """Track gradients of tensors, starting now even if a recording is in progress.

        Args:
            tensors: one or more Tensors, such as ``net.parameters()``, held by weak references.
            callbacks: called as ``callback(tensor, grad)`` on each new gradient before it is
                added to ``grad``; the return value replaces the gradient. Attaching a tensor
                again appends its callbacks.

        Raises:
            TypeError: if an item is not a Tensor or its dtype is not floating-point.
            ValueError: if an iterator is exhausted.
        """
        items = as_list(tensors)
        new = [callbacks] if callable(callbacks) else list(callbacks or ())
        _check_tensors(items)
        for callback in new:
            if not callable(callback):
                raise TypeError(f"a callback must be callable as f(tensor, grad), not {callback!r}")
        for x in items:
            if id(x) not in self._attached:
                self._attached[id(x)] = _entry(x, self._attached, [])
            self._attached[id(x)][1].extend(new)
            if self._tape is not None:
                self._tape.attach(x._id)
        return self

    def detach(self: Self, tensors: Tensor | Iterable[Tensor]) -> Self:
        """Stop tracking gradients of tensors, starting with the next recording.

        Existing gradients are kept: the optimizer's ``clear_grad()`` clears them.

        Raises:
            ValueError: if a tensor is not attached.
        """
        items = as_list(tensors)
        for x in items:
            if not isinstance(x, Tensor):
                raise TypeError(f"detach expects Tensors, got a {type(x).__name__}")
            self._entry_of(x)
        for x in items:
            self._attached.pop(id(x), None)
        return self

    def attached_tensors(self) -> list[Tensor]:
        """Return the attached tensors, in the order in which they were attached."""
        return [x for known, _ in list(self._attached.values()) if (x := known()) is not None]

    def callbacks(self, tensor: Tensor) -> list[Callback]:
        """Return the callbacks of an attached tensor, in call order.

        Raises:
            ValueError: if the tensor is not attached.
        """
        return list(self._entry_of(tensor)[1])

    def _entry_of(self, x: Tensor) -> Entry:
        if id(x) not in self._attached:
            raise ValueError(f"{describe(x)} is not attached to this GradManager")
        return self._attached[id(x)]

    def attaching(self, pairs: Iterable[tuple[Tensor, Iterable[Callback]]]) -> list[Change]:
        """Return the changes that attach exactly these tensors, each with its callbacks."""
        new: dict[int, Entry] = {}
        for x, callbacks in pairs:
            new[id(x)] = _entry(x, new, list(callbacks))
        return [partial(setattr, self, "_attached", new)]

    # ---- state ----

    def state_dict(self) -> dict[str, Any]:
        """Return ``{"attached": keys}``, the keys of the attached tensors in attach order.

        A key is a parameter's name, as in an optimizer's state dict; ``#`` and the position
        follow if the name is missing or not unique.
        """
        return {"attached": state_keys(self.attached_tensors())}

    def load_state_dict(
        self, state: Mapping[str, Any], tensors: Mapping[str, Tensor] | Iterable[Tensor]
    ) -> None:
        """Attach exactly the tensors listed in a state dict, or change nothing on an error.

        A tensor that is already attached keeps its callbacks; others have none.

        Args:
            state: as returned by :meth:`state_dict`.
            tensors: the tensors by key, such as ``dict(net.named_parameters())``, or an iterable
                of tensors with the keys of :meth:`state_dict`.

        Raises:
            ValueError: one report of all unknown and duplicate keys, or for a malformed state
                (a TypeError too).
            RuntimeError: if the GradManager is recording.
        """
        commit(self.loading(state, tensors))

    def loading(
        self, state: Mapping[str, Any], tensors: Mapping[str, Tensor] | Iterable[Tensor]
    ) -> list[Change]:
        """Validate the arguments of :meth:`load_state_dict` and return its changes, for commit."""
        if self._tape is not None:
            raise RuntimeError(
                "this GradManager is recording: load its state after backward() or release()"
            )
        known = _by_key(tensors)
        chosen = [known[key] for key in _checked_keys(state, known)]
        _check_tensors(chosen)
        new: dict[int, Entry] = {}
        for x in chosen:
            callbacks = self.callbacks(x) if id(x) in self._attached else []
            new[id(x)] = _entry(x, new, callbacks)
        return [partial(setattr, self, "_attached", new)]


def as_list(tensors: Tensor | Iterable[Tensor]) -> list[Tensor]:
    """Return one or more Tensors as a list.

    Raises:
        TypeError: if the argument is neither a Tensor nor iterable.
        ValueError: if an iterator is exhausted.
    """
    if isinstance(tensors, Tensor):
        return [tensors]
    if not isinstance(tensors, Iterable):
        raise TypeError(f"expected one or more Tensors, got a {type(tensors).__name__}")
    items = list(tensors)
    if not items and isinstance(tensors, Iterator):
        raise ValueError("the iterator is exhausted: a generator can be used only once")
    return items


def _entry(x: Tensor, attached: dict[int, Entry], callbacks: list[Callback]) -> Entry:
    # pop(id, ref) runs in C, and ref serves as its default
    return ref(x, partial(attached.pop, id(x))), callbacks


def _check_tensors(items: list[Tensor]) -> None:
    for i, x in enumerate(items):
        if not isinstance(x, Tensor):
            hint = ": named_parameters() yields pairs, use parameters()"
            raise TypeError(
                f"expected Tensors to attach, item {i} is a {type(x).__name__}"
                f"{hint if isinstance(x, tuple) else ''}"
            )
        if x.dtype.kind != "f":
            raise TypeError(
                f"{describe(x)} has dtype {x.dtype}: only floating-point tensors have gradients"
            )


def _by_key(tensors: Mapping[str, Tensor] | Iterable[Tensor]) -> dict[str, Tensor]:
    if isinstance(tensors, Mapping):
        return dict(tensors)
    items = list(tensors)
    _check_tensors(items)
    return dict(zip(state_keys(items), items, strict=True))


def _checked_keys(state: Any, known: Mapping[str, Tensor]) -> list[str]:
    """Return the keys in a state dict after validating them."""
    keys = state.get("attached") if isinstance(state, Mapping) and len(state) == 1 else None
    if not isinstance(keys, list | tuple) or not all(isinstance(key, str) for key in keys):
        raise BadTypeError(
            "a GradManager's state is {'attached': [key, ...]}, as returned by state_dict(), not "
            f"{state!r}"
        )
    twice = sorted({key for key in keys if list(keys).count(key) > 1})
    problems = [
        f"{key!r} is unknown ({suggestion(key, known)})" for key in keys if key not in known
    ]
    problems += [f"{key!r} is listed more than once" for key in twice]
    if problems:
        raise ValueError("cannot load the GradManager's state: " + "; ".join(problems))
    return list(keys)
