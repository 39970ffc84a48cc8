"""Freezes a watched model's parameters by name."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from ..errors import BadKeyError, suggestion
from ..wording import join_names
from .groups import WatchedGroup, WatchedGroups

__all__ = ["Freezing"]


class Freezing:
    """Freezes and unfreezes parameters whose names match a pattern.

    Args:
        engine: with the parameters.
        groups: of the optimizers.
        frozen: the names of frozen parameters, whose gradients no step uses.
    """

    def __init__(self, engine: Any, groups: WatchedGroups, frozen: set[str]) -> None:
        self._engine, self._groups, self._frozen = engine, groups, frozen

    def freeze(self, pattern: str) -> list[str]:
        """Freeze parameters; see `fineopt.watching.Watch.freeze`."""
        names = self._matching(pattern)
        for name in names:
            self._engine.detach(name)
        self._frozen.update(names)
        return names

    def unfreeze(self, pattern: str, lr: float | None = None) -> list[str]:
        """Unfreeze parameters; see `fineopt.watching.Watch.unfreeze`."""
        names = self._matching(pattern)
        wanted = {id(self._engine.parameters[name]) for name in names}
        touched = [
            group
            for group in self._groups.now()
            if any(id(p) in wanted for p in group.group["params"])
        ]
        whole = [g for g in touched if all(id(p) in wanted for p in g.group["params"])]
        split = [] if lr is None else [group for group in touched if group not in whole]
        if lr is not None:
            self._check(names, pattern, lr, touched, split)
        for name in names:
            self._engine.attach(name)
        self._frozen.difference_update(names)
        for group in whole:
            if lr is not None:
                group.lr = lr
            elif group.frozen:
                group.frozen = False
        for group in split:
            _split(group.owner, group.group, wanted, lr, pattern)
        return names

    def _check(
        self,
        names: list[str],
        pattern: str,
        lr: float,
        touched: list[WatchedGroup],
        split: list[WatchedGroup],
    ) -> None:
        if not touched:
            raise ValueError(f"no optimizer has {join_names(names)}: there is no lr to set")
        for group in touched:
            group.check("lr", lr)
        for group in split:
            if group.scheduled:
                raise ValueError(
                    f"{group.label} holds other parameters than {pattern!r} too, and a "
                    "schedule governs it, which could not follow a new group: give these "
                    "parameters a group of their own when the optimizer is made"
                )

    def _matching(self, pattern: str) -> list[str]:
        if not isinstance(pattern, str):
            raise TypeError(
                f"pattern must be a text such as 'encoder.*', not {pattern!r} (a "
                f"{type(pattern).__name__})"
            )
        aliases = self._engine.aliases()
        names = [
            name
            for name in self._engine.parameters
            if any(fnmatchcase(alias, pattern) for alias in aliases.get(name, [name]))
        ]
        if not names:
            hint = suggestion(pattern, self._engine.parameters)
            raise BadKeyError(f"no parameter's name matches {pattern!r}: {hint}")
        return names


def _split(
    optimizer: Any, group: dict[str, Any], wanted: set[int], lr: float | None, name: str
) -> None:
    """Move parameters of a group into one of their own, with the same settings and state."""
    places = [j for j, p in enumerate(group["params"]) if id(p) in wanted]
    moved = [group["params"][j] for j in places]
    left = {k: v for k, v in group.items() if k not in ("params", "param_names", "lr", "name")}
    names = group.get("param_names")
    for j in reversed(places):
        del group["params"][j]
    taken = [names.pop(j) for j in reversed(places)][::-1] if names else None
    params: Any = list(zip(taken, moved, strict=True)) if taken else moved
    optimizer.add_param_group({"params": params, **left, "lr": lr, "name": name})
