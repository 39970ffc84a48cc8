"""`make lab`: the choice of Python, and the arguments of JupyterLab."""

from __future__ import annotations

import os
import subprocess
import sys
import webbrowser
from pathlib import Path

import pytest

from fineopt.command.lab import CONNECTION, can_open_browser, lab_arguments

REPOSITORY = Path(__file__).parents[2]
PYTHON_SH = REPOSITORY / "tools" / "python.sh"


def python_sh(*args: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PATH": str(path) if path else os.environ["PATH"]}
    return subprocess.run(
        ["/bin/sh", PYTHON_SH, *args], env=env, capture_output=True, text=True, check=False
    )


def fake_python(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_the_url_opens_the_lesson(tmp_path: Path) -> None:
    arguments = lab_arguments(
        "lessons/en/01 a.ipynb", ["--port", "9"], root=False, browser=True, folder=tmp_path
    )
    assert "--LabApp.default_url=/lab/tree/lessons/en/01%20a.ipynb" in arguments
    assert f"--ServerApp.root_dir={tmp_path}" in arguments
    assert CONNECTION in arguments
    assert arguments[-2:] == ["--port", "9"]
    assert "--allow-root" not in arguments
    assert "--no-browser" not in arguments


def test_root_is_allowed_only_for_root(tmp_path: Path) -> None:
    arguments = lab_arguments("a.ipynb", root=True, browser=False, folder=tmp_path)
    assert {"--allow-root", "--no-browser"} <= set(arguments)


def test_no_browser_without_a_display() -> None:
    assert not can_open_browser({}, "linux")


def test_no_text_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webbrowser, "get", lambda: webbrowser.GenericBrowser("/usr/bin/w3m"))
    assert not can_open_browser({"DISPLAY": ":0"}, "linux")
    assert can_open_browser({"BROWSER": "w3m"}, "linux")


def test_a_browser_if_a_window_can_be_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webbrowser, "get", lambda: webbrowser.BackgroundBrowser("xdg-open"))
    assert can_open_browser({"WAYLAND_DISPLAY": "wayland-0"}, "linux")


def test_a_display_but_no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    def get() -> None:
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "get", get)
    assert not can_open_browser({"DISPLAY": ":0"}, "linux")


def test_python_is_overridden_by_name(tmp_path: Path) -> None:
    directory = tmp_path / "a directory"
    directory.mkdir()
    named = fake_python(directory / "python", "exit 0")
    assert python_sh("--find", str(named)).stdout.strip() == str(named)


def test_a_missing_python_is_reported(tmp_path: Path) -> None:
    found = python_sh("--find", path=tmp_path)
    assert found.returncode == 1
    assert "no Python 3.10 to 3.13 found on PATH" in found.stderr


def test_an_unsupported_python_is_rejected(tmp_path: Path) -> None:
    old = fake_python(tmp_path / "python3", "exit 1")
    found = python_sh("--find", str(old))
    assert found.returncode == 1
    assert f"PYTHON={old} is not a working Python 3.10 to 3.13" in found.stderr


def test_a_python_without_venv_names_the_package_to_install(tmp_path: Path) -> None:
    fake_python(tmp_path / "python3", 'case "$2" in *ensurepip*) exit 1 ;; esac')
    found = python_sh("--find", path=tmp_path)
    assert found.returncode == 1
    assert "apt-get install python3-venv" in found.stderr


def test_a_moved_environment_is_stale(tmp_path: Path) -> None:
    venv = tmp_path / ".venv"
    (venv / "bin").mkdir(parents=True)
    assert python_sh("--stale", str(venv)).stdout.strip() == "not created yet"
    (venv / ".home").write_text("/elsewhere\n")
    assert python_sh("--stale", str(venv)).stdout.strip() == "created for another directory"
    (venv / ".home").write_text(f"{Path.cwd().resolve()}\n")
    assert python_sh("--stale", str(venv)).stdout.strip() == "its Python no longer works"
    (venv / "bin" / "python").symlink_to(sys.executable)
    assert python_sh("--stale", str(venv)).stdout.strip() == ""
