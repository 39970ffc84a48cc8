"""Configuration of Sphinx, which `make docs` runs on a copy of this folder with all sources."""

from __future__ import annotations

import fineopt

project = "fineopt"
author = "the fineopt authors"
copyright = "the fineopt authors"
version = release = fineopt.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx.ext.mathjax",
]
exclude_patterns = ["_build"]
templates_path: list[str] = []
default_role = "py:obj"  # a name in single backquotes is a link where there is one, else code

nb_execution_mode = "off"  # the outputs are saved, and `make notebooks` checks them
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True, "show-inheritance": True}
napoleon_google_docstring = True
napoleon_numpy_docstring = False
autosummary_generate = False

html_theme = "furo"
html_title = "fineopt"
html_static_path = ["_static"]
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
