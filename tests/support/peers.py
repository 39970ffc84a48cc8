"""PyTorch, the reference of some tests."""

from __future__ import annotations

import os
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest

from tools.environment import on_ci

NO_WHEEL = "FINEOPT_NO_TORCH"  # says that .ci/run found no PyTorch for this Python


def import_torch() -> Any:
    """Return torch; without it, fail on CI and skip elsewhere."""
    if find_spec("torch"):
        return import_module("torch")
    why = os.environ.get(NO_WHEEL)
    if on_ci() and not why:
        pytest.fail("torch is not installed: `make torch` does it", pytrace=False)
    pytest.skip(why or "torch is not installed: `make torch` does it", allow_module_level=True)
