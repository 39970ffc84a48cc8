"""Test the wheel and the source archive in empty environments: `python -m tools.packages`.

On each supported Python that is installed, or on that of `--python 3.12`, both are installed alone;
the command `fineopt` must work there without JupyterLab. Then the unit tests run on the files of
the installed wheel.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.pythons import ROOT, TESTS, choose, find

# What the tests read, beside the package; all else in the repository is left out.
NEEDED = ("tests", "tools", "lessons", "docs", "benchmarks", "binder", ".ci")
ALONE = """
import sys
import fineopt, fineopt.training, fineopt.control, fineopt.audit
heavy = {"matplotlib", "ipywidgets", "anywidget", "IPython", "torch"} & set(sys.modules)
assert not heavy, heavy
try:
    import fineopt.widgets
except ModuleNotFoundError as error:
    assert "pip install 'fineopt[lab]'" in str(error), error
else:
    raise AssertionError("the panels should need ipywidgets")
"""


def main(argv: Sequence[str]) -> None:
    """Build both, test them on all Pythons, and exit with 1 if any failed or none was found."""
    versions, options = choose(argv)
    results: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        wheel, archive = build(place / "dist")
        for version in versions:
            python = find(version)
            if python is None:
                results[version] = "skipped (not found)"
                continue
            print(f"Python {version} ...", flush=True)
            try:
                check_alone(python, archive, place / f"{version}-archive")
                installed = check_alone(python, wheel, place / f"{version}-wheel")
                test(installed, wheel, place / f"{version}-tests", options)
                results[version] = "passed"
            except subprocess.CalledProcessError as error:
                results[version] = f"FAILED: {error}"
    print("\n".join(f"Python {version}: {result}" for version, result in results.items()))
    if any("FAILED" in result for result in results.values()) or "passed" not in results.values():
        raise SystemExit(1)


def build(folder: Path) -> tuple[Path, Path]:
    """Build the source archive, and the wheel from it; return the wheel and the archive."""
    tools = folder.parent / "tools"
    subprocess.run([sys.executable, "-m", "venv", str(tools)], check=True)
    _pip(tools, "build")
    build = [str(tools / "bin" / "python"), "-m", "build", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
    return next(folder.glob("*.whl")), next(folder.glob("*.tar.gz"))


def check_alone(python: str, package: Path, place: Path) -> Path:
    """Install a package in an empty environment, and run the command; return the environment."""
    subprocess.run([python, "-m", "venv", "--clear", str(place)], check=True)
    _pip(place, str(package))
    empty = place / "empty"
    empty.mkdir()
    _run([str(place / "bin" / "python"), "-c", ALONE], empty)
    command = str(place / "bin" / "fineopt")
    _run([command, "doctor"], empty)
    _run([command, "lab", "--copy-only"], empty)
    _run([command, "lab", "--copy-only", "lessons"], empty)
    assert (empty / "fineopt-lessons" / "index.ipynb").is_file()
    assert (empty / "lessons" / "index.ipynb").is_file()
    return place


def test(environment: Path, wheel: Path, place: Path, options: Sequence[str]) -> None:
    """Run the unit tests of the repository on the files of the installed wheel."""
    _pip(environment, f"{wheel}[lab,test]")
    code = "import fineopt, pathlib; print(pathlib.Path(fineopt.__file__).parent)"
    python = str(environment / "bin" / "python")
    package = subprocess.check_output(
        [python, "-c", code], text=True, cwd=environment, env=_environment(os.environ)
    ).strip()
    assert "site-packages" in package, package
    place.mkdir()
    for path in ROOT.iterdir():
        if path.name in NEEDED:
            shutil.copytree(path, place / path.name, ignore=shutil.ignore_patterns("__pycache__"))
        elif path.is_file() and path.name != ".git":
            shutil.copyfile(path, place / path.name)
    (place / "fineopt").symlink_to(package)  # tests that read the sources find the installed ones
    _run([python, "-m", "pytest", *TESTS, *options], place)


def _pip(environment: Path, *packages: str) -> None:
    command = [str(environment / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    _run([*command, "install", "--quiet", *packages], environment)


def _run(command: Sequence[str], place: Path) -> None:
    subprocess.run(command, check=True, cwd=place, env=_environment(os.environ))


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which no other fineopt is found."""
    return {name: value for name, value in environ.items() if name != "PYTHONPATH"}


if __name__ == "__main__":
    main(sys.argv[1:])
