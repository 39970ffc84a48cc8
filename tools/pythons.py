"""Run the unit tests on other Pythons: `python -m tools.pythons [--oldest] [pytest options]`.

By default, on each supported Python that is installed, or on that of `--python 3.12`, with the
newest dependencies; with `--oldest`, on the oldest Python, with the oldest dependencies that
pyproject.toml allows. The environments are recreated in .venv/pythons.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import requires
from pathlib import Path

from fineopt.files import write_file

VERSIONS = ("3.10", "3.11", "3.12", "3.13")
ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / ".venv" / "pythons"
TESTS = ("-m", "not browser", "--ignore", "tests/binder", "-n", "2", "--dist", "loadfile", "-q")


def oldest(requirements: Iterable[str]) -> list[str]:
    """Pin requirements that have only a lower bound to that bound.

    >>> oldest(["numpy>=2.0", 'pytest>=8.3; extra == "test"', 'ruff<0.18,>=0.17; extra == "test"'])
    ['numpy==2.0', 'pytest==8.3']
    """
    # the extras that the unit tests do not install would constrain those that they do
    needed = (text for text in requirements if not re.search("extra == .(docs|torch)", text))
    found = (re.match(r"([\w.-]+)>=([\d.]+)\s*(;|$)", text) for text in needed)
    return [f"{match[1]}=={match[2]}" for match in found if match]


def find(version: str) -> str | None:
    """Return a Python of this version, on PATH or from pyenv."""
    pyenvs = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    for candidate in (f"python{version}", *map(str, pyenvs)):
        code = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
        try:
            done = subprocess.run([candidate, "-c", code], capture_output=True, text=True)
        except OSError:
            continue
        if done.stdout.strip() == version:
            return candidate
    return None


def choose(argv: Sequence[str]) -> tuple[Sequence[str], list[str]]:
    """Return the versions of Python that are asked for, and the options of pytest.

    >>> choose(["--python", "3.12", "-x"])
    (['3.12'], ['-x'])
    """
    parser = argparse.ArgumentParser(allow_abbrev=False, add_help=False)
    parser.add_argument("--python", action="append", choices=VERSIONS)
    known, options = parser.parse_known_args(argv)
    versions: Sequence[str] = known.python or VERSIONS
    return versions, options


def test(python: str, name: str, pins: Sequence[str], options: Sequence[str]) -> bool:
    """Create an environment, run the unit tests in it, and return whether they pass."""
    place = PLACE / name
    subprocess.run([python, "-m", "venv", "--clear", str(place)], check=True)
    constraints = place / "constraints.txt"
    pinned = "\n".join(pins) + "\n"
    write_file(constraints, lambda file: file.write(pinned.encode()))
    ours = str(place / "bin" / "python")
    print(f"{name}: installing ...", flush=True)
    install = ["install", "--quiet", "-c", str(constraints), "-e", ".[lab,test]"]
    subprocess.run(
        [ours, "-m", "pip", "--disable-pip-version-check", *install], cwd=ROOT, check=True
    )
    return subprocess.run([ours, "-m", "pytest", *TESTS, *options], cwd=ROOT).returncode == 0


def main(argv: Sequence[str]) -> None:
    """Run all, report skipped versions, and exit with 1 if any failed or none was found."""
    is_oldest = "--oldest" in argv
    versions, options = choose([option for option in argv if option != "--oldest"])
    pins = oldest(requires("fineopt") or ()) if is_oldest else []
    results: dict[str, str] = {}
    for version in VERSIONS[:1] if is_oldest else versions:
        name = f"{version}-oldest" if is_oldest else version
        python = find(version)
        if python is None:
            results[name] = "skipped (not found)"
        else:
            results[name] = "passed" if test(python, name, pins, options) else "FAILED"
        print(f"Python {name}: {results[name]}", flush=True)
    print("\n".join(f"Python {name}: {result}" for name, result in results.items()))
    if "FAILED" in results.values() or "passed" not in results.values():
        raise SystemExit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
