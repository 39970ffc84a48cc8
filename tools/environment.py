"""The environment of tests and lessons, independent of the user's shell and settings.

`shield` is called once, before NumPy and matplotlib are imported: by conftest.py, and by
`tools.execute_lessons`. Kernels and servers started from there inherit the environment.
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

__all__ = ["clean_environment", "jupyter_directories", "on_ci", "shield"]

# Prefixes of variables that are not inherited: they change settings or output, or cause warnings.
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
# FINEOPT_LANG changes the language of output, COLUMNS and LINES wrap it, PWDEBUG pauses the
# browser, and git hooks set GIT_*.
NAMES = (
    "FINEOPT_LANG",
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
# PYTHONPATH selects the source tree to test if another fineopt is installed.
KEPT = ("PYTHONPATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE")

SET = {
    # Small matrix products on all cores compete with each other; lessons run with one thread.
    "OPENBLAS_NUM_THREADS": "1",
    # ipykernel's debugger warns about frozen modules on stderr, in the output of a cell.
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    # Prefer the kernel of this environment to those installed for the user.
    "JUPYTER_PREFER_ENV_PATH": "1",
    "JUPYTER_PLATFORM_DIRS": "1",
    "PYTHONUTF8": "1",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
}
HOME = "FINEOPT_TEST_HOME"  # the directory, for child processes

# matplotlib always reads a matplotlibrc in the working directory, so its settings are reset.
STARTUP = "import matplotlib\n\nmatplotlib.rcdefaults()\n"


def shield() -> None:
    """Replace the environment of this process, and hence of its child processes."""
    home = os.environ.get(HOME)
    if home is None or not Path(home).is_dir():
        home = tempfile.mkdtemp(prefix="fineopt-")
        atexit.register(_remove, Path(home), os.getpid())
        environment = clean_environment(os.environ, Path(home))
        _fill(Path(home), environment)
        os.environ.clear()
        os.environ.update(environment)
    if hasattr(time, "tzset"):
        time.tzset()


def clean_environment(environ: Mapping[str, str], home: Path) -> dict[str, str]:
    """Return the variables that are kept from an environment, and those that are set.

    Args:
        environ: the environment.
        home: the directory of settings and caches.

    >>> environ = {"PATH": "/bin", "MPLBACKEND": "pdf", "LC_NUMERIC": "de_DE"}
    >>> kept = clean_environment(environ, Path("/tmp/home"))
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
    """Return the variables that place all files of Jupyter in `home`."""
    return {
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
    }


def on_ci() -> bool:
    """Return whether CI is set; tests are then not skipped if a browser or torch is missing."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def _fill(home: Path, environment: Mapping[str, str]) -> None:
    """Create a startup file that resets matplotlib, and matplotlib's font cache.

    A kernel that builds the font cache itself may report it on stderr, in the output of a cell.
    """
    startup = home / "ipython" / "profile_default" / "startup" / "defaults.py"
    startup.parent.mkdir(parents=True)
    startup.write_text(STARTUP, encoding="utf-8")
    (home / "matplotlib").mkdir()
    command = [sys.executable, "-c", "import matplotlib.font_manager"]
    subprocess.run(command, env=dict(environment), check=False, capture_output=True, cwd=home)


def _remove(home: Path, owner: int) -> None:
    if os.getpid() == owner:  # not in a forked process
        shutil.rmtree(home, ignore_errors=True)
