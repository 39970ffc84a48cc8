"""Fetching one file from several mirrors: resumed where it broke off, checked, moved in whole."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["fetch", "sha256_of"]

_CHUNK = 1 << 16
_ATTEMPTS = 3  # per mirror, as long as each one brings new bytes


def fetch(name: str, mirrors: Sequence[str], root: Path, sha256: str, timeout: float) -> Path:
    """Download ``name`` into ``root`` from the first mirror that delivers it; return its path.

    What has arrived is kept in ``root/name.part``, from where the next attempt, mirror or call
    goes on. Only a file whose SHA-256 is right gets its final name. ``timeout`` is in seconds,
    for each wait on the network.

    Raises:
        ConnectionError: no mirror delivered it. The message tells what each one answered.
    """
    root.mkdir(parents=True, exist_ok=True)
    target, part = root / name, root / f"{name}.part"
    if part.exists() and sha256_of(part) == sha256:  # only the move was missing
        os.replace(part, target)
        return target
    answers = []
    for mirror in mirrors:
        url = mirror.rstrip("/") + "/" + name
        for _ in range(_ATTEMPTS):
            before = _size(part)
            answer = _attempt(url, part, timeout)
            if answer is not None:
                answers.append(f"{url}: {answer}")
                if _size(part) <= before:
                    break
            elif sha256_of(part) == sha256:
                os.replace(part, target)
                return target
            else:
                answers.append(f"{url}: the checksum is wrong")
                part.unlink()
                if before == 0:  # else the part kept from before may be to blame: start afresh
                    break
    tried = "\n  ".join(answers) or "no mirror at all"
    raise ConnectionError(f"{name} could not be downloaded. Tried:\n  {tried}")


def sha256_of(path: Path) -> str:
    """The SHA-256 of the file at ``path``, in hexadecimal."""
    import hashlib  # here: it would make `import fineopt` slower

    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _attempt(url: str, part: Path, timeout: float) -> str | None:
    """Bring ``part`` up to the whole of ``url``; None, or in words why it is not whole."""
    # Imported here, as only a download needs them: `import fineopt` stays quick.
    import urllib.request
    from http.client import HTTPException
    from urllib.error import HTTPError

    from tqdm.auto import tqdm

    have = _size(part)
    headers = {"User-Agent": "fineopt"} | ({"Range": f"bytes={have}-"} if have else {})
    try:
        request = urllib.request.Request(url, headers=headers)
        with urllib.request.urlopen(request, timeout=timeout) as response:
            if response.status == 206:
                promised = str(response.headers.get("Content-Range", ""))
                if not promised.startswith(f"bytes {have}-"):
                    return f"asked for the bytes from {have} on, it offered {promised!r}"
            else:
                have = 0  # no Range here: it sends the whole file
            length = response.headers.get("Content-Length")
            total = have + int(length) if length else None
            with (
                part.open("ab" if have else "wb") as file,
                tqdm(
                    desc=part.stem, total=total, initial=have, unit="B", unit_scale=True
                ) as progress,
            ):
                while chunk := response.read(_CHUNK):
                    file.write(chunk)
                    progress.update(len(chunk))
    except HTTPError as error:
        if error.code == 416 and have:
            return None  # nothing follows the part that we have: its checksum decides
        return str(error)
    except (OSError, HTTPException, ValueError) as error:
        return str(error) or type(error).__name__
    if total is not None and _size(part) < total:
        return f"the connection broke after {_size(part)} of {total} bytes"
    return None
