"""The documentation: broken links are found, and the reference has every public name."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from pathlib import Path

import pytest

from tools.docs.api import public_names, summaries, write_pages
from tools.docs.links import broken_links
from tools.docs.pairs import terms
from tools.docs.sources import HOMES, gather, home, moved

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
        "stream",
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


def test_an_entry_has_what_a_class_has_from_bases_without_an_entry(tmp_path: Path) -> None:
    write_pages(tmp_path)
    pages = {path.stem: path.read_text("utf-8") for path in tmp_path.glob("*.rst")}
    for module, name, members in [
        ("fineopt.training", "Trainer", {"run", "step", "evaluate", "restore", "reset"}),
        ("fineopt.recorder", "Record", {"start", "add_step", "end_epoch", "loss", "changes"}),
        ("fineopt", "Tensor", {"detach", "sum", "shape"}),
        ("fineopt.control", "TrainingController", {"again", "play", "pause"}),
    ]:
        _, _, after = pages[module].partition(f".. autoclass:: {module}.{name}\n   :members: ")
        assert members <= set(after.splitlines()[0].split(", ")), name
    assert ".. autoclass:: fineopt.optimizer.SGD\n   :members:\n" in pages["fineopt.optimizer"]


GITHUB = "https://github.com/fineopt/fineopt/blob/HEAD/"


@pytest.mark.parametrize(
    ("path", "link", "expected"),
    [
        # within a language
        ("docs/outgrow.md", "[a](pytorch.md)", "[a](pytorch.md)"),
        ("docs/outgrow.md", "[a](../lessons/README.md)", "[a](lessons/README.md)"),
        ("docs/how-to/freeze.md", "[a](../audit.md#causes)", "[a](../audit.md#causes)"),
        ("CHANGELOG.md", "[a](docs/audit.md)", "[a](audit.md)"),
        ("docs/architecture.md", "[a](../CONTRIBUTING.md)", "[a](contributing.md)"),
        ("docs/zh/index.md", "![a](../_static/run.gif)", "![a](_static/run.gif)"),
        ("docs/zh/index.md", "[a](api/index.rst)", "[a](api/index.rst)"),
        # to the other language, whose pages another run of Sphinx makes
        ("docs/index.md", "[a](zh/index.md)", '<a href="zh/index.html">a</a>'),
        ("docs/zh/how-to/freeze.md", "[a](../../audit.md)", '<a href="../../audit.html">a</a>'),
        (
            "lessons/zh/00-lenet-and-digits.ipynb",
            "[a](../README.md#b)",
            '<a href="../../../lessons/README.html#b">a</a>',
        ),
        # to a file that is no page, to another host, and no link
        ("docs/audit.md", "[a](../fineopt/audit/table.py)", f"[a]({GITHUB}fineopt/audit/table.py)"),
        ("lessons/README.md", "[a](zh/comments.json)", f"[a]({GITHUB}lessons/zh/comments.json)"),
        ("docs/audit.md", "[a](https://a.org/b.md)", "[a](https://a.org/b.md)"),
        ("docs/audit.md", "[a](#findings)", "[a](#findings)"),
        ("docs/audit.md", "`table[0](value)`", "`table[0](value)`"),
    ],
)
def test_links_lead_where_pages_are(path: str, link: str, expected: str) -> None:
    assert moved(f"x {link} y", path) == f"x {expected} y"


def test_a_file_that_is_no_page_has_no_home() -> None:
    assert home("fineopt/audit/table.py") is None
    assert home("lessons/zh/comments.json") is None


def test_both_languages_have_the_same_pages(tmp_path: Path) -> None:
    found = {}
    for language in HOMES:
        gather(language, tmp_path / language)
        write_pages(tmp_path / language / "api", language)
        pages = (
            path.relative_to(tmp_path / language) for path in tmp_path.rglob(f"{language}/**/*")
        )
        found[language] = {
            page.as_posix().replace(f"lessons/{language}/", "lessons/") for page in pages
        }
    # the overview of the lessons names those of both languages, and is in the English part
    overview = {"lessons/en", "lessons/zh", "lessons/README.md", "lessons/index.ipynb"}
    assert found["en"] - overview == found["zh"] - overview
    assert {"audit.md", "changelog.md", "api/index.rst", "conf.py"} <= found["zh"]


def test_each_public_module_has_a_chinese_summary() -> None:
    assert list(summaries("zh")) == list(public_names())
    assert not summaries("en")


def test_chinese_words_are_searched_by_pairs() -> None:
    assert terms("组的lr：学习速率 conv1.weight") == (
        ["lr", "conv1", "weight"],
        ["组的", "学习", "习速", "速率"],
    )
    assert terms("数 x") == (["x"], ["数"])
