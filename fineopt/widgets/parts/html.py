"""Small parts that all panels are made of, so that they look and sound alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

import ipywidgets as widgets

from ...figures.style import colour
from ...wording import one_line

__all__ = [
    "add_unheard",
    "alert",
    "button",
    "chip",
    "close_all",
    "in_sight",
    "line",
    "named",
    "room",
    "shown",
    "text",
]

INK = "var(--jp-ui-font-color1,inherit)"  # a page without JupyterLab's colours has its own
GREY = "var(--jp-ui-font-color2,inherit)"
# Both MathJaxes pass over elements of these classes: a name with two $ is no formula.
NO_FORMULA = "mathjax_ignore tex2jax_ignore"
RULE = "1px solid var(--jp-border-color2,#808080)"


def text(html: str) -> str:
    """Put words into the theme's colour."""
    return f'<div style="color:{INK};line-height:1.35">{html}</div>'


def chip(group: int | None, title: str, note: str = "") -> str:
    """Show a group's colour beside its name, and a small note below it."""
    below = f'<br><small style="color:{GREY}">{named(note)}</small>' if note else ""
    return (
        '<div style="display:flex;gap:8px;align-items:center;line-height:1.25">'
        f'<span aria-hidden="true" style="flex:none;width:12px;height:12px;border-radius:3px;'
        f'background:{colour(group)}"></span>'
        f'<span style="color:{INK};overflow-wrap:anywhere">{title}{below}</span></div>'
    )


def alert(title: str, words: str) -> str:
    """Show an error: by words and a frame as well as by colour."""
    return (
        '<div role="alert" style="border-left:4px solid var(--jp-error-color1,#b00020);'
        f'padding:4px 8px;line-height:1.35;white-space:pre-wrap;color:{INK}">'
        f"<b>{title}</b> {escape(words)}</div>"
    )


def add_unheard(label: str, more: str) -> str:
    """Add to a short label what only a screen reader needs to say, such as whose it is.

    Both are plain text: what looks like markup or like a formula in them is none. For a widget
    with ``description_allow_html``.
    """
    out_of_sight = "position:absolute;width:1px;height:1px;overflow:hidden"
    return (
        f'<span class="{NO_FORMULA}">{named(label) if label else ""}'
        f'<span style="{out_of_sight}"> {named(more)}</span></span>'
    )


def named(name: str) -> str:
    """Write a name, of a group or a parameter say, in HTML: on one line, and never as markup.

    >>> named("<b>"), named("a & b")
    ('&lt;b&gt;', 'a &amp; b')
    """
    return escape(one_line(name))


def button(label: str, icon: str, tooltip: str, style: str = "") -> widgets.Button:
    """Make a button as wide as its label."""
    return widgets.Button(
        description=label,
        icon=icon,
        tooltip=tooltip,
        button_style=style,
        layout=widgets.Layout(width="auto", margin="2px 4px 2px 0"),
    )


def line(*children: widgets.Widget, ruled: bool = False) -> widgets.HBox:
    """Put widgets side by side, on further lines where the page is narrow."""
    layout = widgets.Layout(align_items="center", flex_flow="row wrap", margin="0")
    if ruled:
        layout.border_top, layout.padding = RULE, "3px 0"
    return widgets.HBox(children, layout=layout)


def close_all(several: Iterable[widgets.Widget]) -> None:
    """Close widgets and all that they are made of, their layouts and styles too."""
    for widget in several:
        for part in list(_below(widget)):
            part.close()
        widget.close()


def _below(widget: widgets.Widget) -> Iterator[widgets.Widget]:
    for part in (*getattr(widget, "children", ()), widget.layout, getattr(widget, "style", None)):
        if isinstance(part, widgets.DOMWidget):
            yield from _below(part)
        if part is not None:
            yield part


def in_sight(widget: Any, visible: bool) -> None:
    """Show a widget, or hide it and keep its place, so that nothing beside it moves."""
    widget.layout.visibility = None if visible else "hidden"


def room(label: str, options: Iterable[Any]) -> str:
    """Return a dropdown's width that cuts none of its words, nor its label's.

    >>> room("Speed", [("full speed", 0.0), ("1 step a second", 1.0)])
    'calc(20ch + 52px)'
    """
    words = [one if isinstance(one, str) else one[0] for one in options]
    return f"calc({len(label) + max(map(len, words))}ch + 52px)"


def shown(widget: Any, visible: bool) -> None:
    """Show a widget, or take it out of sight and out of the keyboard's way."""
    widget.layout.display = None if visible else "none"
