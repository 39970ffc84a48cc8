"""Cells that are run again or deleted: the panels that they replace are closed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from fineopt.widgets import FreezePanel, LandscapePanel, OptimizerPanel, TrainingPanel, cells
from tests.support.panels import open_widgets, set_view_count
from tests.support.small import make_trainer


class Shell:
    """As much of a kernel's shell as is needed to run functions for cells."""

    def __init__(self) -> None:
        self.events, self.hooks = self, dict[str, Any]()
        self.parent_header: dict[str, Any] = {}

    def register(self, name: str, hook: Any) -> None:
        self.hooks[name] = hook

    def run(self, cell: str | None, code: Callable[[], Any], *deleted: str) -> Any:
        metadata = {"deletedCells": list(deleted)} | ({} if cell is None else {"cellId": cell})
        self.parent_header = {"metadata": metadata}
        if self.hooks:
            self.hooks["pre_run_cell"](None)
        made = code()
        if self.hooks:
            self.hooks["post_run_cell"](None)
        return made


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Shell:
    shell = Shell()
    monkeypatch.setattr(cells, "get_ipython", lambda: shell)
    return shell


def shown(panel: Any) -> Any:
    panel._repr_mimebundle_()
    return panel


MAKERS: dict[str, Callable[[], Any]] = {
    "TrainingPanel": lambda: TrainingPanel(make_trainer()),
    "FreezePanel": lambda: FreezePanel(make_trainer()),
    "OptimizerPanel": lambda: OptimizerPanel(make_trainer()),
    "LandscapePanel": LandscapePanel,
}


@pytest.mark.parametrize("show", [shown, lambda panel: panel])
@pytest.mark.parametrize("kind", MAKERS)
def test_running_a_cell_again_does_not_add_widgets(
    shell: Shell, kind: str, show: Callable[[Any], Any]
) -> None:
    before = open_widgets()
    shell.run("a", lambda: show(MAKERS[kind]()))
    count = len(open_widgets() - before)
    for _ in range(5):
        panel = shell.run("a", lambda: show(MAKERS[kind]()))
        assert len(open_widgets() - before) == count
    shell.run("b", lambda: None)
    assert panel.comm is not None
    shell.run("b", lambda: None, "a")
    assert (panel.comm is None) == (show is shown)
    panel.close()
    assert open_widgets() == before


def test_a_panel_shown_elsewhere_or_again_stays_open(shell: Shell) -> None:
    panel = shell.run("make", lambda: TrainingPanel(make_trainer()))
    shell.run("make", lambda: None)  # not made again: kept for later
    shell.run("a", lambda: [shown(panel), shown(panel)])
    shell.run("a", lambda: shown(panel))
    shell.run("b", lambda: shown(panel))
    shell.run("make", lambda: shown(TrainingPanel(make_trainer()))).close()
    shell.run("a", lambda: None)
    shell.run(None, lambda: None)
    assert panel.comm is not None
    set_view_count(panel, 1)  # in a box, perhaps, in a cell that only shows the box
    shell.run("b", lambda: None)
    assert panel.comm is not None
    panel.close()
