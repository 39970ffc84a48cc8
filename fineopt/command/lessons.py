"""Copies of the lessons, where a learner may change them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

from ..files import write_file

__all__ = ["copy_lessons", "shipped", "summarize"]

MANIFEST = ".fineopt.json"  # in the folder: the digest of each file as it was copied
PACKAGE = Path(__file__).resolve().parent.parent
# In the wheel, and in a clone of the repository.
PLACES = (PACKAGE / "lessons", PACKAGE.parent / "lessons")


def shipped() -> dict[str, Path]:
    """Return the files of the lessons that come with the package, by their relative path.

    Raises:
        RuntimeError: if the installation lacks them.
    """
    for place in PLACES:
        if (place / "index.ipynb").is_file():
            found = {path.relative_to(place).as_posix(): path for path in sorted(_files(place))}
            return {name: path for name, path in found.items() if not _is_hidden(name)}
    raise RuntimeError("this installation lacks the lessons: install fineopt again")


def _files(place: Path) -> list[Path]:
    return [path for path in place.rglob("*") if path.is_file()]


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "__")) for part in name.split("/"))


def copy_lessons(folder: Path) -> dict[str, str]:
    """Copy the lessons to a folder; return what was done with each file, by relative path.

    A file is ``"copied"`` if it was missing, ``"updated"`` if it was still as an earlier call had
    copied it, ``"kept"`` if anything else changed it, and ``"same"`` if it needed nothing.

    Raises:
        OSError: if the folder can't be created or written.
        ValueError: if a file is where a folder must be.
    """
    manifest = _read_manifest(folder / MANIFEST)
    done: dict[str, str] = {}
    for name, source in shipped().items():
        content = source.read_bytes()
        done[name] = _copy(content, folder / name, manifest.get(name))
        if done[name] != "kept":
            manifest[name] = _digest(content)
    text = json.dumps(manifest, indent=1) + "\n"
    write_file(folder / MANIFEST, lambda file: file.write(text.encode()))
    return done


def _copy(content: bytes, target: Path, known: str | None) -> str:
    # a link may lead out of the folder, to a file that others use: it is the user's own change
    if os.path.lexists(target) and (target.is_symlink() or not target.is_file()):
        return "kept"
    former = _digest(target.read_bytes()) if target.exists() else None
    if former == _digest(content):
        return "same"
    if former is not None and former != known:
        return "kept"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise ValueError(f"{target.parent}: a file is in the place of a folder") from error
    write_file(target, lambda file: file.write(content))
    return "copied" if former is None else "updated"


def _read_manifest(path: Path) -> dict[str, str]:
    """Return the digests; none if the file is missing or damaged, so that nothing is replaced."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    pairs = found.items() if isinstance(found, dict) else ()
    return {name: digest for name, digest in pairs if isinstance(digest, str)}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def summarize(done: Mapping[str, str], folder: Path) -> str:
    """Describe what `copy_lessons` did.

    >>> print(summarize({"a.ipynb": "copied", "b.ipynb": "kept"}, Path("here")))
    Lessons in here: 1 copied
    kept, as you changed it: b.ipynb
    """
    counts = {what: list(done.values()).count(what) for what in ("copied", "updated")}
    parts = [f"{count} {what}" for what, count in counts.items() if count]
    lines = [f"Lessons in {folder}: {', '.join(parts) or 'nothing to copy'}"]
    lines += [f"kept, as you changed it: {name}" for name, what in done.items() if what == "kept"]
    return "\n".join(lines)
