"""Reading and writing files: whole or not at all."""

from .archives import Archive
from .writing import write_file

__all__ = ["Archive", "write_file"]
