"""Figures of a landscape."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from fineopt import figures
from fineopt.landscape import Run, descend
from fineopt.scenes.style import COLOURS, SIZE

RUNS = [
    descend("beale", None, ("SGD", "SGD"), (0.02, 0.02), 30),
    descend("beale", None, ("SGD", "Adam"), (0.01, 0.1), 200),
    descend("beale", None, ("SGD", "SGD"), (1, 1), 30),
]


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]  # type: ignore[attr-defined]


def test_each_run_has_its_path_colour_mark_and_number() -> None:
    figure = figures.landscape("beale", RUNS)
    lines = figure.axes[0].lines
    for i, run in enumerate(RUNS):
        own = [line for line in lines if to_hex(line.get_color()) == COLOURS[i]]
        (path,) = [line for line in own if len(line.get_xydata()) == len(run.path)]  # type: ignore[arg-type]
        np.testing.assert_allclose(path.get_xydata()[:, 0], run.path[:, 0], rtol=1e-6)
        assert str(i + 1) in words(figure)
    ends = {line.get_marker() for line in lines if round(line.get_markersize(), 6) == 7.2}
    assert len(ends) == 3


def test_the_legend_gives_optimizers_and_outcome_of_each_run() -> None:
    entries = words(figures.landscape("beale", RUNS))
    assert f"x: SGD, lr 0.02\ny: SGD, lr 0.02\n30 steps, f = {RUNS[0].values[-1]:.4g}" in entries
    assert "x: SGD, lr 1\ny: SGD, lr 1\nleft after 2 steps" in entries


def test_text_is_readable_and_within_the_picture() -> None:
    figure = figures.landscape("beale", RUNS)
    figure.canvas.draw()
    for text in figure.findobj(Text):  # type: ignore[attr-defined]
        if text.get_text() and text.get_visible():
            box = text.get_window_extent()
            assert text.get_fontsize() >= SIZE
            assert -1 <= box.x0 <= box.x1 <= 881, text.get_text()
            assert -1 <= box.y0 <= box.y1 <= 501, text.get_text()


def test_runs_that_do_not_fit_in_the_legend_keep_their_paths() -> None:
    runs = [Run("beale", lrs=(0.1, i / 10)) for i in range(12)]
    figure = figures.landscape("beale", runs)
    entries = " ".join(words(figure))
    assert "y: Adam, lr 1.1" in entries
    assert "y: Adam, lr 0\n" not in entries
    assert {str(i + 1) for i in range(12)} <= set(words(figure))


def test_the_picture_has_alt_text() -> None:
    bundle = figures.landscape("beale", RUNS[2])._repr_mimebundle_()  # type: ignore[operator]
    assert bundle["text/plain"].startswith("<Beale's function, f = (1.5 − x + xy)²")
    assert (
        "Run 1, x: SGD, lr 1; y: SGD, lr 1: left after 2 steps from (1, 1)" in bundle["text/plain"]
    )
    assert figures.landscape("saddle")._repr_mimebundle_()  # type: ignore[operator]


def test_invalid_arguments() -> None:
    with pytest.raises(KeyError, match="did you mean 'beale'"):
        figures.landscape("baele")
    with pytest.raises(
        ValueError, match="run 1 is on \"Beale's function\", but the figure shows 'Saddle"
    ):
        figures.landscape("saddle", [Run("saddle"), RUNS[0]])
