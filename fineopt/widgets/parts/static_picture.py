"""A picture of a panel, for a notebook that is read without a kernel."""

from __future__ import annotations

import base64
import io
from typing import Any

from matplotlib.figure import Figure

__all__ = ["png", "with_picture"]


def png(figure: Figure) -> bytes:
    """Return a figure as a PNG."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=100, metadata={"Software": None})
    return buffer.getvalue()


def with_picture(bundle: dict[str, Any], png: bytes, text: str) -> dict[str, Any]:
    """Add a picture and plain text to a widget's output, for readers without a kernel."""
    return {**bundle, "image/png": base64.b64encode(png).decode(), "text/plain": text}
