"""JupyterLab, opened at a notebook.

It prints the notebook's URL, and opens it in a browser if a window can be shown: not on a server,
in a container, or over ssh without X forwarding.
"""

from __future__ import annotations

import os
import subprocess
import sys
import webbrowser
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

__all__ = ["CONNECTION", "can_open_browser", "lab_arguments", "lab_environment", "open_lab"]

TEXT_BROWSERS = {"www-browser", "links", "elinks", "lynx", "w3m"}
CONNECTION = (
    "--ServerApp.kernel_websocket_connection_class=fineopt.command.websockets.PromptConnection"
)
# No question about news, and no other icon of the browser's tab while the kernel is busy: a panel's
# page makes it busy four times a second, to say what it has painted, so the icon flickered, and was
# fetched from the server each time, at 0.9% of a run's steps on two processors (3 pairs of runs).
CONFIG = Path(__file__).resolve().parent / "jupyter"


def can_open_browser(environ: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Return whether a browser window can be opened; text browsers do not count."""
    if environ.get("BROWSER"):
        return True
    if platform.startswith("linux") and not (
        environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")
    ):
        return False
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return False
    return Path(getattr(browser, "name", "")).name not in TEXT_BROWSERS


def lab_arguments(
    notebook: str, extra: Sequence[str] = (), *, root: bool, browser: bool, folder: Path
) -> list[str]:
    """Return the arguments of JupyterLab; `extra` comes last and takes precedence."""
    arguments = [
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.default_url=/lab/tree/{quote(notebook)}",
        "--ServerApp.contents_manager_class=fineopt.command.contents.LessonManager",
        CONNECTION,
        # no request to anywhere but the server
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    if root:
        arguments.append("--allow-root")
    if not browser:
        arguments.append("--no-browser")
    return [*arguments, *extra]


def lab_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of JupyterLab: our defaults come after the user's own settings."""
    from jupyter_core.paths import jupyter_config_dir  # comes with JupyterLab

    paths = [path for path in environ.get("JUPYTER_CONFIG_PATH", "").split(os.pathsep) if path]
    # This variable has priority over the user's folder, unless that is in it, too.
    paths += [environ.get("JUPYTER_CONFIG_DIR") or jupyter_config_dir(), str(CONFIG)]
    return {**environ, "JUPYTER_CONFIG_PATH": os.pathsep.join(paths)}


def open_lab(folder: Path, notebook: str, extra: Sequence[str] = ()) -> None:
    """Replace this process by JupyterLab; on Windows, wait for it.

    Args:
        folder: the root of JupyterLab's files.
        notebook: the path of a notebook in it, with ``/``.
        extra: further arguments of JupyterLab.

    Raises:
        ValueError: if there is no such notebook.
    """
    folder = folder.resolve()
    if not (folder / notebook).is_file():
        raise ValueError(f"no such notebook: {folder / notebook}")
    arguments = lab_arguments(
        notebook,
        extra,
        root=hasattr(os, "geteuid") and os.geteuid() == 0,
        browser=can_open_browser(os.environ),
        folder=folder,
    )
    command = [sys.executable, "-m", "jupyterlab", *arguments]
    environment = lab_environment(os.environ)
    sys.stdout.flush()
    if os.name == "nt":  # execve there returns to the shell at once
        raise SystemExit(subprocess.run(command, env=environment, check=False).returncode)
    os.execve(sys.executable, command, environment)
