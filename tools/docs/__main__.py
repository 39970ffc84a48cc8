"""Build the documentation: `python -m tools.docs FOLDER [--site build/site]`."""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

from fineopt.files import write_file

from .api import write_pages
from .links import broken_links
from .sources import HOMES, gather

ROOT = Path(__file__).resolve().parent.parent.parent
MATHJAX = "4.1.3"
MATHJAX_FILE = ROOT / ".cache" / f"mathjax-{MATHJAX}" / "tex-svg.js"
MATHJAX_SHA256 = "23c036deccc0f2374834a47e4032e452419f3ac027bf17e17c104e2746b19f4c"


def main(argv: Sequence[str]) -> None:
    """Build the documentation in a folder, which is replaced as a whole when it is done."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--site", type=Path, default=ROOT / "build" / "site")
    options = parser.parse_args(argv)
    try:
        if not (options.site / "index.html").is_file():
            raise RuntimeError(f"there is no site in {options.site}: `make site` builds it")
        _provide_mathjax()
        with tempfile.TemporaryDirectory() as directory:
            built = Path(directory) / "html"
            for language, home in HOMES.items():
                _build(language, Path(directory) / language, built / home)
            shutil.copytree(options.site, built / "lab")
            if broken := broken_links(built):
                raise RuntimeError("broken links:\n" + "\n".join(broken))
            shutil.rmtree(options.folder, ignore_errors=True)
            shutil.copytree(built, options.folder)
    except (OSError, RuntimeError) as error:
        raise SystemExit(f"docs: {error}") from None
    pages = [path for path in options.folder.rglob("*.html") if "lab" not in path.parts]
    print(f"{options.folder}: {len(pages)} pages, and the lessons to run in lab/")


def _provide_mathjax() -> None:
    """Take MathJax from npm, once."""
    if MATHJAX_FILE.is_file():
        return
    with tempfile.TemporaryDirectory() as directory:
        command = ["npm", "pack", "--silent", f"mathjax@{MATHJAX}"]
        try:
            subprocess.run(command, cwd=directory, check=True, stdout=subprocess.DEVNULL)
        except FileNotFoundError:
            raise RuntimeError("npm is needed, once, to download MathJax") from None
        except subprocess.CalledProcessError as error:
            raise RuntimeError(f"npm can't download MathJax {MATHJAX}") from error
        with tarfile.open(next(Path(directory).glob("*.tgz"))) as package:
            member = package.extractfile("package/tex-svg.js")
            assert member is not None
            content = member.read()
    if hashlib.sha256(content).hexdigest() != MATHJAX_SHA256:
        raise RuntimeError(f"mathjax@{MATHJAX}: tex-svg.js is not the file that was pinned")
    MATHJAX_FILE.parent.mkdir(parents=True, exist_ok=True)
    write_file(MATHJAX_FILE, lambda file: file.write(content))


def _build(language: str, source: Path, html: Path) -> None:
    """Put the sources of a language together, and run Sphinx with warnings as errors."""
    gather(language, source)
    mathjax = source / "_static" / "mathjax"
    mathjax.mkdir(parents=True)
    shutil.copyfile(MATHJAX_FILE, mathjax / MATHJAX_FILE.name)
    write_pages(source / "api", language)
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    doctrees = source.with_name(f"doctrees-{language}")
    done = subprocess.run(
        [*command, "-d", str(doctrees), str(source), str(html)],
        cwd=ROOT,  # conf.py imports tools.docs
        env={**os.environ, "FINEOPT_LANG": language},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"Sphinx ({language}):\n{(done.stdout + done.stderr)[-8000:]}")


if __name__ == "__main__":
    main(sys.argv[1:])
