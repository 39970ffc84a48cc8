"""Collects the examples of the pages: those that need PyTorch only where it is installed."""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore = ["conf.py"]
if find_spec("torch") is None:
    collect_ignore += ["how-to/pytorch.md", "zh/how-to/pytorch.md"]
