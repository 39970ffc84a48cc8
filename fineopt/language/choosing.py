"""The language that a learner reads: by FINEOPT_LANG, else by the notebook's folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import PurePath
from typing import Any

__all__ = ["LANGUAGES", "language", "speaking"]

LANGUAGES = ("en", "zh")
_spoken: ContextVar[str | None] = ContextVar("_spoken", default=None)


def language() -> str:
    """Return the language to speak: `"en"` or `"zh"`.

    It is that of the environment variable FINEOPT_LANG, such as `zh` or `zh_CN.UTF-8`; without
    it, that of the folder the notebook is in, `en/` or `zh/`; otherwise English. A language
    without a table is English too. It is looked up at each call, so a change takes effect at once.

    >>> language()  # in neither folder
    'en'
    """
    if (spoken := _spoken.get()) is not None:
        return spoken
    chosen = os.environ.get("FINEOPT_LANG", "").strip()
    if chosen:
        return _of_locale(chosen)
    return next((folder for folder in _folders() if folder in LANGUAGES), "en")


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Speak a language meanwhile, `"en"` or `"zh"`, whatever the learner's.

    >>> with speaking("zh"):
    ...     language()
    'zh'
    """
    token = _spoken.set(code)
    try:
        yield
    finally:
        _spoken.reset(token)


def _of_locale(name: str) -> str:
    """Return the language of a locale name; `en` if there is no table for it."""
    code = name.lower().replace("-", "_").replace(".", "_").split("_")[0]
    return code if code in LANGUAGES else "en"


def _folders() -> Iterator[str]:
    """Yield the names of the folders that may contain the notebook, the most reliable first.

    A kernel starts in the folder of its notebook, under JupyterLab, nbclient (nbconvert), nbval,
    Voila, VS Code and JupyterLite alike; IPython remembers it, for code may leave it with `%cd`, or
    enter it, as in Colab. JupyterLab's JPY_SESSION_NAME and VS Code's `__vsc_ipynb_file__` are
    paths of the notebook. They come late: programs that a notebook starts inherit the former.
    """
    if isinstance(started := getattr(_shell(), "starting_dir", None), str):
        yield os.path.basename(started)
    with suppress(OSError):  # the folder was deleted
        yield os.path.basename(os.getcwd())
    main = sys.modules.get("__main__")
    for notebook in (os.environ.get("JPY_SESSION_NAME"), getattr(main, "__vsc_ipynb_file__", None)):
        if isinstance(notebook, str):
            yield PurePath(notebook.replace("\\", "/")).parent.name


def _shell() -> Any:
    """Return IPython's shell; None outside of it."""
    find = getattr(sys.modules.get("IPython.core.getipython"), "get_ipython", None)
    return find() if callable(find) else None
