"""Which group holds which parameter, and held it last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..optimizer.labels import group_labels
from ..optimizer.multiple import MultipleOptimizer
from ..training.trainer import Trainer

__all__ = ["Membership"]

Group = dict[str, Any]


class Membership:
    """Takes parameters out of a trainer's optimizer, and puts them back where they were.

    Args:
        trainer: whose optimizer it is; it may be replaced by another one.
        parameters: by name.
    """

    def __init__(self, trainer: Trainer, parameters: Mapping[str, Any]) -> None:
        self.trainer, self.parameters = trainer, parameters
        self._homes: dict[str, tuple[Group, int]] = {}  # the group, and the place in it
        self._note()

    @property
    def groups(self) -> list[Group]:
        """The groups that there are now."""
        return list(self.trainer.optimizer.param_groups)

    def _note(self) -> None:
        """Remember who is where; who has been in the same group before keeps the place there."""
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
        self._note()
        return {name: group for name, (group, _) in self._homes.items()}

    def take_out(self, name: str) -> None:
        """Take a parameter out of its group, which keeps its label, also when it is empty then."""
        self._note()
        p = self.parameters[name]
        for label, group in zip(group_labels(self.groups), self.groups, strict=True):
            kept = [q for q in group["params"] if q is not p]
            if len(kept) < len(group["params"]):
                group.setdefault("name", label)  # which may have come from the names it held
                _refill(group, kept)

    def put_in(self, name: str) -> None:
        """Put a parameter back at its place; into a group of its own if it never was in one."""
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
    """Put parameters into the group's own list, which somebody may hold; or replace its tuple."""
    if isinstance(group["params"], list):
        group["params"][:] = params
    else:
        group["params"] = params
