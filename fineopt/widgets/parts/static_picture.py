"""A picture of a panel, for a notebook that is read without a kernel."""

from __future__ import annotations

import base64
from html import escape
from typing import Any

__all__ = ["with_picture"]


def with_picture(bundle: dict[str, Any], png: bytes, alt: str, text: str) -> dict[str, Any]:
    """Add a picture with alt text, and plain text, to a widget's output.

    The picture is there twice: as HTML, since the HTML that nbconvert writes drops the alt text of
    any other picture, and as a PNG for what shows no HTML.

    >>> with_picture({}, b"PNG", "a <picture>", "Panel()")["text/html"]
    '<img alt="a &lt;picture&gt;" style="max-width:100%" src="data:image/png;base64,UE5H">'
    """
    data = base64.b64encode(png).decode()
    html = f'<img alt="{escape(alt)}" style="max-width:100%" src="data:image/png;base64,{data}">'
    return {**bundle, "text/html": html, "image/png": data, "text/plain": text}
