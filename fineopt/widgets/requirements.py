"""Checks, before any panel is imported, that the packages which panels need are installed."""

from importlib.util import find_spec

_missing = [name for name in ("ipywidgets", "anywidget", "matplotlib") if find_spec(name) is None]
if _missing:
    raise ModuleNotFoundError(
        f"panels need {' and '.join(_missing)}, not installed here: pip install 'fineopt[lab]'",
        name=_missing[0],
    )
