"""Advisory locks, and the temporary files that are recognised by them."""

from __future__ import annotations

import errno
import os
import re
import secrets
from contextlib import suppress
from typing import BinaryIO

try:
    import fcntl
except ImportError:  # Windows: the temporary files of killed processes stay there
    fcntl = None  # type: ignore[assignment]

__all__ = ["lock_file", "remove_abandoned", "temporary_name"]

_TEMPORARY = re.compile(r"\.fineopt-[0-9a-f]{16}\.tmp")  # 29 bytes: below any limit of file names


def lock_file(file: BinaryIO, name: str, directory: int | None = None) -> bool:
    """Lock an open file until it is closed, and return whether it still has this name.

    Waits for another process that holds the lock, which may have moved or removed the file since.

    Raises:
        OSError: if files can't be locked here.
    """
    if fcntl is None:
        raise OSError(errno.ENOLCK, "this system has no file locks")
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        there = os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return os.path.samestat(there, os.fstat(file.fileno()))


def temporary_name() -> str:
    """Return a random name for a temporary file."""
    return f".fineopt-{secrets.token_hex(8)}.tmp"


def remove_abandoned(directory: int) -> None:
    """Remove the temporary files of killed processes: those that no process has locked."""
    if fcntl is None:
        return
    with suppress(OSError):
        readable = os.open(".", os.O_RDONLY, dir_fd=directory)
        try:
            names = [name for name in os.listdir(readable) if _TEMPORARY.fullmatch(name)]
        finally:
            os.close(readable)
        for name in names:
            flags = os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK
            with suppress(OSError), open(os.open(name, flags, dir_fd=directory), "wb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(name, dir_fd=directory)
