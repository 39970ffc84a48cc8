"""The user's shell and settings do not affect tests, lessons or their kernels."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import matplotlib
import nbformat
import pytest

from tools.environment import FAMILIES, KEPT, NAMES, clean_environment

REPOSITORY = Path(__file__).parents[2]

# The outputs of the cells of a kernel. Any other output, such as on stderr, fails under nbval.
CELLS = (
    (
        "import locale, os, sys, time\n"
        "import matplotlib, matplotlib.pyplot as plt\n"
        "print(os.environ['OPENBLAS_NUM_THREADS'], os.environ.get('OMP_NUM_THREADS'))\n"
        "print(time.tzname[0], locale.getpreferredencoding(False).lower(), sys.flags.optimize)\n"
        "print('inline' in matplotlib.get_backend(), matplotlib.rcParams['font.size'])",
        [("stdout", "1 None\nUTC utf-8 0\nTrue 10.0\n")],
    ),
    ("'mine' in globals()", ["False"]),
    ("plt.figure()\nplt.show()", ["<Figure size 640x480 with 0 Axes>"]),
)
ALL = {
    "OMP_NUM_THREADS": "3",
    "OPENBLAS_NUM_THREADS": "2",
    "TZ": "Asia/Shanghai",
    "NO_COLOR": "1",
    "COLUMNS": "20",
    "PYTHONHASHSEED": "1",
    "PYTHONSTARTUP": "/nowhere.py",
    "JUPYTER_PLATFORM_DIRS": "0",
    "JUPYTER_TOKEN": "x",
    "JPY_PARENT_PID": "1",
}
SHELLS: dict[str, dict[str, str]] = {
    "Agg": {"MPLBACKEND": "Agg", "MPLCONFIGDIR": "{file}/none", "LANG": "C", "LC_ALL": "C"},
    "pdf": {"MPLBACKEND": "pdf", "MPLCONFIGDIR": "{home}", "LC_ALL": "zh_CN.GB18030"},
    "none": {"MPLBACKEND": "no such backend", "HOME": "{file}/none", "LANGUAGE": "zh_CN"},
    "home": {"HOME": "{home}", "IPYTHONDIR": "{home}/.ipython", "JUPYTER_CONFIG_DIR": "{home}"},
    "rc": {"MATPLOTLIBRC": "{home}/matplotlibrc", "XDG_CONFIG_HOME": "{file}/none"},
}


def write_notebook(path: Path) -> None:
    """Write a notebook with the outputs that its cells have in the environment of the tests."""
    cells = []
    for number, (source, shown) in enumerate(CELLS, 1):
        cell = nbformat.v4.new_code_cell(source, execution_count=number)
        for text in shown:
            if isinstance(text, tuple):
                cell.outputs.append(nbformat.v4.new_output("stream", name=text[0], text=text[1]))
            elif text.startswith("<Figure"):
                data = {"text/plain": text, "image/png": ""}
                cell.outputs.append(nbformat.v4.new_output("display_data", data=data))
            else:
                data = {"text/plain": text}
                cell.outputs.append(
                    nbformat.v4.new_output("execute_result", data=data, execution_count=number)
                )
        cells.append(cell)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


def fill_home(home: Path) -> None:
    """Write user settings that would change all figures and kernels."""
    startup = home / ".ipython" / "profile_default" / "startup" / "mine.py"
    startup.parent.mkdir(parents=True)
    startup.write_text("mine = 1\nprint('hello')\nimport matplotlib; matplotlib.use('pdf')\n")
    (home / ".ipython" / "profile_default" / "ipython_config.py").write_text(
        "c.InteractiveShellApp.matplotlib = 'agg'\nc.InteractiveShell.ast_node_interactivity='all'"
    )
    for directory in (home, home / ".config" / "matplotlib"):
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "matplotlibrc").write_text("font.size: 33\nbackend: svg\n")


@pytest.mark.parametrize("shell", SHELLS.values(), ids=SHELLS)
def test_a_notebook_has_the_same_output(shell: Mapping[str, str], tmp_path: Path) -> None:
    home, place = tmp_path / "home", tmp_path / "lessons"
    fill_home(home)
    place.mkdir()
    file = tmp_path / "file"  # nothing can be created below it, not even by root
    file.touch()
    write_notebook(place / "a.ipynb")
    (place / "matplotlibrc").write_text("font.size: 44\nbackend: svg\n")
    added = {name: value.format(home=home, file=file) for name, value in {**ALL, **shell}.items()}
    kept = {name: value for name, value in os.environ.items() if name != "FINEOPT_TEST_HOME"}
    options = ["-p", "conftest", "-c", "pyproject.toml", "-p", "no:cacheprovider", "-q"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "--nbval", "--nbval-current-env", place],
        cwd=REPOSITORY,
        env={**kept, **added},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout


@pytest.mark.parametrize("name", [*(f"{family}X" for family in FAMILIES), *NAMES])
def test_variables_of_a_family_are_not_inherited(name: str) -> None:
    kept = clean_environment({name: "the user's", "PATH": "/bin", "HOME": "/home/u"}, Path("/x"))
    assert "the user's" not in kept.values()
    assert (kept["PATH"], kept["HOME"]) == ("/bin", "/home/u")
    assert all(clean_environment({name: "ours"}, Path("/x"))[name] == "ours" for name in KEPT)


def test_this_process_is_shielded_too() -> None:
    home = Path(os.environ["FINEOPT_TEST_HOME"])
    assert Path(matplotlib.get_configdir()) == home / "matplotlib"
    assert Path(matplotlib.get_cachedir()) == home / "matplotlib"
    assert matplotlib.get_backend().lower() == "agg"
    assert matplotlib.rcParams["font.size"] == 10


def test_make_unsets_the_variables_of_python(tmp_path: Path) -> None:
    probe = tmp_path / "probe.mk"
    probe.write_text("probe:\n\t@env\n")
    variables = {"PYTHONWARNINGS": "error", "PYTHONOPTIMIZE": "2", "PYTHONPATH": "/x", "CI": "true"}
    done = subprocess.run(
        ["make", "-f", "Makefile", "-f", probe, "probe"],
        cwd=REPOSITORY,
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.splitlines()
    assert [line for line in lines if line.startswith("PYTHON")] == ["PYTHONUTF8=1"]
    assert "CI=true" in lines
