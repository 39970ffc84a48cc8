"""Text on the canvas: that of Agg, in a font that contains its characters."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from fineopt.figures.rendering.canvas import Canvas
from fineopt.figures.rendering.fonts import UNKNOWN, drawable

Place = tuple[float, float]


def write(kind: type[FigureCanvasAgg], at: Place, size: Place = (3.0, 1.0)) -> np.ndarray:
    figure = Figure(figsize=size, dpi=100)
    shown = kind(figure)
    ground = {"facecolor": "#ddeeff", "edgecolor": "none", "alpha": 0.8, "pad": 0.6}
    figure.text(*at, "Ågj, −1", fontsize=9, color="#0072b2", va="center")
    figure.text(at[0] + 0.3, at[1], "bold ê", fontweight="bold", bbox=ground, alpha=0.7)
    figure.text(at[0], at[1] - 0.2, "two\nlines, too long for this figure: clipped", fontsize=12)
    figure.text(at[0] + 0.5, at[1], "upright", rotation=90)
    figure.text(at[0] + 0.5, at[1], r"$\sum x^2$")
    shown.draw()
    return np.asarray(shown.buffer_rgba())


@pytest.mark.parametrize("size", [(3.0, 1.0), (2.987, 1.013)])
def test_text_is_that_of_agg(size: Place) -> None:
    for at in ((0.05, 0.5), (0.05, 0.51), (0.0512, 0.737), (-0.03, 0.99)):
        ours, agg = (write(kind, at, size) for kind in (Canvas, FigureCanvasAgg))
        assert agg.min() < 200
        np.testing.assert_array_equal(ours, agg)


@pytest.mark.parametrize("text", ["fc1.weight", "−1 → 0", "卷积层", "שלום", "\U0010fffd"])
def test_no_text_is_measured_or_drawn_with_a_missing_character(text: str) -> None:
    figure = Figure(figsize=(2.0, 1.0), dpi=100)
    canvas = Canvas(figure)
    figure.text(0.1, 0.5, text)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        canvas.draw()
    shown, _ = drawable(text, FontProperties())
    assert len(shown) == len(text)
    assert all(c in (before, UNKNOWN) for c, before in zip(shown, text, strict=True))
