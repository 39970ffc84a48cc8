"""Download of a file from mirrors: resumed after a failure, verified, renamed when complete."""

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
_ATTEMPTS = 3  # per mirror, while each one makes progress
_MAX_SIZE = 2**30  # bytes, of a file of unknown size
# The sizes of known files by their SHA-256: larger responses are rejected.
SIZES = {
    "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609": 9912422,
    "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c": 28881,
    "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6": 1648877,
    "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6": 4542,
}


def fetch(name: str, mirrors: Sequence[str], root: Path, sha256: str, timeout: float) -> Path:
    """Download a file into ``root`` from the first mirror that has it, and return its path.

    Partial downloads are kept in ``root/name.part`` and resumed by the next attempt, mirror or
    call. The file is renamed once its SHA-256 matches. The partial file is locked: one process
    downloads it while the others wait.

    Args:
        name: the name of the file.
        mirrors: URLs of directories, tried in this order.
        root: the directory of the file; it is created if it does not exist.
        sha256: the checksum of the file.
        timeout: seconds for each wait on the network; a mirror that sends fewer than 1,000 bytes
            per second for that long is abandoned.

    Raises:
        ConnectionError: if no mirror delivered the file. The message lists their responses.
    """
    root.mkdir(parents=True, exist_ok=True)
    target = root / name
    with _own_part(root / f"{name}.part") as (file, part):
        if target.exists() and sha256_of(target) == sha256:  # another process was faster
            os.unlink(part)
            return target
        if _sha256(file) == sha256:  # only the rename was missing
            replace_file(file, str(part), str(target))
            return target
        answers = []
        for mirror in mirrors:
            url = mirror.rstrip("/") + "/" + name
            for _ in range(_ATTEMPTS):
                before = _size(file)
                answer = _attempt(url, file, name, SIZES.get(sha256), timeout)
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
                    if before == 0:  # otherwise retry: the former partial file may be at fault
                        break
        if not _size(file):
            os.unlink(part)
    tried = "\n  ".join(answers) or "no mirrors"
    raise ConnectionError(f"{name} could not be downloaded. Tried:\n  {tried}")


@contextmanager
def _own_part(part: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """Open and lock the partial file; if files can't be locked, open a separate one."""
    while True:
        with part.open("a+b") as file:
            try:
                ours = lock_file(file, str(part))
            except OSError:
                break
            if ours:  # otherwise another process has renamed or removed it
                yield file, part
                return
    own = part.with_name(f"{part.stem}.{secrets.token_hex(8)}.part")
    try:
        with own.open("x+b") as file:
            yield file, own
    finally:
        own.unlink(missing_ok=True)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return _sha256(file)


def _sha256(file: BinaryIO) -> str:
    import hashlib  # imported on use, to keep `import fineopt` fast

    digest = hashlib.sha256()
    file.seek(0)
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _size(file: BinaryIO) -> int:
    file.flush()
    return os.fstat(file.fileno()).st_size


def _attempt(url: str, file: BinaryIO, name: str, size: int | None, timeout: float) -> str | None:
    """Download the rest of the file; return None, or a description of the failure."""
    # Imported on use, to keep `import fineopt` fast.
    import urllib.request
    from http.client import HTTPException
    from urllib.error import HTTPError

    from tqdm.auto import tqdm

    from .pace import opener

    have, most = _size(file), _MAX_SIZE if size is None else size
    headers = {"User-Agent": "fineopt"} | ({"Range": f"bytes={have}-"} if have else {})
    try:
        request = urllib.request.Request(url, headers=headers)
        with opener(timeout).open(request, timeout=timeout) as response:
            if response.status == 206:
                promised = str(response.headers.get("Content-Range", ""))
                if not promised.startswith(f"bytes {have}-"):
                    return f"requested bytes {have}-, received Content-Range {promised!r}"
            else:
                have = 0  # the server ignores Range and sends the whole file
            length = response.headers.get("Content-Length")
            total = have + int(length) if length else None
            if total is not None and total > most:
                return f"a size of {total} bytes, expected at most {most}"
            if not have:
                file.truncate(0)
            with tqdm(desc=name, total=total, initial=have, unit="B", unit_scale=True) as progress:
                while chunk := response.read(_CHUNK):
                    if _size(file) + len(chunk) > most:
                        file.truncate(0)  # the whole content is suspect
                        return f"more than {most} bytes received"
                    file.write(chunk)
                    progress.update(len(chunk))
    except HTTPError as error:
        if error.code == 416 and have:
            return None  # the partial file is complete: its checksum decides
        return str(error)
    except (OSError, HTTPException, ValueError) as error:
        return str(error) or type(error).__name__
    if total is not None and _size(file) < total:
        return f"connection lost after {_size(file)} of {total} bytes"
    return None
