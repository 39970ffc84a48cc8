"""Fetching one file from several mirrors: resumed where it broke off, checked, moved in whole."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from ...files import lock_file, replace_file

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["fetch", "sha256_of"]

_CHUNK = 1 << 16
_ATTEMPTS = 3  # per mirror, as long as each one brings new bytes
_MOST = 2**30  # bytes, of a file whose size is not known
# How many bytes the files have, by their SHA-256: a mirror may send no more.
_SIZES = {
    "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609": 9912422,
    "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c": 28881,
    "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6": 1648877,
    "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6": 4542,
}


def fetch(name: str, mirrors: Sequence[str], root: Path, sha256: str, timeout: float) -> Path:
    """Download ``name`` into ``root`` from the first mirror that delivers it; return its path.

    What has arrived is kept in ``root/name.part``, from where the next attempt, mirror or call
    goes on. Only a file whose SHA-256 is right gets its final name. The part is locked: of several
    processes one downloads, and the others wait for it. ``timeout`` is in seconds, for each wait
    on the network; a mirror that sends less than 1,000 bytes a second for that long is left.

    Raises:
        ConnectionError: no mirror delivered it. The message tells what each one answered.
    """
    root.mkdir(parents=True, exist_ok=True)
    target = root / name
    with _own_part(root / f"{name}.part") as (file, part):
        if target.exists() and sha256_of(target) == sha256:  # another was quicker
            os.unlink(part)
            return target
        if _sha256(file) == sha256:  # only the move was missing
            replace_file(file, str(part), str(target))
            return target
        answers = []
        for mirror in mirrors:
            url = mirror.rstrip("/") + "/" + name
            for _ in range(_ATTEMPTS):
                before = _size(file)
                answer = _attempt(url, file, name, _SIZES.get(sha256), timeout)
                if answer is not None:
                    answers.append(f"{url}: {answer}")
                    if _size(file) <= before or "too slow" in answer:
                        break
                elif _sha256(file) == sha256:
                    replace_file(file, str(part), str(target))
                    return target
                else:
                    answers.append(f"{url}: the checksum is wrong")
                    file.truncate(0)
                    if before == 0:  # else the part kept from before may be to blame: start afresh
                        break
        if not _size(file):
            os.unlink(part)
    tried = "\n  ".join(answers) or "no mirror at all"
    raise ConnectionError(f"{name} could not be downloaded. Tried:\n  {tried}")


@contextmanager
def _own_part(part: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """Open a part that no other process has; where files can't be locked, one of its own."""
    while True:
        with part.open("a+b") as file:
            try:
                ours = lock_file(file, str(part))
            except OSError:
                break
            if ours:  # else another has moved or removed it meanwhile
                yield file, part
                return
    own = part.with_name(f"{part.stem}.{secrets.token_hex(8)}.part")
    try:
        with own.open("x+b") as file:
            yield file, own
    finally:
        own.unlink(missing_ok=True)


def sha256_of(path: Path) -> str:
    """The SHA-256 of the file at ``path``, in hexadecimal."""
    with path.open("rb") as file:
        return _sha256(file)


def _sha256(file: BinaryIO) -> str:
    import hashlib  # here: it would make `import fineopt` slower

    digest = hashlib.sha256()
    file.seek(0)
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _size(file: BinaryIO) -> int:
    file.flush()
    return os.fstat(file.fileno()).st_size


def _attempt(url: str, file: BinaryIO, name: str, size: int | None, timeout: float) -> str | None:
    """Bring the part up to the whole of ``url``; None, or in words why it is not whole."""
    # Imported here, as only a download needs them: `import fineopt` stays quick.
    import urllib.request
    from http.client import HTTPException
    from urllib.error import HTTPError

    from tqdm.auto import tqdm

    from .pace import opener

    have, most = _size(file), _MOST if size is None else size
    headers = {"User-Agent": "fineopt"} | ({"Range": f"bytes={have}-"} if have else {})
    try:
        request = urllib.request.Request(url, headers=headers)
        with opener(timeout).open(request, timeout=timeout) as response:
            if response.status == 206:
                promised = str(response.headers.get("Content-Range", ""))
                if not promised.startswith(f"bytes {have}-"):
                    return f"asked for the bytes from {have} on, it offered {promised!r}"
            else:
                have = 0  # no Range here: it sends the whole file
            length = response.headers.get("Content-Length")
            total = have + int(length) if length else None
            if total is not None and total > most:
                return f"it offers {total} bytes, where {most} are the most"
            if not have:
                file.truncate(0)
            with tqdm(desc=name, total=total, initial=have, unit="B", unit_scale=True) as progress:
                while chunk := response.read(_CHUNK):
                    if _size(file) + len(chunk) > most:
                        file.truncate(0)  # none of it is to be trusted
                        return f"it sends more than {most} bytes"
                    file.write(chunk)
                    progress.update(len(chunk))
    except HTTPError as error:
        if error.code == 416 and have:
            return None  # nothing follows the part that we have: its checksum decides
        return str(error)
    except (OSError, HTTPException, ValueError) as error:
        return str(error) or type(error).__name__
    if total is not None and _size(file) < total:
        return f"the connection broke after {_size(file)} of {total} bytes"
    return None
