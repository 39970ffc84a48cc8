"""The bridge to MegEngine, in an environment of its own: MegEngine 1.13 is for Python 3.10.

The environment is made once, in .cache/megengine, where Python 3.10 is installed and packages can
be downloaded. FINEOPT_MEGENGINE names the Python of an environment that has MegEngine already.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import pythons

ROOT = Path(__file__).parent.parent.parent
PLACE = ROOT / ".cache" / "megengine"
# MegEngine's extension was built for NumPy 1; fineopt runs with it, though it asks for NumPy 2.
PACKAGES = [
    "megengine==1.13.0", "numpy<2", "matplotlib>=3.9", "contourpy>=1.2", "pillow>=10",
    "ipywidgets>=8.1", "anywidget>=0.9.13", "threadpoolctl>=3.5", "tqdm>=4.66", "pytest>=8.3",
]  # fmt: skip


def python_with_megengine() -> str:
    """Return the Python of an environment with MegEngine; skip where there cannot be one."""
    given = os.environ.get("FINEOPT_MEGENGINE")
    if given:
        return given
    ours = PLACE / "bin" / "python"
    if has_megengine(ours):
        return str(ours)
    found = pythons.find("3.10")
    if found is None:
        pytest.skip("MegEngine 1.13 needs Python 3.10, which is not installed")
    if sys.platform != "linux" and not sys.platform.startswith("win"):
        pytest.skip("MegEngine 1.13 has no package for this system")
    shutil.rmtree(PLACE, ignore_errors=True)
    subprocess.run([found, "-m", "venv", str(PLACE)], check=True, capture_output=True)
    pip = [str(ours), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    done = subprocess.run([*pip, *PACKAGES], capture_output=True, text=True, check=False)
    if done.returncode or not has_megengine(ours):
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        shutil.rmtree(PLACE, ignore_errors=True)
        pytest.skip(f"MegEngine 1.13 cannot be installed: {' '.join(lines[:2]) or 'import fails'}")
    return str(ours)


def has_megengine(python: Path) -> bool:
    if not python.is_file():
        return False
    return not subprocess.run([python, "-c", "import megengine"], capture_output=True).returncode


def test_the_bridge_in_megengine_s_environment(tmp_path: Path) -> None:
    python = python_with_megengine()
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    options = ["-q", "-rfE", "--noconftest", "-p", "no:cacheprovider", "-c"]
    done = subprocess.run(
        [python, "-m", "pytest", *options, str(tmp_path / "pytest.ini"),
         *map(str, sorted(Path(__file__).parent.glob("in_megengine*.py")))],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    print(done.stdout.splitlines()[-1])


def test_the_module_loads_without_megengine() -> None:
    names = ("engine", "reader", "state", "values", "next_step", "checks", "names")
    lines = [f"import fineopt.bridge.megengine.{name}" for name in names]
    code = "; ".join(["import sys", "sys.modules['megengine'] = None", *lines])
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
