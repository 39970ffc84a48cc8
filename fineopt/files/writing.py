"""Atomic file writes: every writer of the project goes through `write_file`."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable
from typing import Any, BinaryIO, TypeAlias

from .replacing import overwrite, replace_with

__all__ = ["Path", "write_file"]

Path: TypeAlias = "str | bytes | os.PathLike[Any] | int"


def write_file(path: Path, write: Callable[[BinaryIO], Any]) -> None:
    """Write a file atomically: after a failure the former file is unchanged.

    The new content goes to a temporary file in the same directory, is synced, and then replaces
    the former file. Symbolic links are followed; mode, owner and extended attributes are kept;
    other hard links keep the former content. Temporary files of killed processes are removed.

    If the file may be written but not replaced (a read-only directory, a mount point, another
    owner), the new content is completed in memory and disk space is reserved before it overwrites
    the former content: only a kill during that write can still damage the file. FIFOs, devices and
    open descriptors are written directly.

    Args:
        path: a path, or an open file descriptor.
        write: writes the new content to the binary file it is given.

    Raises:
        OSError: as ``open(path, "wb")`` does, or if the new content can't be written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_file(folder + "/note", lambda file: file.write(b"hello"))
    ...     os.listdir(folder)
    ['note']
    """
    if isinstance(path, int):
        with open(path, "wb") as file:
            write(file)
        return
    path = os.fsdecode(path)
    try:  # does not truncate, and fails exactly where open(path, "wb") fails
        former = os.open(path, os.O_WRONLY | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        replace_with(path, write, None)
        return
    with open(former, "wb") as file:
        if not stat.S_ISREG(os.fstat(former).st_mode):
            write(file)
        elif _is_open_elsewhere(path) or not replace_with(path, write, former):
            write(content := io.BytesIO())
            overwrite(former, content)


def _is_open_elsewhere(path: str) -> bool:
    """Return whether a path goes through a link in /dev or /proc, such as /dev/stdout."""
    for _ in range(40):
        if not os.path.islink(path):
            return False
        directory = os.path.realpath(os.path.dirname(path))
        if directory in ("/dev", "/dev/fd") or directory.startswith("/proc/"):
            return True
        path = os.path.join(os.path.dirname(path), os.readlink(path))
    return False
