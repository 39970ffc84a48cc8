"""What a panel brings into the page: keys for its lists, and one line once the kernel is gone.

JupyterLab takes arrow keys and letters for itself, unless one writes in a text field: in a list an
arrow would leave for the next cell, and a letter insert one. It passes over an element that has the
attribute below. No ipywidget sets one, but an HTML widget may hold an element with a handler.
Where a page forbids such handlers the mouse still does all.

After a restart of the kernel nothing answers, and JupyterLab puts a red broken link onto each
single control. No Python can reach the page then; but a style that came with the panel still holds:
it lets the controls rest, and says once what to do.
"""

from __future__ import annotations

from html import escape

import ipywidgets as widgets

__all__ = ["own_keys"]

ON_ERROR = """
if (!window.fineoptOwnKeys) {
  window.fineoptOwnKeys = true;
  document.addEventListener('focusin', event => {
    if (event.target.matches('.fineopt-panel select'))
      event.target.setAttribute('data-lm-suppress-shortcuts', 'true');
  });
}
this.remove();
"""
STYLE = """<style>
.fineopt-panel .jupyter-widgets-disconnected::before {content: none}
.fineopt-panel.jupyter-widgets-disconnected::before {
  content: "The kernel has gone or was restarted: run this cell again.";
  font: var(--jp-ui-font-size1, 13px) var(--jp-ui-font-family, sans-serif); align-self: flex-start;
  color: var(--jp-ui-font-color1, #222); padding: 4px 8px;
  border-left: 4px solid var(--jp-warn-color1, #b06000);
}
.fineopt-panel.jupyter-widgets-disconnected > * {opacity: 0.55; pointer-events: none}
</style>"""


def own_keys() -> widgets.HTML:
    """Return a widget, not to be seen, that keeps keys with the lists of all panels on the page.

    It also holds the style of a panel that has lost its kernel.

    >>> own_keys().layout.display
    'none'
    """
    # An image that can't be loaded, since a script in what a widget shows is never run.
    image = f'<img alt="" src="data:," onerror="{escape(ON_ERROR)}">'
    return widgets.HTML(STYLE + image, layout=widgets.Layout(display="none"))
