"""Fallback fonts for characters missing from matplotlib's default font, such as Chinese ones."""

from __future__ import annotations

from functools import lru_cache

from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font

__all__ = ["characters", "drawable", "installed_fallback"]

# Fonts of common systems, those that cover the most characters first.
FALLBACKS = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "PingFang SC", "Hiragino Sans GB",
    "Microsoft YaHei", "SimHei", "WenQuanYi Micro Hei", "Noto Serif CJK SC", "Noto Sans CJK JP",
    "Arial Unicode MS", "Droid Sans Fallback",
)  # fmt: skip
UNKNOWN = "\ufffd"


def drawable(text: str, font: FontProperties) -> tuple[str, FontProperties]:
    """Return a text and a font that contains all of its characters.

    A character that no available font contains is replaced by U+FFFD: matplotlib would otherwise
    warn about it in every frame.

    >>> drawable("fc1.weight → 0", FontProperties())[0]
    'fc1.weight → 0'
    """
    if text.isascii() or characters(findfont(font)).issuperset(map(ord, text)):
        return text, font
    known, fallback = characters(findfont(font)), installed_fallback()
    if fallback is not None:
        font = font.copy()
        font.set_family([*font.get_family(), fallback])
        known |= characters(findfont(FontProperties(fallback)))
    return "".join(c if ord(c) in known else UNKNOWN for c in text), font


@lru_cache
def installed_fallback() -> str | None:
    """Return the first of `FALLBACKS` that is installed, or None."""
    there = {font.name for font in fontManager.ttflist}
    return next((name for name in FALLBACKS if name in there), None)


@lru_cache
def characters(path: str) -> frozenset[int]:
    """Return the code points that the font of a file contains."""
    return frozenset(get_font(path).get_charmap())
