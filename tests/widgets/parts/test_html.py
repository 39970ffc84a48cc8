"""HTML helpers of panels."""

from __future__ import annotations

from pathlib import Path

from fineopt.widgets.fields import user_input
from fineopt.widgets.parts.html import NO_MATH, with_hidden_text
from tests.support.parsed_html import ParsedHTML


def test_the_label_and_the_hidden_text_are_escaped() -> None:
    read = ParsedHTML(with_hidden_text("<i>$a$", "of <b>$b$"))
    assert (read.text, set(read.tags)) == ("<i>$a$ of <b>$b$", {"span"})
    assert NO_MATH in with_hidden_text("a", "b")


def test_a_page_inserts_labels_as_text_and_without_formulas() -> None:
    script = Path(user_input.__file__).with_suffix(".js").read_text(encoding="utf-8")
    assert "innerHTML" not in script
    assert all(name in script for name in NO_MATH.split())
