"""Letters that matplotlib's own font lacks, such as those of Chinese names, from another font."""

from __future__ import annotations

from functools import lru_cache

from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font

__all__ = ["drawable"]

# Those of common systems that have the most letters.
WIDE = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "PingFang SC", "Hiragino Sans GB",
    "Microsoft YaHei", "SimHei", "WenQuanYi Micro Hei", "Noto Serif CJK SC", "Noto Sans CJK JP",
    "Arial Unicode MS", "Droid Sans Fallback",
)  # fmt: skip
UNKNOWN = "\ufffd"


def drawable(text: str, font: FontProperties) -> tuple[str, FontProperties]:
    """Return a text and a font that has all of its letters.

    Letters that no font at hand has become a question mark in a diamond: matplotlib would warn of
    each, frame by frame.

    >>> drawable("fc1.weight → 0", FontProperties())[0]
    'fc1.weight → 0'
    """
    if text.isascii() or _knows(findfont(font)).issuperset(map(ord, text)):
        return text, font
    known, wide = _knows(findfont(font)), _installed()
    if wide is not None:
        font = font.copy()
        font.set_family([*font.get_family(), wide])
        known |= _knows(findfont(FontProperties(wide)))
    return "".join(c if ord(c) in known else UNKNOWN for c in text), font


@lru_cache
def _installed() -> str | None:
    there = {font.name for font in fontManager.ttflist}
    return next((name for name in WIDE if name in there), None)


@lru_cache
def _knows(path: str) -> frozenset[int]:
    return frozenset(get_font(path).get_charmap())
