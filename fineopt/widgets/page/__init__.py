"""What panels need of the page around them, in any front end."""

from .setup import GROUND, page_setup

__all__ = ["GROUND", "page_setup"]
