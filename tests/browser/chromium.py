"""Find Chromium and run it headless."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC_APPLICATIONS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def find_chromium() -> str | None:
    """Return the Chromium in FINEOPT_CHROMIUM, or the first one that is installed."""
    named = os.environ.get("FINEOPT_CHROMIUM")
    if named:
        return shutil.which(named)
    found = (shutil.which(name) for name in NAMES)
    apps = (path for path in MAC_APPLICATIONS if Path(path).exists())
    return next((path for path in (*found, *apps) if path), None)


def why_no_chromium() -> str:
    """Return the message for a missing Chromium."""
    named = os.environ.get("FINEOPT_CHROMIUM")
    sought = f"FINEOPT_CHROMIUM={named}" if named else f"{', '.join(NAMES)} on PATH"
    return f"Chromium not found: looked for {sought}. On Debian: apt-get install chromium"


@contextmanager
def headless(executable: str) -> Iterator[Browser]:
    """Run Chromium within a `with` block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()
