"""Page setup of a panel: shortcuts in lists, readable colours, and a message for a lost kernel.

JupyterLab handles arrow keys and letters as shortcuts unless a text field has the focus: in a list,
an arrow key would move to another cell, and a letter would insert one. It ignores elements with the
attribute that the script sets. No ipywidget can set it, but an HTML widget may contain an element
with an event handler. If a page forbids such handlers, lists still work with the mouse.

Outside JupyterLab the colours of ipywidgets are those of a light page, also in a dark one, such as
that of VS Code when its outputs have the editor's background: black words on black. Colab has
colours for words, but none for surfaces. The script marks a panel whose words or surfaces would not
suit what lies behind them, and the stylesheet gives those colours of their own.

After a restart, the kernel no longer responds, and JupyterLab puts a red broken link on every
control. Python can no longer reach the page, but a stylesheet that the panel added still applies:
it disables the controls and shows a single message.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

import ipywidgets as widgets

from ...language import say

__all__ = ["GROUND", "SHORTCUTS", "page_setup"]

HERE = Path(__file__).parent
GROUND, SHORTCUTS, SCRIPT, STYLE = (
    (HERE / name).read_text(encoding="utf-8")
    for name in ("ground.js", "shortcuts.js", "setup.js", "setup.css")
)


def page_setup() -> widgets.HTML:
    """Return a hidden widget with the script and the stylesheet of all panels.

    >>> page_setup().layout.display
    'none'
    """
    # An image that fails to load, since scripts in an HTML widget are not executed.
    image = f'<img alt="" src="data:," onerror="{escape(GROUND + SCRIPT)}">'
    message = say("The kernel was restarted or shut down: run this cell again.")
    style = f"<style>{STYLE}</style>".replace("MESSAGE", f'"{message}"')
    return widgets.HTML(style + image, layout=widgets.Layout(display="none"))
