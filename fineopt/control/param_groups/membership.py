"""Which group holds each parameter, or held it last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...optimizer.labels import group_labels
from ...optimizer.multiple import MultipleOptimizer
from ...training.trainer import Trainer

__all__ = ["Membership"]

Group = dict[str, Any]


class Membership:
    """Removes parameters from a trainer's optimizer, and restores them to their places.

    Args:
        trainer: the trainer; its optimizer may be replaced.
        parameters: the parameters by name.
    """

    def __init__(self, trainer: Trainer, parameters: Mapping[str, Any]) -> None:
        self.trainer, self.parameters = trainer, parameters
        self._homes: dict[str, tuple[Group, int]] = {}  # the group, and the place in it
        self._update()

    @property
    def groups(self) -> list[Group]:
        """The current groups."""
        return list(self.trainer.optimizer.param_groups)

    def _update(self) -> None:
        """Remember where each parameter is; one in the same group as before keeps its place."""
        names: dict[int, list[str]] = {}
        for name, p in self.parameters.items():
            names.setdefault(id(p), []).append(name)
        for group in self.groups:
            for place, p in enumerate(group["params"]):
                for name in names.get(id(p), ()):
                    known = self._homes.get(name)
                    if known is None or known[0] is not group:
                        self._homes[name] = group, place

    def holder(self, p: Any) -> Group | None:
        """Return the group that holds a parameter now."""
        return next((g for g in self.groups if any(p is q for q in g["params"])), None)

    def home(self, name: str) -> Group | None:
        """Return the group that holds a parameter, or held it last; None if none ever did."""
        return self.homes().get(name)

    def homes(self) -> dict[str, Group]:
        """Return the group that holds each parameter, or held it last, by the parameter's name."""
        self._update()
        return {name: group for name, (group, _) in self._homes.items()}

    def remove(self, name: str) -> None:
        """Remove a parameter from its group, which keeps its label even if it is empty then."""
        self._update()
        p = self.parameters[name]
        for label, group in zip(group_labels(self.groups), self.groups, strict=True):
            kept = [q for q in group["params"] if q is not p]
            if len(kept) < len(group["params"]):
                group.setdefault("name", label)  # which may be derived from the parameters' names
                _refill(group, kept)

    def restore(self, name: str) -> None:
        """Return a parameter to its place, or to a new group if it never was in one."""
        group = self.home(name)
        if group is None or all(group is not g for g in self.groups):
            self._add(name)
            return
        place = self._homes[name][1]
        places = {id(self.parameters[n]): at for n, (g, at) in self._homes.items() if g is group}
        before = sum(places.get(id(q), -1) < place for q in group["params"])
        params = list(group["params"])
        _refill(group, [*params[:before], self.parameters[name], *params[before:]])

    def _add(self, name: str) -> None:
        optimizer, group = self.trainer.optimizer, {"params": [self.parameters[name]], "name": name}
        if isinstance(optimizer, MultipleOptimizer):
            optimizer.add_param_group(group, index=len(optimizer.opts) - 1)
        else:
            optimizer.add_param_group(group)


def _refill(group: Group, params: list[Any]) -> None:
    """Set a group's parameters: in its own list, which other code may hold, or as a new list."""
    if isinstance(group["params"], list):
        group["params"][:] = params
    else:
        group["params"] = params
