"""Floor 9: your own network and optimizer, watched and steered while your own loop trains."""

from .registry import watch
from .watch import Watch

__all__ = ["Watch", "watch"]
