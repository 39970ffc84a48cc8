"""The audit panel: which parameters will move at the next step, and why not the others."""

from __future__ import annotations

import ipywidgets as widgets

from ...audit.row import Row
from ...audit.table import as_html
from ...control.audit import AuditController
from ...control.playing.loop import ActionQueue
from ...figures.renderer.chinese import drawable_language
from ...language import say
from ...optimizer.labels import group_labels
from ...scenes.charts.audit_ratios import ROWS, audit_chart, describe_audit
from ...scenes.scene import Scene
from ...training.trainer import Trainer
from ..live import SceneView
from ..parts.html import paragraph
from ..parts.text_picture import text_picture
from ..rows.finder import Finder
from .panel import Panel

__all__ = ["AuditPanel"]


class AuditPanel(Panel):
    """What the next step does to each parameter, computed on copies as the run goes on.

    A chart of the update ratios, and a table that says why a parameter moves or stays.

    Whatever is changed by hand shows at once; while the trainer trains, the table follows so often
    that it takes at most 2% of the time. In Python the same is available as
    ``panel.audit.report()``.

    Args:
        trainer: whose next step is predicted.
        frames_per_second: how often the panel looks for changes.

    Raises:
        ValueError: if frames_per_second is not above 0.

    >>> import numpy as np
    >>> from fineopt import models, optimizer
    >>> net = models.LeNet()
    >>> batch = np.zeros((2, 1, 32, 32), "float32"), np.array([3, 1])
    >>> AuditPanel(Trainer(net, optimizer.SGD(net.parameters(), lr=0.05), [batch]))
    AuditPanel(10 parameters)
    """

    def __init__(self, trainer: Trainer, *, frames_per_second: float = 8) -> None:
        super().__init__(ActionQueue(), frames_per_second)
        self.audit = AuditController(trainer)
        self._found: list[Row] = []  # by the name that is looked for
        self.table = widgets.HTML(layout=widgets.Layout(margin="0"))
        self.finder = Finder(say("parameters"), self.submit, shown=60, many=12)
        self.chart = SceneView(self._scene, self.alt_text, self.actions)
        self.begin([self.finder, self.message, self.chart, self.table])

    def state_key(self) -> object:
        """Return all that the panel shows, as plain values to compare."""
        return self.finder.search.value, id(self.audit.report())

    def refresh(self) -> None:
        """Show the report of the next step."""
        self._find()
        self.chart.refresh()
        table = as_html(self._found, self.audit.report().findings)
        # without a width of its own it is as wide as the panel, and scrolls within it
        self.table.value = paragraph(f'<div style="width:0;min-width:100%">{table}</div>')

    def _find(self) -> None:
        rows = self.audit.report().rows
        found = self.finder.find([" ".join(row.names) for row in rows])
        self._found = [rows[i] for i in found]

    def _scene(self) -> Scene:
        return {"audit": audit_chart(self._found, self._labels())}

    def _labels(self) -> list[str]:
        return group_labels(list(self.audit.trainer.optimizer.param_groups))

    def alt_text(self) -> str:
        """Describe which parameters move, and by how much."""
        return describe_audit(self._found)

    def picture(self) -> bytes:
        """Return a PNG of the chart, and a line for each parameter that is found."""
        self._find()  # what code has changed may not be shown yet
        labels = self._labels()
        lines = [
            (
                labels.index(row.group) if row.group in labels else None,
                say("{name}: {words}", name=row.name, words=row.words),
            )
            for row in self._found
        ]
        with drawable_language():
            chart = self._scene()["audit"]
        return text_picture(lines, chart, min(len(self._found), ROWS))

    def summary_text(self) -> str:
        """Describe how many parameters there are."""
        return say("{count} parameters", count=len(self.audit.report().rows))
