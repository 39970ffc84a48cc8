"""Setup of all tests: those in tests/, the doctests of fineopt and the lessons."""

from __future__ import annotations

from tools.environment import on_ci, shield

shield()  # before NumPy and matplotlib are imported, here or in a notebook kernel

from importlib.util import find_spec
from pathlib import Path

import hypothesis
import matplotlib
import pytest
from nbval.plugin import IPyNbCell

matplotlib.rcdefaults()  # discard a matplotlibrc in the working directory
matplotlib.use("agg")  # never open a window

# On CI hypothesis runs the same examples every time, so results are reproducible.
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.load_profile("ci" if on_ci() else "local")

# What needs PyTorch, where there is none. On CI tests/audit/test_torch.py fails then.
FOR_TORCH = (
    "fineopt/bridge/steering.py",
    "fineopt/bridge/tensorboard.py",
    "fineopt/bridge/torch/**/*.py",
    "fineopt/audit/engines/torch*.py",
    "fineopt/watching/*.py",
    "tests/watching/test_*.py",
    "tests/practice/test_lesson_06.py",
)
ROOT = Path(__file__).parent
collect_ignore = (
    []
    if find_spec("torch")
    else [str(path) for pattern in FOR_TORCH for path in ROOT.glob(pattern)]
)
# What needs a library whose loop is watched.
FOR_LOOPS = {"lightning": "lightning", "transformers": "huggingface"}
collect_ignore += [
    str(ROOT / f"fineopt/watching/adapters/{name}.py")
    for library, name in FOR_LOOPS.items()
    if not find_spec(library) or not find_spec("torch")
]

# They run in an environment of its own: see tests/bridge/test_megengine.py.
if not find_spec("megengine"):
    others = ROOT.glob("tests/bridge/*megengine*.py")
    collect_ignore += [str(path) for path in others if not path.name.startswith("test_")]

# These outputs differ between runs (font pixels, widget ids); nbval compares their text/plain.
NOT_COMPARED = {"image/png", "image/jpeg", "image/svg+xml", "text/html"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for notebook in {item.parent for item in items if isinstance(item, IPyNbCell)}:
        notebook.skip_compare = tuple({*notebook.skip_compare, *NOT_COMPARED})
    if not find_spec("torch") and not on_ci():  # on CI it is installed, so nothing is skipped
        for item in items:
            if isinstance(item, IPyNbCell) and item.path.name.startswith("06-"):
                item.add_marker(
                    pytest.mark.skip(reason="it needs PyTorch: `make torch` installs it")
                )


def pytest_runtest_setup(item: pytest.Item) -> None:
    if isinstance(item, IPyNbCell) and never_executed(item):
        pytest.fail(f"{item.nodeid} was saved without output: execute the lesson again", False)


def never_executed(item: IPyNbCell) -> bool:
    """Return whether a code cell has no output; nbval would pass it without a comparison."""
    cell = item.cell
    return bool(cell.source.strip()) and cell.execution_count is None and not item.options["skip"]
