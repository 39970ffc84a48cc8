"""What panels need of the page around them, in any front end."""

from .setup import GROUND, SHORTCUTS, page_setup

__all__ = ["GROUND", "SHORTCUTS", "page_setup"]
