"""Replay the steps of the Dockerfile of repo2docker without Docker."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

# The packages of the base image that open a lesson; the others are their dependencies.
BASE = ("jupyterlab", "ipykernel", "notebook", "ipywidgets")


def print_dockerfile(repository: Path) -> str:
    """Return the Dockerfile that repo2docker generates for a repository."""
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", str(repository)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout + done.stderr


def steps(dockerfile: str) -> list[tuple[str, str]]:
    """Return the instructions and their arguments in order, with continued lines joined."""
    joined = re.sub(r"\\\n\s*", "", dockerfile)
    found = re.findall(r"^(FROM|ENV|COPY|RUN|CMD|ENTRYPOINT) (.*)$", joined, re.MULTILINE)
    return [(word, rest.strip()) for word, rest in found]


def base_packages(dockerfile: str) -> list[str]:
    """Return the packages of the base image, pinned as in the lock file of repo2docker."""
    (parts,) = set(re.findall(r"environment-2epy-2d(\d+)-2e(\d+)-2dlinux", dockerfile))
    version = ".".join(parts)
    found = find_spec("repo2docker")
    assert found and found.origin
    folder = Path(found.origin).parent / "buildpacks" / "conda"
    lock = (folder / f"environment.py-{version}-linux-64.lock").read_text()
    return [f"{package}=={re.findall(rf'/{package}-([0-9.]+)-', lock)[0]}" for package in BASE]


@dataclass
class Image:
    """A directory in place of the image, with its environment and the repository."""

    root: Path

    @property
    def prefix(self) -> Path:
        return self.root / "env"

    @property
    def home(self) -> Path:
        return self.root / "home"

    def environ(self) -> dict[str, str]:
        """Return the environment of processes in the image, isolated from that of the tests."""
        kept = {k: v for k, v in os.environ.items() if k.startswith(("PIP_", "SSL_", "LANG"))}
        proxies = {k: v for k, v in os.environ.items() if k.lower().endswith("_proxy")}
        return {
            **kept,
            **proxies,
            "HOME": str(self.root),
            "PATH": f"{self.prefix / 'bin'}:/usr/bin:/bin",
            "KERNEL_PYTHON_PREFIX": str(self.prefix),
            "REPO_DIR": str(self.home),
        }

    def run(self, command: str) -> str:
        """Run a shell command in the repository's directory, and return what it printed."""
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.home,
            env=self.environ(),
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
        return done.stdout

    def copy(self, repository: Path, source: str, target: str) -> None:
        """Execute a COPY instruction; the Dockerfile calls the repository src."""
        to = Path(target.replace("${REPO_DIR}", str(self.home)))
        for name in tracked(repository):
            if f"src/{name}" == source:
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(repository / name, to)
            elif source == "src/":
                (to / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(repository / name, to / name)


def tracked(repository: Path) -> list[str]:
    """Return the files of a clone."""
    command = ["git", "-C", str(repository), "ls-files", "-z"]
    names = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [name for name in names.split("\0") if name and (repository / name).is_file()]
