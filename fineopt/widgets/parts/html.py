"""HTML and layout helpers that give all panels the same look and accessible names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

import ipywidgets as widgets

from ...scenes.style import colour
from ...wording import one_line, width

__all__ = [
    "alert",
    "button",
    "chip",
    "close_all",
    "dropdown_width",
    "escape_name",
    "paragraph",
    "set_displayed",
    "set_visible",
    "with_hidden_text",
    "wrapping_row",
]

INK = "var(--jp-ui-font-color1,inherit)"  # outside JupyterLab, the page's own colour
GREY = "var(--jp-ui-font-color2,inherit)"
# MathJax 2 and 3 ignore elements of these classes: two $ in a name are not a formula.
NO_MATH = "mathjax_ignore tex2jax_ignore"
BORDER = "1px solid var(--jp-border-color2,#808080)"


def paragraph(html: str) -> str:
    """Return HTML in the theme's text colour."""
    return f'<div style="color:{INK};line-height:1.35">{html}</div>'


def chip(group: int | None, title: str, note: str = "") -> str:
    """Return HTML with a group's colour beside a title, and a small note below it."""
    below = f'<br><small style="color:{GREY}">{escape_name(note)}</small>' if note else ""
    return (
        '<div style="display:flex;gap:8px;align-items:center;line-height:1.25">'
        f'<span aria-hidden="true" style="flex:none;width:12px;height:12px;border-radius:3px;'
        f'background:{colour(group)}"></span>'
        f'<span style="color:{INK};overflow-wrap:anywhere">{title}{below}</span></div>'
    )


def alert(title: str, message: str) -> str:
    """Return HTML of an error message, marked by its title and a border as well as by colour."""
    return (
        '<div role="alert" style="border-left:4px solid var(--jp-error-color1,#b00020);'
        f'padding:4px 8px;line-height:1.35;white-space:pre-wrap;color:{INK}">'
        f"<b>{title}</b> {escape(message)}</div>"
    )


def with_hidden_text(label: str, hidden: str) -> str:
    """Append visually hidden text to a label, for screen readers.

    Both are plain text: neither markup nor formulas in them are interpreted. The result is the
    description of a widget with ``description_allow_html``.
    """
    visually_hidden = "position:absolute;width:1px;height:1px;overflow:hidden"
    return (
        f'<span class="{NO_MATH}">{escape_name(label) if label else ""}'
        f'<span style="{visually_hidden}"> {escape_name(hidden)}</span></span>'
    )


def escape_name(name: str) -> str:
    """Escape a name, such as a group's or a parameter's, for HTML and write it on one line.

    >>> escape_name("<b>"), escape_name("a & b")
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


def wrapping_row(*children: widgets.Widget, ruled: bool = False) -> widgets.HBox:
    """Place widgets side by side, wrapping onto more lines on a narrow page."""
    layout = widgets.Layout(align_items="center", flex_flow="row wrap", margin="0")
    if ruled:
        layout.border_top, layout.padding = BORDER, "3px 0"
    return widgets.HBox(children, layout=layout)


def close_all(roots: Iterable[widgets.Widget]) -> None:
    """Close widgets together with their children, layouts and styles."""
    for widget in roots:
        for part in list(_below(widget)):
            part.close()
        widget.close()


def _below(widget: widgets.Widget) -> Iterator[widgets.Widget]:
    for part in (*getattr(widget, "children", ()), widget.layout, getattr(widget, "style", None)):
        if isinstance(part, widgets.DOMWidget):
            yield from _below(part)
        if part is not None:
            yield part


def set_visible(widget: Any, visible: bool) -> None:
    """Show a widget, or hide it but keep its space, so that nothing else moves."""
    widget.layout.visibility = None if visible else "hidden"


def dropdown_width(label: str, options: Iterable[Any]) -> str:
    """Return the width of a dropdown that fits its label and its longest option.

    >>> dropdown_width("Speed", [("full speed", 0.0), ("1 step per second", 1.0)])
    'calc(22ch + 52px)'
    """
    labels = [one if isinstance(one, str) else one[0] for one in options]
    return f"calc({width(label) + max(map(width, labels))}ch + 52px)"


def set_displayed(widget: Any, visible: bool) -> None:
    """Show a widget, or remove it from the layout and from the tab order."""
    widget.layout.display = None if visible else "none"
