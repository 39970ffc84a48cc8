"""What panels need of the page around them, in any front end."""

from .setup import page_setup

__all__ = ["page_setup"]
