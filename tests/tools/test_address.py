"""The repository's address is in one place, and all mentions agree with it."""

from __future__ import annotations

from pathlib import Path

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


@pytest.mark.parametrize("name", ["CITATION.cff", "docs/zh/index.md", "lessons/en/06.ipynb"])
def test_a_mention_is_found_and_changed_wherever_it_is(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(address, "ROOT", tmp_path)
    mention = tmp_path / name
    mention.parent.mkdir(parents=True, exist_ok=True)
    mention.write_text("https://fineopt.github.io/fineopt/lab/", encoding="utf-8")
    declared = 'Repository = "https://github.com/{}/{}"'
    (tmp_path / "pyproject.toml").write_text(declared.format(*NEW), encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        address.main([])
    assert ended.value.code
    with pytest.raises(SystemExit) as ended:
        address.main(["https://github.com/someone/a-fork"])
    assert not ended.value.code
    assert mention.read_text(encoding="utf-8") == "https://someone.github.io/a-fork/lab/"


def test_another_form_is_refused() -> None:
    with pytest.raises(SystemExit, match="not of the form"):
        address.main(["git@github.com:a/b"])
