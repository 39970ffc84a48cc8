"""Build the site: `python -m tools.site FOLDER [--pyodide DIRECTORY-OR-URL]`.

A site whose inputs are the same is not built again: their digest is in FOLDER.inputs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

import nbformat

from fineopt.files import write_file

from .sources import Pins, provide, read_pins, sha256

ROOT = Path(__file__).resolve().parent.parent.parent
CACHE = ROOT / ".cache" / "pyodide"  # kept by `make clean`
SETTINGS = Path(__file__).with_name("lite")
NEEDED = (
    "files/index.ipynb",
    "files/en",
    "files/zh",
    "extensions/@jupyter-widgets/jupyterlab-manager",  # of the packages of the extra `lab`
    "extensions/anywidget",
)
# All that the site is made of, beside Pyodide's files, whose hashes are in tools/site.
INPUTS = ("fineopt", "lessons", "tools/site", "pyproject.toml", "README.md", "LICENSE")
TOOLS = ("jupyterlite-core", "jupyterlite-pyodide-kernel", "jupyterlab-widgets", "anywidget")
IGNORED = shutil.ignore_patterns(".*", "__pycache__")
# Opens the index, instead of an empty launcher. Other pages read the configuration in it.
FRONT = """<!doctype html>
<meta charset="utf-8">
<title>fineopt</title>
<script id="jupyter-config-data" type="application/json" data-jupyter-lite-root=".">{}</script>
<meta http-equiv="refresh" content="0; url=lab/index.html?path=index.ipynb">
<p><a href="lab/index.html?path=index.ipynb">fineopt: the lessons · 课程</a></p>
"""


def main(argv: Sequence[str]) -> None:
    """Build the site in a folder, which is replaced as a whole when it is done."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pyodide", help="a directory or URL of Pyodide's release")
    options = parser.parse_args(argv)
    pins = read_pins()
    digest, mark = inputs(ROOT), options.folder.with_suffix(".inputs")
    if (options.folder / "index.html").is_file() and mark.is_file() and mark.read_text() == digest:
        print(f"{options.folder} is up to date")
        return
    try:
        provide(pins, CACHE, options.pyodide)
        with tempfile.TemporaryDirectory() as directory:
            built = _build(pins, Path(directory))
            mark.unlink(missing_ok=True)
            shutil.rmtree(options.folder, ignore_errors=True)
            shutil.copytree(built, options.folder)
            write_file(mark, lambda file: file.write(digest.encode()))
    except (OSError, RuntimeError) as error:
        raise SystemExit(f"site: {error}") from None
    files = [path for path in options.folder.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files) / 1e6
    print(f"{options.folder}: {len(files)} files, {size:.0f} MB")


def inputs(root: Path) -> str:
    """Return the digest of all files that the site is made of, and of the tools' versions."""
    found = hashlib.sha256()
    for name in TOOLS:
        found.update(f"{name} {version(name)}\n".encode())
    for path in sorted(file for name in INPUTS for file in _files(root / name)):
        found.update(f"{path.relative_to(root).as_posix()} {sha256(path.read_bytes())}\n".encode())
    return found.hexdigest()


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    names = [entry.name for entry in path.iterdir()]
    for name in {*names} - IGNORED(str(path), names):
        yield from _files(path / name)


def _build(pins: Pins, place: Path) -> Path:
    """Build in an empty directory, as JupyterLite remembers what it has built; return the site."""
    lite = place / "lite"
    shutil.copytree(SETTINGS, lite)
    _fill(pins, lite / "static" / "pyodide", _wheel(place / "dist"))
    lessons, site = place / "lessons", place / "site"
    shutil.copytree(ROOT / "lessons", lessons, ignore=IGNORED)
    for path in lessons.rglob("*.ipynb"):
        join_lines(path)
    command = [sys.executable, "-m", "jupyter", "lite", "build", "--no-sourcemaps"]
    paths = ["--lite-dir", str(lite), "--contents", str(lessons), "--output-dir", str(site)]
    _run([*command, *paths], place)
    write_file(site / "index.html", lambda file: file.write(FRONT.encode()))
    for name in NEEDED:
        if not (site / name).exists():
            raise RuntimeError(f"JupyterLite built a site without {name}")
    return site


def join_lines(path: Path) -> None:
    """Write a notebook with each text as one string, as a Jupyter server hands it out.

    On disk a text is a list of lines. JupyterLite passes it on as it is, and JupyterLab then shows
    saved outputs with a comma before each line.
    """
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)  # type: ignore[no-untyped-call]
    text = json.dumps(notebook, ensure_ascii=False)
    write_file(path, lambda file: file.write(text.encode()))


def _wheel(folder: Path) -> Path:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet"]
    _run([*pip, "--no-deps", "--wheel-dir", str(folder), str(ROOT)], ROOT)
    return next(folder.glob("fineopt-*.whl"))


def _fill(pins: Pins, folder: Path, wheel: Path) -> None:
    """Put Pyodide and all wheels into a folder, with the lock file that makes imports find them."""
    folder.mkdir(parents=True)
    packages = dict(pins["packages"])
    for name in [*pins["core"], *(entry["file_name"] for entry in packages.values())]:
        shutil.copyfile(CACHE / name, folder / name)
    shutil.copyfile(wheel, folder / wheel.name)
    packages["fineopt"] = {
        "name": "fineopt",
        "version": wheel.name.split("-")[1],
        "file_name": wheel.name,
        "sha256": sha256(wheel.read_bytes()),
        "install_dir": "site",
        "package_type": "package",
        "imports": ["fineopt"],
        # all at once: a cell's imports are installed before it runs, those inside fineopt are not
        "depends": ["numpy", "matplotlib", "ipywidgets", "anywidget", "tqdm"],
        "unvendored_tests": False,
    }
    lock = {"info": pins["info"], "packages": packages}
    text = json.dumps(lock, indent=1)
    write_file(folder / "pyodide-lock.json", lambda file: file.write(text.encode()))


def _run(command: Sequence[str], place: Path) -> None:
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    if done.returncode:
        tail = (done.stdout + done.stderr)[-3000:]
        raise RuntimeError(f"{' '.join(command[:6])} ... failed:\n{tail}")


if __name__ == "__main__":
    main(sys.argv[1:])
