"""Words of a matplotlib figure in the learner's language, if a font for them is installed."""

from __future__ import annotations

from typing import Any

from matplotlib.font_manager import FontProperties, findfont

from ..language import language, say
from .fonts import characters, installed_fallback

__all__ = ["chinese_font", "say_drawn"]

# Characters of these lessons; a font that lacks one of them is of no use.
SAMPLE = "学习速率参数组损失梯度之和轨迹冻结解冻步每个准确率"


def chinese_font() -> str | None:
    """Return the family of an installed font with Chinese characters, or None.

    It is one of `fonts.FALLBACKS`, which `fonts.drawable` uses too, so that a text that is said
    in Chinese can be drawn.
    """
    family = installed_fallback()
    if family is None or not characters(findfont(FontProperties(family))) >= set(map(ord, SAMPLE)):
        return None
    return family


def say_drawn(text: str, /, **fields: Any) -> str:
    """Return a text as `say` does, but in English if no font could draw the Chinese.

    A browser brings its own fonts: what it draws itself is said by `say`.

    >>> say_drawn("{solved} of {total} exercises are solved.", solved=1, total=2)
    '1 of 2 exercises are solved.'
    """
    if language() == "zh" and chinese_font() is None:
        return text.format(**fields)
    return say(text, **fields)
