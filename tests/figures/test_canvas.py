"""A word drawn from its picture is the word that Agg draws."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure

from fineopt.figures import canvas
from fineopt.figures.canvas import Canvas

Place = tuple[float, float]


def write(kind: type[FigureCanvasAgg], at: Place, size: Place = (3.0, 1.0)) -> np.ndarray:
    figure = Figure(figsize=size, dpi=100)
    shown = kind(figure)
    ground = {"facecolor": "#ddeeff", "edgecolor": "none", "alpha": 0.8, "pad": 0.6}
    figure.text(*at, "Ågj, −1", fontsize=9, color="#0072b2", va="center")
    figure.text(at[0] + 0.3, at[1], "bold ê", fontweight="bold", bbox=ground, alpha=0.7)
    figure.text(at[0], at[1] - 0.2, "two\nlines, far too long for this: cut off", fontsize=12)
    figure.text(at[0] + 0.5, at[1], "upright", rotation=90)
    figure.text(at[0] + 0.5, at[1], r"$\sum x^2$")
    shown.draw()
    return np.asarray(shown.buffer_rgba())


@pytest.mark.parametrize("size", [(3.0, 1.0), (2.987, 1.013)])
def test_words_are_those_of_agg(size: Place) -> None:
    for at in ((0.05, 0.5), (0.05, 0.51), (0.0512, 0.737), (-0.03, 0.99)):
        for _ in range(2):  # drawn anew, and from its picture
            ours, agg = (write(kind, at, size).astype(int) for kind in (Canvas, FigureCanvasAgg))
            assert agg.min() < 200
            assert np.abs(ours - agg).max() <= 2


def test_a_word_is_drawn_by_agg_once(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    draw = RendererAgg.draw_text

    def listen(self: RendererAgg, gc, x, y, s, *rest) -> None:  # type: ignore[no-untyped-def]
        drawn.append(s)
        draw(self, gc, x, y, s, *rest)

    monkeypatch.setattr(RendererAgg, "draw_text", listen)
    monkeypatch.setattr(canvas, "_pictures", {})
    write(Canvas, (0.1, 0.5))
    assert drawn.count("bold ê") == 1
    write(Canvas, (0.1, 0.5))
    assert drawn.count("bold ê") == 1
    assert drawn.count("upright") == 2
    monkeypatch.setattr(canvas, "MOST", 2)
    write(Canvas, (0.1, 0.5))
    write(Canvas, (0.1, 0.5002))
    assert len(canvas._pictures) <= 2
