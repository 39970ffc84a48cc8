"""Configuration of Sphinx, which `make docs` runs for each language on a copy of its sources.

FINEOPT_LANG is the language. English pages are in the site's top folder, Chinese ones in zh/.
"""

from __future__ import annotations

from typing import Any

import sphinx.search
from sphinx.application import Sphinx
from sphinx.search.zh import SearchChinese

import fineopt
from fineopt.language import language as spoken
from tools.docs.pairs import SPLITTER, terms

project = "fineopt"
author = "the fineopt authors"
copyright = "the fineopt authors"
version = release = fineopt.__version__
language = {"en": "en", "zh": "zh_CN"}[spoken()]
locale_dirs = ["_locale"]

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx.ext.mathjax",
]
exclude_patterns = ["_build"]
templates_path = ["_templates"]
default_role = "py:obj"  # a name in single backquotes is a link where there is one, else code

nb_execution_mode = "off"  # the outputs are saved, and `make notebooks` checks them
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"show-inheritance": True}  # members: see tools/docs/api.py
napoleon_google_docstring = True
napoleon_numpy_docstring = False
autosummary_generate = False

html_theme = "furo"
html_title = "fineopt"
html_static_path = ["_static"]
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/language.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}
html_copy_source = False
html_show_sphinx = False
mathjax_path = "mathjax/tex-svg.js"  # a copy, from npm: a page asks no other host for anything
mathjax3_config = {
    "options": {
        # these would load further files
        "enableMenu": False,
        "enableExplorer": False,
        "enableSpeech": False,
        "enableBraille": False,
    },
}


class PairedChinese(SearchChinese):
    """Search in Chinese by pairs of characters."""

    language_name = "English"  # whose stemmer it has; Sphinx 9.0 names one that it lacks
    js_splitter_code = SPLITTER

    def split(self, input: str) -> list[str]:
        """Return the terms of a page."""
        words, pairs = terms(input)
        self.latin_terms.update(words)
        return words + pairs


def name_other_page(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Tell templates the same page in the other language; the lessons' overview is English only."""
    here = spoken()
    other = {"en": "zh", "zh": "en"}[here]
    target = page.replace(f"lessons/{here}/", f"lessons/{other}/")
    if page in ("lessons/README", "lessons/index"):
        target = "index"
    up = "../" * page.count("/")
    context["other_language"] = {"en": "en", "zh": "zh-CN"}[other]
    context["other_page"] = f"{up}{'zh/' if here == 'en' else '../'}{target}.html"


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    sphinx.search.languages["zh"] = PairedChinese
    app.connect("html-page-context", name_other_page)
