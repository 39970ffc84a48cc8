"""Page setup of a panel: shortcuts in lists, text size, and a message for a lost kernel.

JupyterLab handles arrow keys and letters as shortcuts unless a text field has the focus: in a list,
an arrow key would move to another cell, and a letter would insert one. It ignores elements with the
attribute set below. No ipywidget can set it, but an HTML widget may contain an element with an
event handler. If a page forbids such handlers, lists still work with the mouse.

After a restart, the kernel no longer responds, and JupyterLab puts a red broken link on every
control. Python can no longer reach the page, but a stylesheet that the panel added still applies:
it disables the controls and shows a single message.
"""

from __future__ import annotations

from html import escape

import ipywidgets as widgets

from ...language import say

__all__ = ["suppress_shortcuts"]

ON_ERROR = """
if (!window.fineoptSuppressesShortcuts) {
  window.fineoptSuppressesShortcuts = true;
  document.addEventListener('focusin', event => {
    if (event.target.matches('.fineopt-panel select, .fineopt-panel [role=region]'))
      event.target.setAttribute('data-lm-suppress-shortcuts', 'true');
  });
}
this.remove();
"""
STYLE = """<style>
.fineopt-panel .fineopt-refusal {position: relative}
.fineopt-panel .fineopt-refusal, .fineopt-refusal > .widget-html-content {
  overflow: visible; min-height: 0;
}
.fineopt-panel .fineopt-refusal [role="alert"] {
  position: absolute; z-index: 2; left: 0; max-width: 100%; box-sizing: border-box;
  background: var(--jp-layout-color1, Canvas); box-shadow: 0 1px 3px rgba(0, 0, 0, 0.4);
}
.fineopt-group-summary > .widget-html-content > div > span:last-child {
  white-space: nowrap; overflow: hidden; text-overflow: ellipsis;
}
.fineopt-panel small {font-size: max(11px, 0.83em)}
.fineopt-panel .jupyter-widgets-disconnected::before {content: none}
.fineopt-panel.jupyter-widgets-disconnected::before {
  content: MESSAGE;
  font: var(--jp-ui-font-size1, 13px) var(--jp-ui-font-family, sans-serif); align-self: flex-start;
  color: var(--jp-ui-font-color1, #222); padding: 4px 8px;
  border-left: 4px solid var(--jp-warn-color1, #b06000);
}
.fineopt-panel.jupyter-widgets-disconnected > * {opacity: 0.55; pointer-events: none}
</style>"""


def suppress_shortcuts() -> widgets.HTML:
    """Return a hidden widget that suppresses JupyterLab's shortcuts in the lists of all panels.

    It also contains the panels' stylesheet.

    >>> suppress_shortcuts().layout.display
    'none'
    """
    # An image that fails to load, since scripts in an HTML widget are not executed.
    image = f'<img alt="" src="data:," onerror="{escape(ON_ERROR)}">'
    message = say("The kernel was restarted or shut down: run this cell again.")
    style = STYLE.replace("MESSAGE", f'"{message}"')
    return widgets.HTML(style + image, layout=widgets.Layout(display="none"))
