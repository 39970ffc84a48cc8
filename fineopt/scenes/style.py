"""Style common to all figures: colours, dashes, and sizes.

The colours are matplotlib's ``okabe_ito`` palette (Okabe and Ito, *Color Universal Design*, 2008),
reordered to begin with blue and vermilion. Its black is reserved for parameters in no group, and
its yellow is omitted because it is too light for a line on white. Beyond six groups, the colours
repeat with different dashes.
"""

from __future__ import annotations

from typing import Any

Colour = tuple[float, float, float]
Dash = str | tuple[float, tuple[float, ...]]

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
DASHES: tuple[Dash, ...] = (
    "solid",
    (0, (6, 1.5)),
    (0, (8, 1.5, 2, 1.5)),
    (0, (3, 1.5)),
    (0, (8, 1.5, 2, 1.5, 2, 1.5)),
)
DOTTED: Dash = (0, (1, 1.3))  # an lr or an update ratio of 0
INK = "#222222"  # the running mean, titles, axes
GREY = "#6b6b6b"  # secondary text; parameters in no optimizer
FAINT = "#c4c4c4"  # the loss of each step
ALERT = "#b00020"  # a loss that is not finite or that exceeds the axis
SIZE = 9.0  # font size in points, the minimum for all text
DPI = 100
WIDTH, HEIGHT = 8.8, 5.6  # inches, of an overview of few parameters
MARGIN = 0.035  # of the x axis, left and right of the run


SHADES = (0.0, 0.45, -0.35, 0.25, -0.15, 0.6)  # of a group's colour, to tell its lines apart
# Hues of a sign, which no group has: purple and green, as in ColorBrewer's PRGn.
PLUS, MINUS = "#1b7837", "#762a83"
# The same on a dark page: lighter, with a contrast of at least 4.5 to JupyterLab's black.
DARK_COLOURS = ("#4aa8e0", "#f08a4b", "#35c49a", "#dd9cc0", "#e9b04a", "#7cc7f0")
DARK_PLUS, DARK_MINUS = "#5aae61", "#b07cc6"


def style_table() -> dict[str, Any]:
    """Return the style as plain data, for renderers in other languages.

    >>> sorted(style_table()["light"])
    ['alert', 'faint', 'grey', 'groups', 'ink', 'minus', 'plus']
    """
    return {
        "light": {
            "groups": list(COLOURS), "ink": INK, "grey": GREY, "faint": FAINT, "alert": ALERT,
            "plus": PLUS, "minus": MINUS,
        },
        "dark": {
            "groups": list(DARK_COLOURS), "ink": "#e4e4e4", "grey": "#a8a8a8", "faint": "#5c5c5c",
            "alert": "#ff8a80", "plus": DARK_PLUS, "minus": DARK_MINUS,
        },
        "dashes": [[] if dashes == "solid" else list(dashes[1]) for dashes in DASHES],
        "dotted": list(DOTTED[1]),
        "size": SIZE * DPI / 72 * 0.9,
        "margin": MARGIN,
    }  # fmt: skip


def colour(group: int | None) -> str:
    """Return the colour of a group by its index; grey for None, a parameter in no optimizer.

    >>> colour(0), colour(1), colour(None)
    ('#0072b2', '#d55e00', '#6b6b6b')
    """
    return GREY if group is None else COLOURS[group % len(COLOURS)]


def dash(group: int) -> Dash:
    """Return the line style of a group. Dotted lines are reserved for changes and for zeros."""
    return DASHES[group % len(DASHES)]


def shade(base: str, amount: float) -> Colour:
    """Blend a colour with white (amount up to 1) or with black (amount down to -1).

    >>> shade('#000000', 0.5)
    (0.5, 0.5, 0.5)
    """
    red, green, blue = (int(base[i : i + 2], 16) / 255 for i in (1, 3, 5))
    to, share = (1.0, amount) if amount > 0 else (0.0, -amount)
    return red + (to - red) * share, green + (to - green) * share, blue + (to - blue) * share


def ink(group: int | None) -> Colour:
    """Return the colour of a group's text: light colours are darkened to stay readable."""
    light = group is not None and group % len(COLOURS) >= 3
    return shade(colour(group), -0.3 if light else 0.0)
