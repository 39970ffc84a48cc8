"""The settings, buffers and extra states of a network's modules."""

from __future__ import annotations

from typing import Any

from torch import nn

from ...copies import NUMBERS
from .values import live, stored

__all__ = ["ModulesCopy"]


class ModulesCopy:
    """Everything of a network's modules but their parameters.

    Args:
        net: as it is now.
        former: an earlier copy, whose bytes are shared where they are the same.
    """

    def __init__(self, net: nn.Module, former: ModulesCopy | None = None) -> None:
        known = former.buffers if former else None
        self.buffers: dict[str, Any] = stored(dict(net.named_buffers()), known)
        self.settings = {name: _settings(module) for name, module in net.named_modules()}
        self.extra = {
            name: stored(module.get_extra_state())
            for name, module in net.named_modules()
            if _has_extra(module)
        }

    def fits(self, net: nn.Module) -> bool:
        """Return whether a network has the same modules."""
        extra = [name for name, module in net.named_modules() if _has_extra(module)]
        names = [name for name, _ in net.named_modules()]
        return names == list(self.settings) and extra == list(self.extra)

    def restore(self, net: nn.Module) -> None:
        """Restore everything; buffers that were added since are removed."""
        modules = dict(net.named_modules())
        for name, settings in self.settings.items():
            modules[name].__dict__.update(settings)
        now = dict(net.named_buffers())
        for name in [*now, *(self.buffers.keys() - now.keys())]:
            path, _, key = name.rpartition(".")
            kept = self.buffers.get(name)
            modules[path]._buffers[key] = None if kept is None else live(kept, now.get(name))
        for name, state in self.extra.items():
            modules[name].set_extra_state(live(state))

    def content(self) -> list[Any]:
        """Return all that is copied."""
        return [self.buffers, self.settings, self.extra]

    @classmethod
    def from_content(cls, content: Any) -> ModulesCopy:
        """Return a copy from what `content` returned."""
        made = cls.__new__(cls)
        made.buffers, made.settings, made.extra = content
        return made


def _settings(module: nn.Module) -> dict[str, Any]:
    """Return a module's plain settings: its mode, and numbers such as a dropout's rate."""
    return {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, NUMBERS) and not name.startswith("_")
    }


def _has_extra(module: nn.Module) -> bool:
    return type(module).get_extra_state is not nn.Module.get_extra_state
