"""The repository's address: pyproject.toml has it, and every other mention follows.

python -m tools.address                          print mentions of another address
python -m tools.address https://github.com/A/B   change the address everywhere
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from fineopt.files import write_file

ROOT = Path(__file__).resolve().parent.parent
FILES = ("*.toml", "*.md", "*.cff", "docs/**/*.md", "lessons/**/*.md", "lessons/**/*.ipynb")
DECLARED = re.compile(r'^Repository = "https://github\.com/([\w.-]+)/([\w.-]+)"$', re.MULTILINE)
# The repository itself, on Binder, and the site that GitHub Pages serves. Other repositories are
# linked on github.com too: there, only those with the same name are meant.
FORMS = (
    r"(?P<before>https://github\.com/){owner}(?P<between>/){name}(?![\w-])",
    r"(?P<before>https://mybinder\.org/v2/gh/)[\w.-]+(?P<between>/)[\w.-]+(?=/)",
    r"(?P<before>https://)[\w-]+(?P<between>\.github\.io/)[\w.-]+",
)


def declared(root: Path = ROOT) -> tuple[str, str]:
    """Return the owner and the name in pyproject.toml.

    Raises:
        ValueError: if there is no address.
    """
    found = DECLARED.search((root / "pyproject.toml").read_text(encoding="utf-8"))
    if not found:
        raise ValueError("pyproject.toml has no Repository of the form https://github.com/A/B")
    return found[1], found[2]


def replaced(text: str, old: tuple[str, str], new: tuple[str, str]) -> str:
    """Return a text with the new address in place of each mention.

    >>> replaced("https://me.github.io/it/lab https://github.com/you/it", ("me", "it"), ("a", "b"))
    'https://a.github.io/b/lab https://github.com/you/it'
    """
    for form in FORMS:
        pattern = form.replace("{owner}", re.escape(old[0])).replace("{name}", re.escape(old[1]))
        text = re.sub(pattern, rf"\g<before>{new[0]}\g<between>{new[1]}", text)
    return text


def mentioning(root: Path) -> Iterator[Path]:
    """Yield the files that may mention the address."""
    for pattern in FILES:
        yield from sorted(root.glob(pattern))


def _write(path: Path, content: bytes) -> None:
    write_file(path, lambda file: file.write(content))


def main(argv: Sequence[str]) -> None:
    """Report or change all mentions; exit with 1 if a mention differs."""
    old = new = declared(ROOT)
    if argv:
        found = re.fullmatch(r"https://github\.com/([\w.-]+)/([\w.-]+?)/?", argv[0])
        if not found:
            raise SystemExit(f"address: not of the form https://github.com/A/B: {argv[0]}")
        new = found[1], found[2]
    differing = []
    for path in mentioning(ROOT):
        text = path.read_text(encoding="utf-8")
        if (changed := replaced(text, old, new)) != text:
            differing.append(path)
            if argv:
                _write(path, changed.encode())
    for path in differing:
        print(f"{path.relative_to(ROOT)}: {'changed' if argv else 'has another address'}")
    raise SystemExit(bool(differing) and not argv)


if __name__ == "__main__":
    main(sys.argv[1:])
