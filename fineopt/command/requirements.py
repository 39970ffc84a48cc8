"""What an extra of the package requires, whether it is installed, and its installation."""

from __future__ import annotations

import importlib
import re
import shlex
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version

__all__ = ["Requirement", "declared", "missing", "provide", "remedy"]

_FORM = re.compile(r"""(?P<name>[\w.-]+)>=(?P<least>[\d.]+)\s*(;\s*extra == ['"](?P<extra>\w+))?""")


@dataclass(frozen=True)
class Requirement:
    """A package, and the oldest version of it that works.

    >>> Requirement("numpy", "2.0").is_met_by("1.26.4")
    False
    """

    name: str
    least: str

    def __str__(self) -> str:
        return f"{self.name}>={self.least}"

    def is_met_by(self, installed: str | None) -> bool:
        """Return whether a version is new enough; None stands for no version."""
        return installed is not None and _numbers(installed) >= _numbers(self.least)

    @property
    def installed(self) -> str | None:
        """The installed version, if any."""
        try:
            return version(self.name)
        except PackageNotFoundError:
            return None


def _numbers(text: str) -> tuple[int, ...]:
    """Return the release of a version: (2, 1) of 2.1rc1, without trailing zeros."""
    found = re.match(r"\d+(\.\d+)*", text)
    numbers = [int(part) for part in found[0].split(".")] if found else []
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def declared(extra: str | None = None, texts: Iterable[str] | None = None) -> list[Requirement]:
    """Return the requirements of the package, or of one of its extras.

    >>> declared("lab", ["numpy>=2.0", "jupyterlab>=4.2; extra == 'lab'"])
    [Requirement(name='jupyterlab', least='4.2')]
    """
    found = (_FORM.match(text) for text in (requires("fineopt") or () if texts is None else texts))
    return [
        Requirement(match["name"], match["least"])
        for match in found
        if match and match["extra"] == extra
    ]


def missing(extra: str) -> list[Requirement]:
    """Return the requirements of an extra that are not installed, or too old."""
    return [need for need in declared(extra) if not need.is_met_by(need.installed)]


def remedy(needs: Iterable[Requirement]) -> str:
    """Return the line for a shell that installs packages."""
    return shlex.join(_pip_command(needs))


def _pip_command(needs: Iterable[Requirement]) -> list[str]:
    """Return the command that installs packages into the environment of this Python."""
    return [sys.executable, "-m", "pip", "install", *map(str, needs)]


def provide(extra: str) -> None:
    """Install what is missing of an extra; in a terminal, ask first.

    Raises:
        RuntimeError: if it is not installed afterwards.
    """
    needs = missing(extra)
    if not needs:
        return
    command = _pip_command(needs)
    by_hand = remedy(needs)
    names = ", ".join(need.name for need in needs)
    if sys.stdin is not None and sys.stdin.isatty():
        print(f"The lessons need {names}. To install them:\n  {by_hand}")
        if input("Do it now? [Y/n] ").strip().lower() not in ("", "y", "yes"):
            raise RuntimeError("nothing was installed or copied")
    print(f"Installing {names}, once: this takes a minute or two ...", flush=True)
    done = subprocess.run([*command, "--quiet", "--disable-pip-version-check"], check=False)
    importlib.invalidate_caches()
    if done.returncode or missing(extra):
        raise RuntimeError(f"{names} could not be installed. To do it by hand:\n  {by_hand}")
