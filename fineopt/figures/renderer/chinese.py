"""The language of what matplotlib draws: the learner's, if a font for it is installed."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from matplotlib.font_manager import FontProperties, findfont

from ...language import language, speaking
from .fonts import characters, installed_fallback

__all__ = ["chinese_font", "drawable_language"]

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


def drawable_language() -> AbstractContextManager[None]:
    """Return a context in which charts are made to be drawn: in English if no font has Chinese.

    A browser brings its own fonts, and so does whoever reads an alt text.

    >>> with drawable_language():
    ...     language()
    'en'
    """
    if language() == "zh" and chinese_font() is None:
        return speaking("en")
    return nullcontext()
