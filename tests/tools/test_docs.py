"""The documentation: broken links are found, and the reference has every public name."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from pathlib import Path

import pytest

from tools.docs.api import public_names, write_pages
from tools.docs.links import broken_links

HEAD = '<h1 id="top">A</h1>'


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        ('<a href="b.html#here">', None),
        ('<a href="#top">', None),
        ('<a href="folder/">', None),
        ('<a href="lab/index.html?path=x.ipynb">', None),
        ('<a href="https://example.org/">', None),
        ('<img src="data:image/png;base64,AA">', None),
        ('<a href="c.html">', "no such file"),
        ('<a href="../../outside.html">', "no such file"),
        ('<a href="b.html#there">', "no such anchor"),
        ('<script src="https://cdn.example.org/x.js"></script>', "loaded from another host"),
        ('<link rel="stylesheet" href="//cdn.example.org/x.css">', "loaded from another host"),
    ],
)
def test_a_broken_link_is_found(link: str, reason: str | None, tmp_path: Path) -> None:
    files = {
        "a.html": HEAD + link,
        "b.html": '<p id="here">',
        "folder/index.html": HEAD,
        "lab/index.html": '<a href="nowhere.html">',  # JupyterLite's own
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = broken_links(tmp_path)
    assert len(found) == (reason is not None)
    assert not found or found[0].endswith(str(reason))


def test_the_reference_has_every_public_name(tmp_path: Path) -> None:
    write_pages(tmp_path)
    for module, names in public_names().items():
        text = (tmp_path / f"{module}.rst").read_text(encoding="utf-8")
        for name in names:
            assert f"{module}.{name}" in text
    assert {"Tensor", "save"} <= set(public_names()["fineopt"])
    assert "cross_entropy" in public_names()["fineopt.functional.loss"]


# The engine's and the tools' own rooms: whatever is for users is a name of another module.
INTERNAL = {
    *(
        "atomic",
        "checks",
        "command",
        "files",
        "nested",
        "ops",
        "parallel",
        "serialization",
        "tensor",
    ),
    *("types", "wording"),
}


def test_each_module_that_declares_names_is_in_the_reference_or_internal() -> None:
    import fineopt

    found = {name for _, name, _ in pkgutil.iter_modules(fineopt.__path__)} - {"__main__"}
    declare = {name for name in found if getattr(import_module(f"fineopt.{name}"), "__all__", ())}
    described = {name.split(".")[1] for name in public_names() if name != "fineopt"}
    assert declare - described == INTERNAL
    assert {"load", "save", "watch"} <= set(public_names()["fineopt"])
    for module in described:
        own = import_module(f"fineopt.{module}").__all__
        inner = {name.split(".")[2] for name in public_names() if name.count(".") > 1}
        assert set(own) - inner <= set(public_names()[f"fineopt.{module}"])
