"""Lists and dropdowns that get the keys pressed in them, also in JupyterLab.

JupyterLab takes arrow keys and letters for itself, unless one writes in a text field: in a list an
arrow would leave for the next cell, and a letter insert one. It passes over an element that has the
attribute below. No ipywidget sets one, but an HTML widget may hold an element with a handler.
Where a page forbids such handlers the mouse still does all.
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


def own_keys() -> widgets.HTML:
    """Return a widget, not to be seen, that keeps keys with the lists of all panels on the page.

    >>> own_keys().layout.display
    'none'
    """
    # An image that can't be loaded, since a script in what a widget shows is never run.
    image = f'<img alt="" src="data:," onerror="{escape(ON_ERROR)}">'
    return widgets.HTML(image, layout=widgets.Layout(display="none"))
