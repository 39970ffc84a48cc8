"""The table English -> Chinese."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

__all__ = ["parts", "table"]


@lru_cache
def table() -> Mapping[str, str]:
    """Return the Chinese of each English text, from the JSON files in `zh/`.

    >>> table()["Hint: {hint}"]
    '提示：{hint}'
    """
    return {english: chinese for part in parts().values() for english, chinese in part.items()}


def parts() -> dict[str, dict[str, str]]:
    """Return the table by file: each holds the texts of one part of the package."""
    found = sorted(files(__package__).joinpath("zh").iterdir(), key=lambda file: file.name)
    names = [file for file in found if file.name.endswith(".json")]
    return {file.name: json.loads(file.read_text(encoding="utf-8")) for file in names}
