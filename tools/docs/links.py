"""Checks that each link of a built site leads to a page and an anchor that exist.

Links to other hosts are not followed, but nothing may be loaded from them.
"""

from __future__ import annotations

from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

__all__ = ["broken_links"]

LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}


class _Page(HTMLParser):
    """The anchors, links and loaded files of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value for name, value in attrs if value is not None}
        self.anchors.update(found[name] for name in ("id", "name") if name in found)
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        name = LOADED.get(tag)
        if name in found and found.get("rel") != "canonical":
            self.loaded.append(found[name])


@cache
def _read(path: Path) -> _Page:
    return _Page(path.read_text(encoding="utf-8"))


def broken_links(folder: Path, *, skip: str = "lab") -> list[str]:
    """Return the broken links of all pages, and what they load from other hosts.

    Args:
        folder: the site.
        skip: a folder in it whose pages are not read; it may be linked to.
    """
    folder = folder.resolve()
    broken = []
    for path in sorted(folder.rglob("*.html")):
        if path.relative_to(folder).parts[0] == skip:
            continue
        page, here = _read(path), path.relative_to(folder)
        for link in (*page.links, *page.loaded):
            if reason := _fault(link, path, folder, loaded=link in page.loaded):
                broken.append(f"{here}: {link}: {reason}")
    return broken


def _fault(link: str, path: Path, folder: Path, *, loaded: bool) -> str | None:
    parts = urlsplit(link)
    if parts.scheme == "data" or parts.scheme == "mailto":
        return None
    if parts.scheme or parts.netloc:
        return "loaded from another host" if loaded else None
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if target.is_dir():
        target /= "index.html"
    if not target.is_relative_to(folder) or not target.is_file():
        return "no such file"
    outside = target.suffix != ".html" or target.is_relative_to(folder / "lab")
    if parts.fragment and not outside and unquote(parts.fragment) not in _read(target).anchors:
        return "no such anchor"
    return None
