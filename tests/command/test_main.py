"""The command `fineopt`: its arguments, its exit status, and what it asks JupyterLab for."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from fineopt.command import lab, main, requirements
from fineopt.command.lab import CONFIG, lab_environment
from fineopt.command.lessons import shipped
from fineopt.command.requirements import Requirement, declared, missing, provide

BUSY_ICON = "@jupyterlab/application-extension:faviconbusy"
ABSENT = Requirement("a-package-that-is-not-there", "1.0")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], dict[str, str]]]:
    """The commands that would replace this process."""
    calls: list[tuple[list[str], dict[str, str]]] = []
    monkeypatch.setattr(os, "execve", lambda path, argv, env: calls.append((argv, env)))
    return calls


def test_lab_copies_the_lessons_and_opens_the_index(
    opened: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["lab", "--port", "9999"]) == 0
    assert main(["lab", "here", "--no-browser"]) == 0
    (first, environment), (second, _) = opened
    assert f"--ServerApp.root_dir={tmp_path / 'fineopt-lessons'}" in first
    assert "--LabApp.default_url=/lab/tree/index.ipynb" in first
    assert first[-2:] == ["--port", "9999"]
    assert f"--ServerApp.root_dir={tmp_path / 'here'}" in second
    assert str(CONFIG) in environment["JUPYTER_CONFIG_PATH"]
    assert (tmp_path / "here" / "zh").is_dir()


def test_our_defaults_come_after_the_user_s_own_settings() -> None:
    environment = lab_environment({"JUPYTER_CONFIG_PATH": "/mine", "JUPYTER_CONFIG_DIR": "/home"})
    assert environment["JUPYTER_CONFIG_PATH"].split(os.pathsep) == ["/mine", "/home", str(CONFIG)]
    read = {file.stem: json.loads(file.read_text()) for file in CONFIG.glob("labconfig/*.json")}
    assert read.keys() == {"default_setting_overrides", "page_config"}
    settings = read["default_setting_overrides"]["@jupyterlab/apputils-extension:notification"]
    assert settings == {"fetchNews": "false", "checkForUpdates": False}


@pytest.mark.parametrize("variable", ["JUPYTER_CONFIG_DIR", "JUPYTER_CONFIG_PATH"])
@pytest.mark.parametrize("mine", [None, False])
def test_the_tab_s_icon_stays_while_the_kernel_is_busy_unless_the_user_wants_it_to_change(
    mine: bool | None, variable: str, tmp_path: Path
) -> None:
    config = pytest.importorskip("jupyterlab_server.config")
    (tmp_path / "labconfig").mkdir()
    if mine is not None:
        own = json.dumps({"disabledExtensions": {BUSY_ICON: mine}})
        (tmp_path / "labconfig" / "page_config.json").write_text(own)
    with patch.dict(os.environ, lab_environment({variable: str(tmp_path)})):
        disabled = config.get_page_config([])["disabledExtensions"]
    assert (BUSY_ICON in disabled) == (mine is None)


def test_a_missing_notebook_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no such notebook"):
        lab.open_lab(tmp_path, "index.ipynb")


@pytest.mark.parametrize(
    "argv", [[], ["lob"], ["doctor", "--port", "3"], ["lab", "--copy-only", "a", "b"]], ids=str
)
def test_wrong_arguments_end_with_2(argv: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(argv)
    assert ended.value.code == 2


def test_an_error_is_one_line_and_ends_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert main(["lab", str(tmp_path / "file"), "--copy-only"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("fineopt: ")
    assert "Traceback" not in error


def test_doctor_describes_this_installation() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "fineopt", "doctor"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    for label in ("fineopt", "Python", "numpy", "BLAS", "threads", "figures", "panels", "lessons"):
        assert f"\n{label} " in f"\n{done.stdout}"
    notebooks = sum(name.endswith(".ipynb") for name in shipped())
    assert f"{notebooks} notebooks" in done.stdout


@pytest.mark.parametrize(
    ("least", "installed", "enough"),
    [
        ("2.0", "2.0.0", True),
        ("2.0", "2.1rc1", True),
        ("4.10", "4.9.9", False),
        ("8", None, False),
        ("1.0", "unknown", False),
    ],
)
def test_versions_are_compared_by_number(least: str, installed: str | None, enough: bool) -> None:
    assert Requirement("x", least).is_met_by(installed) == enough


def test_requirements_are_read_from_the_metadata() -> None:
    texts = ["numpy>=2.0", "anywidget>=0.9.13; extra == 'lab'", 'ruff<1,>=0.1; extra == "test"']
    assert declared(None, texts) == [Requirement("numpy", "2.0")]
    assert declared("lab", texts) == [Requirement("anywidget", "0.9.13")]
    assert missing("lab") == []


@pytest.mark.parametrize("answer", ["n\n", "no\n", "later\n"])
def test_nothing_is_installed_if_the_answer_is_no(
    answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = io.StringIO(answer)
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)
    monkeypatch.setattr(requirements, "missing", lambda extra: [ABSENT])
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("it was installed"))
    with pytest.raises(RuntimeError, match="nothing was installed"):
        provide("lab")


def test_what_cannot_be_installed_is_said_with_the_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ran: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        ran.append(command)
        return subprocess.CompletedProcess(command, 1)

    monkeypatch.setattr(sys, "stdin", io.StringIO())  # no terminal: it does not ask
    monkeypatch.setattr(requirements, "missing", lambda extra: [ABSENT])
    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(RuntimeError, match=r"pip install 'a-package-that-is-not-there>=1\.0'"):
        provide("lab")
    assert ran[0][:4] == [sys.executable, "-m", "pip", "install"]
