"""Reading a notebook in JupyterLab completes its metadata, and leaves the file alone."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ipykernel.ipkernel import IPythonKernel

from fineopt.command.contents import LessonManager, complete
from fineopt.command.lessons import copy_lessons


def test_a_lesson_is_read_with_what_the_kernel_will_say(tmp_path: Path) -> None:
    copy_lessons(tmp_path)
    before = (tmp_path / "index.ipynb").read_bytes()
    manager = LessonManager(root_dir=str(tmp_path))
    model = asyncio.run(manager.get("index.ipynb"))
    assert model["content"]["metadata"]["language_info"] == IPythonKernel.language_info
    assert (tmp_path / "index.ipynb").read_bytes() == before
    assert asyncio.run(manager.get("index.ipynb", content=False))["content"] is None
    assert asyncio.run(manager.get(""))["type"] == "directory"


def test_notebooks_of_other_languages_are_unchanged() -> None:
    metadata = {"language_info": {"name": "julia"}}
    complete({"type": "notebook", "content": {"metadata": metadata}})
    assert metadata == {"language_info": {"name": "julia"}}
    assert complete({"type": "notebook", "content": {"metadata": {}}})["content"]["metadata"] == {}
