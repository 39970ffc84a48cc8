"""Words of figures: in Chinese if a font can draw them, otherwise in English."""

from __future__ import annotations

import pytest

from fineopt import figures
from fineopt.figures.renderer import chinese, fonts
from fineopt.figures.renderer.chinese import SAMPLE, chinese_font, drawable_language
from fineopt.figures.renderer.picture import Picture
from fineopt.language import language, say
from fineopt.recorder import Record

RECORD = Record({"w": 0}, ["all"])
TITLES = {"en": "Loss", "zh": "损失"}


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINEOPT_LANG", "zh")


def drawn_title() -> str:
    """Return the first title that is drawn: the only part at the left."""
    return figures.overview(RECORD).axes[0].get_title(loc="left")


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
    assert drawn_title() == TITLES["en"]


@pytest.mark.usefixtures("drawn")
def test_without_a_font_the_words_are_english_and_the_alt_text_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chinese, "installed_fallback", lambda: None)
    assert chinese_font() is None
    assert drawn_title() == TITLES["en"]
    figure = figures.overview(RECORD)
    assert isinstance(figure, Picture)
    assert figure.alt().startswith("尚未开始。")
    assert language() == "zh"


@pytest.mark.usefixtures("drawn")
def test_a_font_that_lacks_a_character_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chinese, "installed_fallback", lambda: "DejaVu Sans")
    assert chinese_font() is None
    assert drawn_title() == TITLES["en"]


@pytest.mark.usefixtures("drawn")
def test_with_a_font_the_words_are_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chinese, "installed_fallback", lambda: "DejaVu Sans")
    monkeypatch.setattr(chinese, "characters", lambda path: frozenset(map(ord, SAMPLE)))
    assert drawn_title() == TITLES["zh"]


@pytest.mark.usefixtures("drawn")
def test_the_language_returns_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chinese, "installed_fallback", lambda: None)
    with pytest.raises(ValueError, match="twice"), drawable_language():
        assert say("Loss") == TITLES["en"]
        raise ValueError("twice")
    assert say("Loss") == TITLES["zh"]
