"""The line that says where a run is, as HTML."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from ...language import say
from .html import BORDER, paragraph

__all__ = ["state_line"]

FILLED = "var(--jp-brand-color1,#1976d2)"
# A narrow page breaks the line between the parts; digits of one width do not push what follows.
PART = "display:inline-block;margin-right:18px;font-variant-numeric:tabular-nums"


def state_line(place: str, status: Iterable[tuple[str, str]], share: float | None = None) -> str:
    """Return a progress bar, the place, and the status, in one line if there is room.

    They are one value of one widget: each value is a message, which a page handles on its own, and
    then lays itself out.

    Args:
        place: such as the epoch and the step.
        status: pairs of a label and a value.
        share: of the epoch that is done, 0 to 1; None for no bar.

    >>> "<b>0.5</b>" in state_line("epoch 1, step 3 of 6", [("loss", "0.5")], 0.5)
    True
    """
    pairs = [f"{escape(label)} <b>{escape(value)}</b>" for label, value in status]
    words = [escape(place), *(pairs or [say("not started")])]
    parts = [f'<span style="{PART}">{part}</span>' for part in words]
    return paragraph(("" if share is None else _bar(min(share, 1.0), place)) + " ".join(parts))


def _bar(share: float, place: str) -> str:
    # Forced colours, as of a high contrast theme, leave the bar its own.
    return (
        f'<span role="progressbar" aria-label="{escape(place)}" aria-valuemin="0" '
        f'aria-valuemax="100" aria-valuenow="{100 * share:.0f}" style="display:inline-block;'
        f"vertical-align:middle;width:120px;height:10px;margin-right:10px;border:{BORDER};"
        'border-radius:3px;overflow:hidden;forced-color-adjust:none">'
        f'<span style="display:block;height:100%;width:{100 * share:.1f}%;background:{FILLED}">'
        "</span></span>"
    )
