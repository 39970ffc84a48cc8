"""Configuration of all tests: unit tests, doctests and lessons."""

from __future__ import annotations

from tools.environment import on_ci, shield

shield()  # before NumPy and matplotlib are imported, here or in a notebook's kernel

import hypothesis
import matplotlib
import pytest
from nbval.plugin import IPyNbCell

matplotlib.rcdefaults()  # undoes a matplotlibrc in the working directory
matplotlib.use("agg")  # never opens a window

# The same examples each time on CI, so that failures are due to the change.
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.load_profile("ci" if on_ci() else "local")

# Not compared by nbval: they differ between runs (pixels of fonts, ids of widgets), and each has a
# text/plain representation that is compared.
NOT_COMPARED = {"image/png", "image/jpeg", "image/svg+xml", "text/html"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for notebook in {item.parent for item in items if isinstance(item, IPyNbCell)}:
        notebook.skip_compare = tuple({*notebook.skip_compare, *NOT_COMPARED})


def pytest_runtest_setup(item: pytest.Item) -> None:
    if isinstance(item, IPyNbCell) and never_executed(item):
        pytest.fail(f"{item.nodeid} was saved without its output: run the lesson again", False)


def never_executed(item: IPyNbCell) -> bool:
    """Return whether a cell was never executed: nbval would compare nothing."""
    cell = item.cell
    return bool(cell.source.strip()) and cell.execution_count is None and not item.options["skip"]
