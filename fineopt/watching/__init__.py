"""Floor 9: your own network and optimizer, watched and steered while your own loop trains."""

from .watch import Watch, watch

__all__ = ["Watch", "watch"]
