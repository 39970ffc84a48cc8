"""A private JupyterLab with its own port, token, settings and temporary directories."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fineopt.command.lab import CONNECTION, lab_environment
from tools.environment import jupyter_directories

SETTINGS: Mapping[str, Mapping[str, Any]] = {
    # Render all cells, including those out of view, so that tests find them.
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
    # Disable the news prompt and the check for updates.
    "@jupyterlab/apputils-extension/notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
    "@jupyterlab/docmanager-extension/plugin": {"autosave": False},
}


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab serving the files in `root`."""

    url: str
    token: str
    root: Path
    home: Path

    def address(self, path: str) -> str:
        """Return the URL that opens a file in `root` in an empty workspace."""
        return f"{self.url}/lab/tree/{path}?token={self.token}&reset"

    def kernels(self) -> list[str]:
        """Return the ids of the running kernels."""
        return [kernel["id"] for kernel in json.loads(self._request("GET", "/api/kernels"))]

    def forget(self) -> None:
        """Shut down all kernels and restore the initial settings."""
        for kernel in self.kernels():
            self._request("DELETE", f"/api/kernels/{kernel}")
        _write_settings(self.home / "settings")

    def _request(self, method: str, path: str) -> bytes:
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(self.url + path, method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=60) as response:
            return bytes(response.read())


@contextmanager
def lab_server(root: Path, timeout: float = 120) -> Iterator[Lab]:
    """Run JupyterLab and kernels with this Python within a `with` block."""
    with tempfile.TemporaryDirectory(prefix="lab-", ignore_cleanup_errors=True) as directory:
        home = Path(directory)
        _write_settings(home / "settings")
        token, log = secrets.token_hex(16), home / "server.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                _command(root, token),
                env=lab_environment({**os.environ, **jupyter_directories(home)}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            url = _wait_until_up(process, home / "runtime", token, log, timeout)
            yield Lab(url, token, root, home)
        finally:
            _stop(process)


def _command(root: Path, token: str) -> list[str]:
    return [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--allow-root",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={_free_port()}",  # if it is taken meanwhile, the server tries another
        f"--ServerApp.root_dir={root}",
        "--ServerApp.terminals_enabled=False",
        CONNECTION,
        f"--IdentityProvider.token={token}",
        "--LabApp.expose_app_in_browser=True",
    ]


def _write_settings(directory: Path) -> None:
    shutil.rmtree(directory, ignore_errors=True)
    for name, values in SETTINGS.items():
        path = directory / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values), encoding="utf-8")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_until_up(
    process: subprocess.Popen[bytes], runtime: Path, token: str, log: Path, timeout: float
) -> str:
    """Return the URL of the server once it responds."""
    deadline = time.monotonic() + timeout
    info = runtime / f"jpserver-{process.pid}.json"
    while True:
        try:
            port = json.loads(info.read_text(encoding="utf-8"))["port"]
            url = f"http://127.0.0.1:{port}"
            urllib.request.urlopen(f"{url}/api/status?token={token}", timeout=2).close()
            return url
        except (OSError, ValueError) as error:
            if process.poll() is not None or time.monotonic() > deadline:
                tail = log.read_text(encoding="utf-8", errors="replace")[-3000:]
                raise RuntimeError(f"JupyterLab did not start:\n{tail}") from error
            time.sleep(0.1)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Terminate the server and its kernels; kill them after 15 seconds."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # a separate session, so no other processes
        process.wait()
