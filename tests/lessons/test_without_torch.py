"""Lesson 06 where PyTorch is missing: nbval skips it and says why, but never on CI."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec

import pytest

from tests.lessons.notebooks import LESSONS

# Hides PyTorch from pytest, though not from the kernel that it starts.
RUN = """
import sys
sys.modules["torch"] = None
import pytest
sys.exit(pytest.main(sys.argv[1:]))
"""


# The oldest dependencies are tried without it.
ON_CI = "1 passed" if find_spec("torch") else "1 failed"


@pytest.mark.parametrize(("ci", "outcome"), [("", "1 skipped"), ("true", ON_CI)])
def test_nbval_skips_it_with_a_reason_but_not_on_ci(ci: str, outcome: str) -> None:
    lesson = LESSONS / "en" / "06-on-your-own-model.ipynb"
    options = ["--nbval", "--nbval-current-env", "-rs", "-p", "no:cacheprovider"]
    environment = {key: value for key, value in os.environ.items() if key != "CI"}
    done = subprocess.run(
        [sys.executable, "-c", RUN, *options, f"{lesson}::Cell 0"],
        cwd=LESSONS.parent,
        env={**environment, **({"CI": ci} if ci else {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome in done.stdout, done.stdout
    assert ("it needs PyTorch" in done.stdout) == (not ci)
