"""Long tests, which are collected only by `make fuzz`."""

from __future__ import annotations

import os

collect_ignore_glob = [] if os.environ.get("FUZZ") else ["test_*.py"]
