"""Open JupyterLab at a lesson: `python tools/lab.py LESSON [JupyterLab arguments]`.

JupyterLab prints the URL of the lesson, and opens it in a browser if a window can be shown: not on
a server, in a container, or over ssh without X forwarding.
"""

from __future__ import annotations

import os
import sys
import webbrowser
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

TEXT_BROWSERS = {"www-browser", "links", "elinks", "lynx", "w3m"}


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
    lesson: str, extra: Sequence[str] = (), *, root: bool, browser: bool, directory: Path
) -> list[str]:
    """Return the arguments of JupyterLab; `extra` comes last and takes precedence."""
    arguments = [
        f"--ServerApp.root_dir={directory}",
        f"--LabApp.default_url=/lab/tree/{quote(lesson)}",
    ]
    if root:
        arguments.append("--allow-root")
    if not browser:
        arguments.append("--no-browser")
    return [*arguments, *extra]


def main(argv: Sequence[str]) -> None:
    """Replace this process by JupyterLab."""
    directory = Path(__file__).resolve().parent.parent
    lesson, *extra = argv
    if not (directory / lesson).is_file():
        raise SystemExit(f"fineopt: no such lesson: {lesson}")
    arguments = lab_arguments(
        lesson,
        extra,
        root=os.geteuid() == 0,
        browser=can_open_browser(os.environ),
        directory=directory,
    )
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", *arguments])


if __name__ == "__main__":
    main(sys.argv[1:])
