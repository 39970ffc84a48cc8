"""The states of optimizers, restored in place: what holds a group or a tensor keeps it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from .copies import NUMBERS, Copier

__all__ = ["KNOWN", "OptimizerCopy"]

Copy = TypeVar("Copy", bound="OptimizerCopy")

# What an optimizer has beside plain attributes: hooks, caches, and what it was made with.
KNOWN = {"defaults", "state", "param_groups", "step", "grad_scale", "found_inf"}


class OptimizerCopy:
    """The param groups, the state of each parameter and the plain attributes of an optimizer.

    ``load_state_dict`` is not used: PyTorch's replaces the groups' dicts and casts states to the
    dtype of their parameters, and MegEngine's refuses other groups.

    Args:
        optimizer: as it is now.
        former: an earlier copy, whose bytes are shared where they are the same.
    """

    copier: Copier
    state_name = "state"  # the attribute with the state of each parameter

    def __init__(self, optimizer: Any, former: OptimizerCopy | None = None) -> None:
        self._optimizer = optimizer
        known: list[Any] = former.settings if former else []
        self.params = [list(group["params"]) for group in optimizer.param_groups]
        self.settings: list[dict[str, Any]] = [
            self.copier.stored(
                {k: v for k, v in group.items() if k != "params"},
                known[i] if i < len(known) else None,
            )
            for i, group in enumerate(optimizer.param_groups)
        ]
        states: dict[Any, Any] = former.states if former else {}
        self.states: dict[Any, Any] = {
            key: self.copier.stored(state, states.get(key)) for key, state in self._states().items()
        }
        self.attributes = self.copier.stored(dict(self.plain_attributes(optimizer)))

    def _states(self) -> Any:
        return getattr(self._optimizer, self.state_name)

    def recapture_settings(self) -> None:
        """Capture the groups' settings again, which a schedule writes after a step."""
        for i, group in enumerate(self._optimizer.param_groups[: len(self.settings)]):
            self.settings[i] = self.copier.stored({k: v for k, v in group.items() if k != "params"})

    def restore(self) -> None:
        """Restore all; groups that were added since are removed."""
        opt = self._optimizer
        groups = opt.param_groups[: len(self.settings)]
        groups += [{} for _ in range(len(self.settings) - len(groups))]
        for group, settings, params in zip(groups, self.settings, self.params, strict=True):
            own = self.copier.live(settings, group)
            for key in set(group) - set(own) - {"params"}:
                del group[key]
            group.setdefault("params", [])[:] = params
            group.update(own)
        opt.param_groups[:] = groups
        now = self._states()
        states = {key: self.copier.live(state, now.get(key)) for key, state in self.states.items()}
        now.clear()
        now.update(states)
        vars(opt).update(self.copier.live(self.attributes))

    def is_same_as(self, other: OptimizerCopy) -> bool:
        """Return whether another copy is the same to the bit."""
        return (
            self._optimizer is other._optimizer
            and [[*map(id, p)] for p in self.params] == [[*map(id, p)] for p in other.params]
            and self.copier.is_same(self.settings, other.settings)
            and {id(k) for k in self.states} == {id(k) for k in other.states}
            and all(
                self.copier.is_same(state, other.states[key]) for key, state in self.states.items()
            )
            and self.copier.is_same(self.attributes, other.attributes)
        )

    def content(self) -> list[Any]:
        """Return all that is copied."""
        return [self.settings, list(self.states.values()), self.attributes]

    # ---- files ----

    def named(self, names: Mapping[int, str]) -> dict[str, Any]:
        """Return all that is copied, with names in place of parameters."""
        return {
            "class": type(self._optimizer).__name__,
            "params": [[names[id(p)] for p in params] for params in self.params],
            "settings": self.settings,
            "states": [[_key(key, names), state] for key, state in self.states.items()],
            "attributes": self.attributes,
        }

    @classmethod
    def from_named(
        cls: type[Copy], optimizer: Any, saved: Mapping[str, Any], parameters: Mapping[str, Any]
    ) -> Copy:
        """Return a copy for an optimizer from what `named` returned; nothing is changed.

        Raises:
            Exception: of any kind if it is damaged, or of another optimizer.
        """
        if saved["class"] != type(optimizer).__name__:
            raise ValueError(f"it has a {saved['class']}, not a {type(optimizer).__name__}")
        made = cls.__new__(cls)
        made._optimizer = optimizer
        made.params = [[parameters[name] for name in names] for names in saved["params"]]
        made.settings = [dict(settings) for settings in saved["settings"]]
        if len(made.settings) != len(made.params) or not all("lr" in s for s in made.settings):
            raise ValueError("its param groups are damaged")
        made.states = {
            parameters[key] if kind == "parameter" else key: state
            for (kind, key), state in saved["states"]
        }
        made.attributes = dict(saved["attributes"])
        if set(made.attributes) - set(dict(cls.plain_attributes(optimizer))):
            raise ValueError(f"the attributes {sorted(made.attributes)} do not fit the optimizer")
        return made

    # ---- attributes ----

    @classmethod
    def plain_attributes(cls, optimizer: Any) -> Iterator[tuple[str, Any]]:
        """Yield the name and value of each attribute that is captured."""
        for name, value in vars(optimizer).items():
            if name not in KNOWN and not name.startswith("_") and cls.is_plain(value):
                yield name, value

    @classmethod
    def is_plain(cls, value: Any) -> bool:
        """Return whether a value is a number, a text, a tensor, or a container of such."""
        if isinstance(value, dict):
            return all(map(cls.is_plain, value)) and all(map(cls.is_plain, value.values()))
        if type(value) in (list, tuple):
            return all(map(cls.is_plain, value))
        return isinstance(value, NUMBERS) or cls.is_tensor(value)

    @classmethod
    def is_tensor(cls, value: Any) -> bool:
        """Return whether a value is a tensor, and no parameter."""
        raise NotImplementedError


def _key(key: Any, names: Mapping[int, str]) -> tuple[str, Any]:
    return ("parameter", names[id(key)]) if id(key) in names else ("key", key)
