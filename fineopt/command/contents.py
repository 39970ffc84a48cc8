"""JupyterLab's files, read so that opening a lesson does not mark it as changed.

When a kernel starts, JupyterLab writes the kernel's exact version of Python into the notebook, and
from then on asks whether to save it. The lessons name the language only, so that they are the same
for all; here the rest is added when a notebook is read, and the file is left alone.
"""

from __future__ import annotations

from typing import Any

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

__all__ = ["LessonManager", "complete"]


def complete(model: dict[str, Any]) -> dict[str, Any]:
    """Add what a kernel of this Python says about itself to the metadata of a Python notebook.

    >>> metadata = {"language_info": {"name": "python"}}
    >>> _ = complete({"type": "notebook", "content": {"metadata": metadata}})
    >>> metadata["language_info"]["file_extension"]
    '.py'
    """
    from ipykernel.ipkernel import IPythonKernel  # late: it loads what only a kernel needs

    if model.get("type") == "notebook" and model.get("content"):
        metadata = model["content"]["metadata"]
        if metadata.get("language_info", {}).get("name") == IPythonKernel.language_info["name"]:
            metadata["language_info"] = dict(IPythonKernel.language_info)
    return model


class LessonManager(AsyncLargeFileManager):
    """Files on disk, with the metadata of notebooks completed when they are read."""

    async def get(self, path: str, *args: Any, **options: Any) -> dict[str, Any]:
        """Return a file or folder, as the base class does."""
        return complete(await super().get(path, *args, **options))  # type: ignore[no-untyped-call]
