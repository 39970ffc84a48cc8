"""Which language is spoken: FINEOPT_LANG, else the notebook's folder, else English."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType

import nbformat
import pytest
from nbclient import NotebookClient

from fineopt.language import language, say

NAME = "{name} is in no param group, so it would never move."


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("FINEOPT_LANG", raising=False)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("value", "spoken"), [
    ("zh", "zh"), ("zh_CN.UTF-8", "zh"), ("zh-Hans", "zh"), ("ZH", "zh"), (" zh ", "zh"),
    ("en", "en"), ("en_GB", "en"), ("fr", "en"), ("zhuang", "en"), ("C.UTF-8", "en"),
])  # fmt: skip
@pytest.mark.parametrize("folder", ["en", "zh", "other"])
def test_the_variable_wins_over_the_folder(
    value: str, spoken: str, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path / folder)
    monkeypatch.setenv("FINEOPT_LANG", value)
    assert language() == spoken


@pytest.mark.parametrize(
    ("folder", "session", "vscode", "spoken"),
    [
        ("zh", None, None, "zh"),
        ("en", None, None, "en"),
        ("other", None, None, "en"),
        ("zh", "/home/me/lessons/en/00.ipynb", None, "zh"),  # inherited from another notebook
        ("en", "/home/me/lessons/zh/00.ipynb", None, "en"),
        ("other", "/home/me/lessons/zh/00.ipynb", None, "zh"),  # after os.chdir
        ("other", "lessons/zh/00.ipynb", None, "zh"),
        ("other", "C:\\lessons\\zh\\00.ipynb", None, "zh"),
        ("other", "zh.ipynb", None, "en"),
        ("other", "zh/mine/00.ipynb", None, "en"),
        ("other", None, "/home/me/lessons/zh/00.ipynb", "zh"),
        ("other", None, 3, "en"),
    ],
)
@pytest.mark.parametrize("variable", [None, "", "  "])
def test_the_folder_of_the_notebook_is_found(
    folder: str,
    session: str | None,
    vscode: object,
    spoken: str,
    variable: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path / folder)
    if variable is not None:
        monkeypatch.setenv("FINEOPT_LANG", variable)
    if session is not None:
        monkeypatch.setenv("JPY_SESSION_NAME", session)
    if vscode is not None:
        monkeypatch.setattr(sys.modules["__main__"], "__vsc_ipynb_file__", vscode, raising=False)
    assert language() == spoken


def test_a_deleted_folder_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "zh").mkdir()
    monkeypatch.chdir(tmp_path / "zh")
    (tmp_path / "zh").rmdir()
    assert language() == "en"


def test_a_change_takes_effect_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    english = say(NAME, name="fc1.bias")
    monkeypatch.setenv("FINEOPT_LANG", "zh")
    chinese = say(NAME, name="fc1.bias")
    monkeypatch.setenv("FINEOPT_LANG", "en")
    assert (
        english
        == say(NAME, name="fc1.bias")
        == "fc1.bias is in no param group, so it would never move."
    )
    assert chinese == "fc1.bias 不在任何参数组中，因此永远不会更新。"


@pytest.mark.parametrize(
    ("folder", "cd", "spoken"),
    [
        ("en", ".", "en"),
        ("zh", ".", "zh"),
        ("notebooks", ".", "en"),
        ("zh", "..", "zh"),
        ("zh", "../en", "zh"),
        ("en", "../zh", "en"),
        ("notebooks", "../zh", "zh"),
    ],
)
def test_a_notebook_executed_without_a_server_speaks_its_folder_s_language(
    folder: str, cd: str, spoken: str, tmp_path: Path
) -> None:
    """As nbconvert, nbval and tools.execute_lessons run it."""
    for name in ("en", "zh", "notebooks"):
        (tmp_path / name).mkdir()
    code = f"%cd -q {cd}\nfrom fineopt.language import language\nprint(language())"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    metadata = {"metadata": {"path": str(tmp_path / folder)}}
    path = os.pathsep.join([str(Path(__file__).parent.parent.parent), *sys.path])
    environment = {**os.environ, "PYTHONPATH": path}
    NotebookClient(notebook, timeout=60, kernel_name="python3", resources=metadata).execute(
        env=environment
    )
    assert notebook.cells[0].outputs[0].text == f"{spoken}\n"
