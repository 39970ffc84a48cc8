"""The environment of tests and lessons: the same whatever the user's shell and settings say.

`shield` is called once, before NumPy and matplotlib are imported: by conftest.py, and by
`tools.execute_lessons`. All that is started from there, kernels and servers, inherits from it.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

__all__ = ["chosen", "jupyter_directories", "on_ci", "shield"]

# Of these families nothing is inherited: they move settings, print more or less, or warn.
FAMILIES = (
    "JUPYTER",
    "JPY_",
    "IPYTHON",
    "MPL",
    "MATPLOTLIB",
    "PYTHON",
    "PYDEVD_",
    "OPENBLAS_",
    "GOTO_",
    "OMP_",
    "MKL_",
    "KMP_",
    "BLIS_",
    "VECLIB_",
    "NPY_",
    "NUMPY_",
    "TORCH_",
    "HYPOTHESIS_",
    "TQDM_",
    "LC_",
)
# COLUMNS and LINES wrap output, PWDEBUG pauses the browser, and git hooks set GIT_*.
NAMES = (
    "LANG",
    "LANGUAGE",
    "TZ",
    "COLUMNS",
    "LINES",
    "PWDEBUG",
    "NODE_OPTIONS",
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
)
# Whoever runs pytest beside an installed fineopt names the other with PYTHONPATH.
KEPT = ("PYTHONPATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE")

SET = {
    # Small matrix products on every core get in each other's way; lessons run with one thread.
    "OPENBLAS_NUM_THREADS": "1",
    # ipykernel's debugger warns on stderr of frozen modules, in the middle of a cell's output.
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    # The kernel of this environment goes before any that is installed for the user.
    "JUPYTER_PREFER_ENV_PATH": "1",
    "JUPYTER_PLATFORM_DIRS": "1",
    "PYTHONUTF8": "1",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
}
HOME = "FINEOPT_TEST_HOME"  # where the directories are, for processes started from the first

# matplotlib reads a matplotlibrc in the working directory, and nothing can forbid it that.
STARTUP = "import matplotlib\n\nmatplotlib.rcdefaults()\n"


def shield() -> None:
    """Make this process's environment ours: for itself and for all that it starts."""
    home = os.environ.get(HOME)
    if home is None or not Path(home).is_dir():
        home = tempfile.mkdtemp(prefix="fineopt-")
        atexit.register(_remove, Path(home), os.getpid())
        environment = chosen(os.environ, Path(home))
        _fill(Path(home), environment)
        os.environ.clear()
        os.environ.update(environment)
    if hasattr(time, "tzset"):
        time.tzset()


def chosen(environ: Mapping[str, str], home: Path) -> dict[str, str]:
    """Return what is kept of an environment, and what is set, with directories in `home`.

    >>> environ = {"PATH": "/bin", "MPLBACKEND": "pdf", "LC_NUMERIC": "de_DE"}
    >>> kept = chosen(environ, Path("/tmp/home"))
    >>> kept["PATH"], kept["LC_ALL"], "MPLBACKEND" in kept, "LC_NUMERIC" in kept
    ('/bin', 'C.UTF-8', False, False)
    """
    kept = {
        name: value
        for name, value in environ.items()
        if name in KEPT or not (name.startswith(FAMILIES) or name in NAMES)
    }
    directories = {"IPYTHONDIR": home / "ipython", "MPLCONFIGDIR": home / "matplotlib"}
    ours = {name: str(path) for name, path in directories.items()}
    return kept | SET | ours | jupyter_directories(home) | {HOME: str(home)}


def jupyter_directories(home: Path) -> dict[str, str]:
    """Return the variables that keep all of Jupyter's files in `home`."""
    return {
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
    }


def on_ci() -> bool:
    """Return whether CI is set: then nothing is skipped for want of a browser or of torch."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def _fill(home: Path, environment: Mapping[str, str]) -> None:
    """Make what kernels find there: matplotlib's defaults, and the fonts that it has found.

    A kernel that looks for fonts itself may say so on stderr, in a cell's output.
    """
    startup = home / "ipython" / "profile_default" / "startup" / "defaults.py"
    startup.parent.mkdir(parents=True)
    startup.write_text(STARTUP, encoding="utf-8")
    (home / "matplotlib").mkdir()
    command = [sys.executable, "-c", "import matplotlib.font_manager"]
    subprocess.run(command, env=dict(environment), check=False, capture_output=True, cwd=home)


def _remove(home: Path, owner: int) -> None:
    if os.getpid() == owner:  # a forked process leaves it
        shutil.rmtree(home, ignore_errors=True)
