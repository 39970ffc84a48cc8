"""Everything a watched run depends on at one moment."""

from __future__ import annotations

from typing import Any

__all__ = ["WatchSnapshot"]


class WatchSnapshot:
    """The states of a watched model's parts, of what was steered, and of the record.

    Args:
        watch: as it is now.
    """

    def __init__(self, watch: Any) -> None:
        self._watch, self.engine = watch, watch.engine.capture()
        self.record = watch.record.state_dict()
        self._held = dict(watch.steering.held)

    def limits(self) -> list[str]:
        """Return what cannot be restored exactly; empty if everything can."""
        from ..bridge.torch_state import limits

        return limits(self._watch.engine)

    def restore(self) -> None:
        """Restore the states, and then the record.

        Raises:
            ValueError: if the model has other parameters, buffers or groups; nothing has changed.
        """
        watch = self._watch
        self.engine.check()
        watch.record.state_dict()  # numbers on their way arrive before
        for change in self.engine.restoring(grads=False):
            change()
        self.engine.finish()
        watch.recorded.load_state_dict(self.record)
        watch.steering.held.clear()
        for key, lr in self._held.items():
            watch.steering.hold(key, lr)
        watch.reread()
