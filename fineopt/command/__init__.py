"""The command `fineopt`: open the lessons in JupyterLab, and examine the installation."""

from .main import main

__all__ = ["main"]
