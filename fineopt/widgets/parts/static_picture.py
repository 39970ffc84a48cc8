"""A picture of a panel, for a notebook that is read without a kernel."""

from __future__ import annotations

import base64
from typing import Any

__all__ = ["with_picture"]


def with_picture(bundle: dict[str, Any], png: bytes, text: str) -> dict[str, Any]:
    """Add a picture and plain text to a widget's output, for readers without a kernel."""
    return {**bundle, "image/png": base64.b64encode(png).decode(), "text/plain": text}
