"""Chinese words of figures: in Chinese if a font can draw them, otherwise in English."""

from __future__ import annotations

import pytest

from fineopt.figures import chinese, fonts
from fineopt.figures.chinese import SAMPLE, chinese_font, say_drawn

TEXT = "{solved} of {total} exercises are solved."
ENGLISH, CHINESE = "1 of 2 exercises are solved.", "2 道练习中已完成 1 道。"


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINEOPT_LANG", "zh")


def test_an_installed_font_draws_the_sample() -> None:
    family = chinese_font()
    if family is None:
        pytest.skip("no Chinese font is installed")
    from matplotlib.font_manager import FontProperties

    text, font = fonts.drawable(SAMPLE, FontProperties())
    assert text == SAMPLE
    assert family in font.get_family()


def test_english_is_always_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chinese, "installed_fallback", lambda: None)
    assert say_drawn(TEXT, solved=1, total=2) == ENGLISH


@pytest.mark.usefixtures("drawn")
def test_without_a_font_the_words_are_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chinese, "installed_fallback", lambda: None)
    assert chinese_font() is None
    assert say_drawn(TEXT, solved=1, total=2) == ENGLISH


@pytest.mark.usefixtures("drawn")
def test_a_font_that_lacks_a_character_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chinese, "installed_fallback", lambda: "DejaVu Sans")
    assert chinese_font() is None
    assert say_drawn(TEXT, solved=1, total=2) == ENGLISH


@pytest.mark.usefixtures("drawn")
def test_with_a_font_the_words_are_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chinese, "installed_fallback", lambda: "DejaVu Sans")
    monkeypatch.setattr(chinese, "characters", lambda path: frozenset(map(ord, SAMPLE)))
    assert say_drawn(TEXT, solved=1, total=2) == CHINESE
