"""What every test stands on: those of tests/, of fineopt's docstrings and of the lessons."""

from __future__ import annotations

from tools.environment import on_ci, shield

shield()  # before NumPy and matplotlib are imported, here or in a notebook's kernel

import hypothesis
import matplotlib
import pytest
from nbval.plugin import IPyNbCell

matplotlib.rcdefaults()  # a matplotlibrc in the working directory has been read
matplotlib.use("agg")  # no window, also where one could open

# On CI the same examples each time: a change is judged by what it changes, not by luck.
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.load_profile("ci" if on_ci() else "local")

# nbval compares text; these hold what differs from run to run (a font's pixels, a widget's id) and
# have a text/plain beside them that is compared.
NOT_COMPARED = {"image/png", "image/jpeg", "image/svg+xml", "text/html"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for notebook in {item.parent for item in items if isinstance(item, IPyNbCell)}:
        notebook.skip_compare = tuple({*notebook.skip_compare, *NOT_COMPARED})


def pytest_runtest_setup(item: pytest.Item) -> None:
    if isinstance(item, IPyNbCell) and never_executed(item):
        pytest.fail(f"{item.nodeid} was saved without being run: run the lesson again", False)


def never_executed(item: IPyNbCell) -> bool:
    """nbval passes such a cell without comparing anything."""
    cell = item.cell
    return bool(cell.source.strip()) and cell.execution_count is None and not item.options["skip"]
