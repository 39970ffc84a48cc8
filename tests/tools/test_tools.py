"""Tools that run the tests: repeatedly, on other Pythons, with or without PyTorch."""

from __future__ import annotations

import os
import subprocess
from importlib.metadata import requires
from pathlib import Path

import pytest

from tests.support import peers
from tools import pythons, soak


def test_oldest_pins_the_lower_bounds() -> None:
    pins = pythons.oldest(requires("fineopt") or ())
    assert {"numpy==2.0", "matplotlib==3.9"} < set(pins)
    assert {pin.split("==")[0] for pin in pins} >= {"ipywidgets", "jupyterlab", "pytest", "nbval"}
    assert not any(pin.startswith(("ruff", "mypy")) for pin in pins)


def test_a_python_is_found_by_its_version(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert pythons.find("3.12") is None
    shim = tmp_path / "python3.12"  # like pyenv's, if that version is not selected
    shim.write_text("#!/bin/sh\necho 'python3.12: command not found' >&2\nexit 127\n")
    shim.chmod(0o755)
    assert pythons.find("3.12") is None
    real = tmp_path / ".pyenv" / "versions" / "3.12.1" / "bin" / "python"
    real.parent.mkdir(parents=True)
    real.write_text("#!/bin/sh\necho 3.12\n")
    real.chmod(0o755)
    assert pythons.find("3.12") == str(real)
    shim.write_text("#!/bin/sh\necho 3.12\n")
    assert pythons.find("3.12") == "python3.12"


def test_a_python_is_chosen_beside_options_of_pytest() -> None:
    assert pythons.choose(["-k", "lr"]) == (pythons.VERSIONS, ["-k", "lr"])
    both = ["--python", "3.12", "-q", "--python=3.10", "--pyargs", "fineopt"]
    assert pythons.choose(both) == (["3.12", "3.10"], ["-q", "--pyargs", "fineopt"])
    with pytest.raises(SystemExit):
        pythons.choose(["--python", "2.7"])


@pytest.mark.parametrize(
    ("results", "fails"),
    [({}, True), ({"3.11": True}, False), ({"3.11": True, "3.13": False}, True)],
    ids=["none found", "all pass", "one fails"],
)
def test_skipped_pythons_and_failures_are_reported(
    results: dict[str, bool],
    fails: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(pythons, "find", lambda version: version if version in results else None)
    monkeypatch.setattr(pythons, "test", lambda python, *_: results[python])
    if fails:
        with pytest.raises(SystemExit):
            pythons.main([])
    else:
        pythons.main([])
    assert "Python 3.10: skipped (not found)" in capsys.readouterr().out


def test_soak_counts_failures_and_stops_the_busy_processes(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    started: list[subprocess.Popen[bytes]] = []

    class Noted(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, command: list[str], **rest: object) -> None:
            super().__init__(command, **rest)  # type: ignore[call-overload]
            if "while True: pass" in command:
                started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    with pytest.raises(SystemExit) as ended:
        soak.main(["2", "--version"])
    assert ended.value.code == 0
    with pytest.raises(SystemExit, match=r"failed in runs \[1\] of 1"):
        soak.main(["1", "there/is/no/such/test.py"])
    assert "soak: run 2 of 2" in capfd.readouterr().out
    assert len(started) == 2 * (os.cpu_count() or 1)
    assert all(process.poll() is not None for process in started)
    with pytest.raises(SystemExit, match="at least 1"):
        soak.main(["0"])


@pytest.mark.parametrize(
    ("ci", "no_wheel", "outcome", "says"),
    [
        ("true", None, pytest.fail.Exception, "torch is not installed"),
        ("", None, pytest.skip.Exception, "make torch"),
        ("true", "no wheel for it", pytest.skip.Exception, "no wheel for it"),
    ],
)
def test_without_torch_tests_fail_on_ci_and_are_skipped_elsewhere(
    ci: str,
    no_wheel: str | None,
    outcome: type[Exception],
    says: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(peers, "find_spec", lambda name: None)
    monkeypatch.setenv("CI", ci)
    monkeypatch.delenv(peers.NO_WHEEL, raising=False)
    if no_wheel:
        monkeypatch.setenv(peers.NO_WHEEL, no_wheel)
    with pytest.raises(outcome, match=says):
        peers.import_torch()
