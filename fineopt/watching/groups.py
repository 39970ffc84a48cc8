"""The param groups of a watched optimizer: an lr set here holds under any schedule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..bridge.steering import Key, Steering, flat_keys
from ..checks import plain
from ..control.param_groups.group import GroupController
from ..control.param_groups.groups import GroupControllers
from ..control.param_groups.settings import settings_of
from ..errors import BadKeyError, suggestion

__all__ = ["Groups", "WatchedGroup", "WatchedGroups"]


class WatchedGroup(GroupController):
    """Sets, freezes and releases one param group.

    It finds its live dict by its place, as ``load_state_dict`` replaces the dicts.

    Args:
        engine: with optimizers and labels.
        steering: keeps the learning rates set by hand.
        key: the place of the optimizer and of its group.
    """

    def __init__(self, engine: Any, steering: Steering, key: Key) -> None:
        self._engine, self._steering, self.key = engine, steering, key
        self.optimizer = engine.optimizers[key[0]]
        self.starts = 0
        self.restart()

    @property
    def group(self) -> dict[str, Any]:  # type: ignore[override]
        """The live dict of the group."""
        return self._steering.group(self.key)

    @property
    def index(self) -> int:
        """The group's index among those of all optimizers."""
        return flat_keys(self._engine.optimizers).index(self.key)

    @property
    def label(self) -> str:
        """The group's label."""
        return str(self._engine.labels()[self.index])

    @property
    def owner(self) -> Any:
        """The optimizer that moves the group."""
        return self._engine.optimizers[self.key[0]]

    @property
    def lr(self) -> float:
        """The learning rate of the next step; one that is set holds until it is released.

        Raises:
            TypeError, ValueError: if set to a value that is not a number, negative or infinite.
        """
        return float(self._steering.lr(self.key))

    @lr.setter
    def lr(self, value: float) -> None:
        self._validate("lr", value, f"{self._title}: lr")
        self._remember()
        self._steering.hold(self.key, float(value))

    @property
    def overridden(self) -> bool:
        """Whether the lr was set by hand and a schedule may govern the group."""
        return self.key in self._steering.held and self.scheduled

    @property
    def scheduled(self) -> bool:
        """Whether a schedule may govern the group."""
        return self._steering.scheduled(self.key)

    def release(self) -> None:
        """Return control of the lr to the schedule, or to other code."""
        self._steering.release(self.key)

    def set(self, name: str, value: Any) -> None:
        """Set a hyperparameter from the next step on; see `GroupController.set`."""
        old: Any = self.group.get(name)
        super().set(name, value)
        if name != "lr" and hasattr(old, "fill_"):
            old.fill_(value)
            self.group[name] = old

    def state_key(self) -> tuple[Any, ...]:
        """Return the group's values, as plain values to compare."""
        values = [(k, plain(v)) for k, v in settings_of(self.group).items()]
        return (self.lr, self.overridden, len(self.group["params"]), *values)


class WatchedGroups(GroupControllers):
    """A `WatchedGroup` for each current group of all optimizers.

    Args:
        engine, steering: as of `WatchedGroup`.
    """

    def __init__(self, engine: Any, steering: Steering) -> None:
        self._engine, self._steering = engine, steering
        self._made: dict[Key, WatchedGroup] = {}

    def now(self) -> list[Any]:
        """Return the controllers in the groups' order."""
        keys = flat_keys(self._engine.optimizers)
        self._made = {
            key: self._made.get(key) or WatchedGroup(self._engine, self._steering, key)
            for key in keys
        }
        return list(self._made.values())

    def labels(self) -> list[str]:
        """Return the labels of all groups."""
        return list(self._engine.labels())

    def state_key(self) -> tuple[Any, ...]:
        """Return all that rows show, as plain values to compare."""
        return tuple((group.rule, group.state_key()) for group in self.now())


class Groups(Mapping[str, WatchedGroup]):
    """The groups by label, also by index.

    Args:
        groups: the controllers.
    """

    def __init__(self, groups: WatchedGroups) -> None:
        self._groups = groups

    def __getitem__(self, which: str | int) -> WatchedGroup:
        now, labels = self._groups.now(), self._groups.labels()
        if isinstance(which, int) and not isinstance(which, bool):
            if not -len(now) <= which < len(now):
                raise IndexError(f"there are {len(now)} groups, so none has the index {which}")
            return now[which]  # type: ignore[no-any-return]
        if which not in labels:
            raise BadKeyError(f"no group is called {which!r}: {suggestion(which, labels)}")
        return now[labels.index(which)]  # type: ignore[no-any-return]

    def __iter__(self) -> Iterator[str]:
        return iter(self._groups.labels())

    def __len__(self) -> int:
        return len(self._groups.now())

    def __repr__(self) -> str:
        texts = self._groups.summary_texts(lambda group: f": {group.summary_text()}")
        return f"Groups({', '.join(texts)})"
