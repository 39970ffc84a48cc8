"""The sources of the documentation in each language, with links that lead where its pages are.

English pages are at the top of the site, Chinese ones in zh/. Links in the repository lead to its
files, so that they work where the repository is read; each is changed to where that file's page is.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from posixpath import dirname, join, normpath, relpath

from fineopt.files import write_file
from tools.address import declared

__all__ = ["HOMES", "gather", "home", "moved"]

ROOT = Path(__file__).resolve().parent.parent.parent
HOMES = {"en": ".", "zh": "zh"}  # where the pages of a language are in the site
TOP = ("CHANGELOG.md", "CONTRIBUTING.md")
TEXTS = (".md", ".ipynb")
WIDE = r"\u3000-\u9fff\uff00-\uffef"  # Chinese characters and punctuation
LINK = re.compile(
    r"(?P<shown>!?\[(?P<text>[^\[\]]*)\])\((?P<file>[^()\s#:]+)(?P<anchor>#[^()\s]*)?\)"
)


def home(path: str) -> tuple[str, str] | None:
    """Return the language of a file of the repository, and its place among that one's sources.

    Returns:
        None if it is not in the documentation.

    Examples:
        >>> home("docs/zh/how-to/freeze.md"), home("CHANGELOG.md")
        (('zh', 'how-to/freeze.md'), ('en', 'changelog.md'))
    """
    if path in TOP:
        return "en", path.lower()
    if path.startswith("docs/"):
        inner = path.removeprefix("docs/")
        return ("zh", inner.removeprefix("zh/")) if inner.startswith("zh/") else ("en", inner)
    if path.startswith("lessons/") and path.endswith(TEXTS):
        return ("zh" if path.startswith("lessons/zh/") else "en"), path
    return None


def moved(text: str, path: str) -> str:
    """Return the Markdown of a page, whose links lead to pages.

    Args:
        text: Markdown of a file of the repository.
        path: the file, whose page is in the documentation.
    """
    found = home(path)
    assert found is not None
    language, here = found

    def move(match: re.Match[str]) -> str:
        target = normpath(join(dirname(path), match["file"]))
        if not (ROOT / target).exists() and "/api/" not in target:  # a page that is generated
            return match[0]  # code, or a broken link, which Sphinx reports
        anchor, place = match["anchor"] or "", home(target)
        if place is None:
            owner, name = declared(ROOT)
            return f"{match['shown']}(https://github.com/{owner}/{name}/blob/HEAD/{target}{anchor})"
        if place[0] == language or place[1].startswith("_static/"):
            return f"{match['shown']}({relpath(place[1], dirname(here) or '.')}{anchor})"
        page = re.sub(r"\.\w+$", ".html", join(HOMES[place[0]], place[1]))
        address = relpath(page, join(HOMES[language], dirname(here)))
        return f'<a href="{address}{anchor}">{match["text"]}</a>'

    return LINK.sub(move, joined(text))


def joined(text: str) -> str:
    r"""Return Markdown without line breaks between Chinese characters, which a page would show.

    Examples:
        >>> joined("一行，\n又一行")
        '一行，又一行'
    """
    return re.sub(rf"(?<=[{WIDE}])\n *(?=[{WIDE}])", "", text)


def gather(language: str, folder: Path) -> None:
    """Copy all sources of a language into a folder, and what both have: the settings of Sphinx."""
    for path in _files():
        name = path.relative_to(ROOT).as_posix()
        place = home(name)
        if place is None or (place[0] != language and path.suffix in TEXTS):
            continue
        target = folder / place[1]
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".md":
            _write(target, moved(path.read_text(encoding="utf-8"), name))
        elif path.suffix == ".ipynb":
            _write(target, _moved_notebook(path.read_text(encoding="utf-8"), name))
        else:
            shutil.copyfile(path, target)


def _files() -> Iterator[Path]:
    """All files that may be in the documentation."""
    yield from (ROOT / name for name in TOP)
    for folder in ("docs", "lessons"):
        for path in sorted((ROOT / folder).rglob("*")):
            parts = path.relative_to(ROOT).parts
            if path.is_file() and not any(part.startswith((".", "__")) for part in parts):
                yield path


def _moved_notebook(text: str, path: str) -> str:
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = moved("".join(cell["source"]), path)
    return json.dumps(notebook, ensure_ascii=False)


def _write(path: Path, text: str) -> None:
    write_file(path, lambda file: file.write(text.encode()))
