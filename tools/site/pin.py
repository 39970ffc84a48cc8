"""Write pyodide.json: `python -m tools.site.pin VERSION`, when the Pyodide of the kernel changes.

The hashes of Pyodide's own files come from its package on npm, which needs the command npm; those
of pure Python wheels, and of packages that Pyodide lacks, from PyPI.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fineopt.files import write_file

from .sources import PINS, download_pure, sha256

CORE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
ROOTS = ("micropip", "ipython", "jedi", "numpy", "matplotlib", "tqdm")
# What Pyodide does not have, with its dependencies: the newest version on PyPI is taken.
EXTRA = {
    "comm": ["traitlets"],
    "ipywidgets": ["comm", "ipython", "traitlets"],
    "psygnal": [],
    "anywidget": ["ipywidgets", "psygnal", "typing-extensions"],
}


def main(argv: Sequence[str]) -> None:
    """Read the lock of a version of Pyodide, and write what the site needs of it."""
    (version,) = argv
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        command = ["npm", "pack", "--silent", f"pyodide@{version}"]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        with tarfile.open(next(folder.glob("*.tgz"))) as package:
            core = {name: sha256(_read(package, name)) for name in CORE}
            lock = json.loads(_read(package, "pyodide-lock.json"))
        packages = _needed(lock["packages"])
        for name, entry in packages.items():
            if "wasm32" not in entry["file_name"]:
                _pin(entry, download_pure(f"{name}=={entry['version']}", folder / name))
        for name, depends in EXTRA.items():
            entry = {"name": name, "imports": [name], "depends": depends, "install_dir": "site"}
            entry |= {"package_type": "package", "unvendored_tests": False}
            _pin(entry, download_pure(name, folder / name))
            packages[name] = entry
    pins = {"version": version, "info": lock["info"], "core": core, "packages": packages}
    text = json.dumps(pins, indent=1, sort_keys=True) + "\n"
    write_file(PINS, lambda file: file.write(text.encode()))
    print(f"{PINS}: {len(core)} files and {len(packages)} packages of Pyodide {version}")


def _read(package: tarfile.TarFile, name: str) -> bytes:
    member = package.extractfile(f"package/{name}")
    assert member is not None, f"the package of Pyodide has no file {name}"
    return member.read()


def _needed(packages: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries of ROOTS and EXTRA's dependencies, and of all that these depend on."""
    todo = [*ROOTS, *(name for depends in EXTRA.values() for name in depends)]
    found: dict[str, Any] = {}
    while todo:
        name = re.sub(r"[-_.]+", "-", todo.pop()).lower()
        if name not in found and name not in EXTRA:
            found[name] = packages[name]
            todo += packages[name]["depends"]
    return found


def _pin(entry: dict[str, Any], wheel: Path) -> None:
    entry["version"] = wheel.name.split("-")[1]
    entry["file_name"], entry["sha256"] = wheel.name, sha256(wheel.read_bytes())


if __name__ == "__main__":
    main(sys.argv[1:])
