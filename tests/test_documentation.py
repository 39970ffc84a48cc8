"""What the documentation names is there, and its reading order stays readable."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fineopt.audit import CAUSES, FINDINGS, Cause

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("docs/*.md"), ROOT / "README.md"])
PLACES = [ROOT, ROOT / "fineopt"]


def paths(text: str) -> list[str]:
    """Files and folders in backquotes, without those that stand for several."""
    found = re.findall(r"`((?:[\w.-]+/)+[\w.-]*|[\w-]+\.(?:py|md|toml))`", text)
    return [path for path in found if "NN" not in path]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_path_exists(page: Path) -> None:
    missing = [
        path
        for path in paths(page.read_text(encoding="utf-8"))
        if not any((place / path).exists() for place in PLACES)
    ]
    assert not missing


def test_paths_are_found() -> None:
    text = "see `ops/`, `core/tape.py`, `atomic.py`, `F.relu` and `practice/lesson_NN.py`"
    assert paths(text) == ["ops/", "core/tape.py", "atomic.py"]


def test_the_reading_order_is_short() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    files = re.findall(r"^\d+\. `(fineopt/[\w/]+\.py)`", text, re.MULTILINE)
    lines = sum(len((ROOT / file).read_text(encoding="utf-8").splitlines()) for file in files)
    assert 6 <= len(files) <= 12
    assert lines <= 1500


@pytest.mark.parametrize("cause", [*CAUSES.values(), *FINDINGS.values()], ids=lambda one: one.code)
def test_each_cause_and_finding_of_an_audit_is_documented(cause: Cause) -> None:
    text = (ROOT / "docs" / "audit.md").read_text(encoding="utf-8")
    assert f"| `{cause.code}` | {cause.sentence} | {cause.remedy or '–'} |" in text
