"""Long loops, which `make fuzz` runs: other runs of pytest don't collect them."""

from __future__ import annotations

import os

collect_ignore_glob = [] if os.environ.get("FUZZ") else ["test_*.py"]
