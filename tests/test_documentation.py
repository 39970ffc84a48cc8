"""What the documentation names is there, and its reading order stays readable."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fineopt.audit import CAUSES, FINDINGS, Cause
from fineopt.language import table

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("docs/**/*.md"), *ROOT.glob("*.md")])
PLACES = [ROOT, ROOT / "fineopt"]


OLD = ("changelog.md", "contributing.md")  # name what was, and parts of paths


def paths(text: str) -> list[str]:
    """Files and folders in backquotes, without those that stand for several."""
    found = re.findall(r"`((?:[\w.-]+/)+[\w.-]*|[\w-]+\.(?:py|md|toml))`", text)
    return [path for path in found if "NN" not in path]


def shape(text: str) -> list[str]:
    """How headings and entries of a list follow each other."""
    return re.findall(r"^(?:#+|-|\d+\.)(?= )", text, re.MULTILINE)


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if page.name.lower() not in OLD],
    ids=lambda page: page.relative_to(ROOT).as_posix(),
)
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
    chinese = (ROOT / "docs" / "zh" / "audit.md").read_text(encoding="utf-8")
    remedy = table()[cause.remedy] if cause.remedy else "–"
    assert f"| `{cause.code}` | {table()[cause.sentence]} | {remedy} |" in chinese


@pytest.mark.parametrize("name", ["CHANGELOG.md", "CONTRIBUTING.md"])
def test_each_entry_has_its_chinese(name: str) -> None:
    english = (ROOT / name).read_text(encoding="utf-8")
    chinese = (ROOT / "docs" / "zh" / name.lower()).read_text(encoding="utf-8")
    assert shape(chinese) == shape(english), f"docs/zh/{name.lower()} is not {name} in Chinese"


LINK = re.compile(r"\]\(([^()\s#:]+)(?:#[^()\s]*)?\)")
MADE = {"api/index.rst"}  # pages that `make docs` writes


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_each_link_leads_to_a_file(page: Path) -> None:
    text = re.sub(r"```.*?```|`[^`]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = {link for link in LINK.findall(text) if link not in MADE}
    assert not {link for link in links if not (page.parent / link).exists()}
