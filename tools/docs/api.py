"""Pages of the API reference: one for each public module, with each public name.

Docstrings are English. The Chinese reference has Chinese titles, labels and a summary of each
module, from docs/zh/modules.json.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from fineopt.files import write_file

__all__ = ["public_names", "write_pages"]

# In the order of the reference; modules that these name in __all__ follow them. The names of
# fineopt.tensor are those of fineopt, which also has a function of that name.
MODULES = (
    "fineopt",
    "fineopt.autodiff",
    "fineopt.functional",
    "fineopt.module",
    "fineopt.models",
    "fineopt.optimizer",
    "fineopt.data",
    "fineopt.random",
    "fineopt.training",
    "fineopt.recorder",
    "fineopt.timeline",
    "fineopt.audit",
    "fineopt.scenes",
    "fineopt.figures",
    "fineopt.control",
    "fineopt.widgets",
    "fineopt.watching",
    "fineopt.landscape",
    "fineopt.practice",
    "fineopt.language",
    "fineopt.errors",
)

ROOT = Path(__file__).resolve().parent.parent.parent
HEADS = {
    "en": ("API reference", "Every public name, by module."),
    "zh": (
        "API 参考",
        "按模块列出所有公开的名称。标题、标签和各模块的简介是中文；名称下面的说明取自源代码的文档字符串，是英文。",
    ),
}


def public_names() -> dict[str, list[str]]:
    """Return the names in ``__all__`` of each public module, without modules, in order."""
    found: dict[str, list[str]] = {}
    for name in MODULES:
        for module in _with_inner(import_module(name)):
            found.setdefault(module.__name__, _names(module))
    return found


def _with_inner(module: ModuleType) -> Iterator[ModuleType]:
    yield module
    if module.__name__ == "fineopt":  # MODULES has its modules, in a better order
        return
    for name in module.__all__:
        inner = getattr(module, name)
        if inspect.ismodule(inner) and inner.__name__.startswith(module.__name__):
            yield from _with_inner(inner)


def _names(module: ModuleType) -> list[str]:
    hidden = (name for name in module.__all__ if not inspect.ismodule(getattr(module, name)))
    return [name for name in hidden if not name.startswith("__")]


def summaries(language: str) -> dict[str, str]:
    """Return one line on each public module, for languages that docstrings do not speak."""
    path = ROOT / "docs" / language / "modules.json"
    found: dict[str, str] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return found


def write_pages(folder: Path, language: str = "en") -> None:
    """Write the pages into a folder, with an index.

    A name that more than one module has is described where it occurs first, and linked elsewhere.
    """
    folder.mkdir(parents=True, exist_ok=True)
    places: dict[int, str] = {}
    modules, said = public_names(), summaries(language)
    for module, names in modules.items():
        text = _page(module, names, places, said.get(module, ""))
        _write(folder / f"{module}.rst", text)
    entries = "\n".join(f"   {_title(module, said)} <{module}>" for module in modules)
    title, words = HEADS[language]
    head = f"{title}\n{'=' * 2 * len(title)}\n\n{words}\n\n"
    _write(folder / "index.rst", f"{head}.. toctree::\n   :maxdepth: 1\n\n{entries}\n")


def _title(module: str, said: Mapping[str, str]) -> str:
    return f"{module}：{said[module]}" if module in said else module


def _page(module: str, names: list[str], places: dict[int, str], summary: str) -> str:
    lines = [module, "=" * len(module), ""]
    if summary:
        lines += [f"{summary}。", ""]
    lines += [f".. automodule:: {module}", ""]
    for name in names:
        value, full = getattr(import_module(module), name), f"{module}.{name}"
        first = places.setdefault(id(value), full) if _is_unique(value) else full
        if first != full:
            lines += [f"* ``{full}`` is :py:obj:`{first}`.", ""]
        else:
            lines += [*_entry(value, full), ""]
    return "\n".join(lines)


def _from_private_bases(value: type[Any]) -> list[str]:
    """Return the public names that a class has from bases of ours that no entry describes.

    `Trainer.step` is one. Those of panels serve the panels alone.
    """
    if value.__module__.startswith("fineopt.widgets"):
        return []
    above = value.__mro__[1:]
    described = [base for base in above if base in _described_classes()]
    bases = [
        base
        for base in above
        if base.__module__.startswith("fineopt.")
        and not any(issubclass(entry, base) for entry in described)
    ]
    found = dict.fromkeys(name for base in bases for name in vars(base))
    return [name for name in found if not name.startswith("_") and name not in vars(value)]


@cache
def _described_classes() -> set[type[Any]]:
    values = [
        getattr(import_module(module), name)
        for module, names in public_names().items()
        for name in names
    ]
    return {value for value in values if inspect.isclass(value)}


def _is_unique(value: Any) -> bool:
    return inspect.isclass(value) or callable(value)


def _entry(value: Any, full: str) -> list[str]:
    if inspect.isclass(value):
        kind = "exception" if issubclass(value, BaseException) else "class"
        inherited = _from_private_bases(value)
        own = [name for name in vars(value) if not name.startswith("_")]
        members = [*own, *inherited] if inherited else []  # of none, Sphinx takes its own
        return [f".. auto{kind}:: {full}", f"   :members: {', '.join(members)}".rstrip()]
    if inspect.isroutine(value):
        return [f".. autofunction:: {full}"]
    if isinstance(value, Mapping):
        text = f"A mapping with the keys {', '.join(f'``{key!r}``' for key in value)}."
    else:
        text = f"An object of the class `{type(value).__name__}`."
    return [f".. py:data:: {full}", "", f"   {text}"]


def _write(path: Path, text: str) -> None:
    write_file(path, lambda file: file.write(text.encode()))
