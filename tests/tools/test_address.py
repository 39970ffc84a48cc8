"""The repository's address is in one place, and all mentions agree with it."""

from __future__ import annotations

import pytest

from tools import address

OLD, NEW = ("fineopt", "fineopt"), ("someone", "a-fork")
CHANGED = {
    "https://github.com/fineopt/fineopt": "https://github.com/someone/a-fork",
    "https://github.com/fineopt/fineopt/issues": "https://github.com/someone/a-fork/issues",
    "https://github.com/MegEngine/MegEngine": "https://github.com/MegEngine/MegEngine",
    "https://mybinder.org/v2/gh/fineopt/fineopt/HEAD?urlpath=lab": (
        "https://mybinder.org/v2/gh/someone/a-fork/HEAD?urlpath=lab"
    ),
    "https://fineopt.github.io/fineopt/lab/": "https://someone.github.io/a-fork/lab/",
    "https://mybinder.org/badge_logo.svg": "https://mybinder.org/badge_logo.svg",
}


@pytest.mark.parametrize("text", CHANGED)
def test_each_form_of_the_address_is_changed_and_back(text: str) -> None:
    assert address.replaced(text, OLD, NEW) == CHANGED[text]
    assert address.replaced(CHANGED[text], NEW, OLD) == text
    assert address.replaced(text, OLD, OLD) == text


def test_all_mentions_agree_with_pyproject() -> None:
    with pytest.raises(SystemExit) as ended:
        address.main([])
    assert not ended.value.code


def test_another_form_is_refused() -> None:
    with pytest.raises(SystemExit, match="not of the form"):
        address.main(["git@github.com:a/b"])
