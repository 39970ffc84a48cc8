"""What the installation is, whether it works, and what to do where it does not."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from ..parallel import one_blas_thread, thread_count
from .lessons import shipped
from .requirements import declared, missing, remedy

__all__ = ["doctor"]

INTERPRETER_ENDED = "-c", "import matplotlib.figure, matplotlib.backends.backend_agg"


class Report:
    """Lines of the report, and whether something does not work."""

    def __init__(self) -> None:
        self.failed = False

    def add(self, label: str, text: str, todo: str = "") -> None:
        """Print a line, and below it what to do, if anything."""
        print(f"{label:<13} {text}")
        if todo:
            print(f"{'':<13} to do: {todo}")

    def fail(self, label: str, text: str, todo: str) -> None:
        """Print a line about something that does not work."""
        self.failed = True
        self.add(label, text, todo)


def doctor() -> int:
    """Print versions, BLAS, threads and whether widgets work; return 1 if something does not."""
    report = Report()
    for label, examine in CHECKS.items():
        try:
            examine(report)
        except Exception as error:  # a broken installation raises anything; the rest still counts
            again = "create a new environment, and pip install fineopt there"
            report.fail(label, f"{type(error).__name__}: {error}", again)
    print("\nSomething does not work." if report.failed else "\nWhat is installed works.")
    return int(report.failed)


def _versions(report: Report) -> None:
    where = Path(__file__).resolve().parent.parent
    report.add("fineopt", f"{sys.modules['fineopt'].__version__} in {where}")
    report.add("Python", f"{platform.python_version()}, {platform.platform()}, {sys.executable}")


def _packages(report: Report) -> None:
    for need in declared():
        found = need.installed
        if need.is_met_by(found):
            report.add(need.name, str(found))
        else:
            state = "not installed" if found is None else f"{found}, which is too old"
            report.fail(need.name, state, remedy([need]))


def _blas(report: Report) -> None:
    config = np.show_config(mode="dicts")
    known = config.get("Build Dependencies", {}).get("blas", {}) if config else {}
    text = f"{known.get('name', 'unknown')} {known.get('version', '')}".strip()
    report.add("BLAS", text)


def _threads(report: Report) -> None:
    threads, cores = thread_count(), len(_cores())
    used = f"{threads or 1} of BLAS, {cores} CPU cores"
    with one_blas_thread:
        report.add("threads", f"{used}; panels train with {thread_count() or 1}")
    if threads is None and not find_spec("threadpoolctl"):
        report.add("", "", "pip install threadpoolctl, to use several threads")


def _cores() -> set[int]:
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))


def _lessons(report: Report) -> None:
    report.add("lessons", f"{sum(name.endswith('.ipynb') for name in shipped())} notebooks")


def _drawing(report: Report) -> None:
    done = subprocess.run([sys.executable, *INTERPRETER_ENDED], capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it ended without a message"])[-1]
        report.fail("figures", last, "pip install --force-reinstall matplotlib")
    else:
        report.add("figures", "work")


def _widgets(report: Report) -> None:
    needs = missing("lab")
    if needs:
        names = ", ".join(map(str, needs))
        report.add("panels", f"not available without {names}", remedy(needs))
        return
    versions = ", ".join(f"{need.name} {need.installed}" for need in declared("lab"))
    failed = _cannot_show() or _lacks_frontend()
    if failed:
        report.fail("panels", *failed)
    else:
        report.add("panels", f"work in JupyterLab ({versions})")


def _cannot_show() -> tuple[str, str] | None:
    """Create a panel in a new interpreter; return the error and what to do."""
    code = "from fineopt.widgets import LandscapePanel; LandscapePanel()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    if not done.returncode:
        return None
    last = (done.stderr.strip().splitlines() or ["it ended without a message"])[-1]
    return last, "pip install --force-reinstall ipywidgets anywidget"


def _lacks_frontend() -> tuple[str, str] | None:
    """Return which half of the widgets JupyterLab lacks in the browser, and what to do."""
    from jupyter_core.paths import jupyter_path

    places = [Path(place) for place in jupyter_path("labextensions")]
    for name, package in (
        ("@jupyter-widgets/jupyterlab-manager", "jupyterlab_widgets"),
        ("anywidget", "anywidget"),
    ):
        files = [place / name / "package.json" for place in places]
        found = [json.loads(file.read_bytes()) for file in files if file.is_file()]
        if not found:
            todo = f"pip install --force-reinstall {package}, and reload the page"
            return f"JupyterLab has no extension {name}", todo
    return None


def _torch(report: Report) -> None:
    needs = declared("torch")
    installed = [need for need in needs if need.installed]
    for need in installed:
        report.add(need.name, str(need.installed))
    if not installed:
        what = "not installed: lesson 06 and PyTorch models that you watch or audit need it"
        report.add("torch", f"{what} (pip install 'fineopt[torch]')")


CHECKS: dict[str, Callable[[Report], None]] = {
    "versions": _versions,
    "packages": _packages,
    "BLAS": _blas,
    "threads": _threads,
    "lessons": _lessons,
    "figures": _drawing,
    "panels": _widgets,
    "torch": _torch,
}
