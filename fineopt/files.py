"""Writing a file whole or not at all: every writer of the project goes through `write_file`."""

from __future__ import annotations

import os
import re
import secrets
import stat
from collections.abc import Callable
from contextlib import suppress
from typing import Any, BinaryIO

try:
    import fcntl
except ImportError:  # Windows: what a kill leaves behind then stays
    fcntl = None  # type: ignore[assignment]

__all__ = ["write_file"]

_TEMPORARY = re.compile(r"\.fineopt-[0-9a-f]{16}\.tmp")  # 29 bytes: shorter than any limit of names


def write_file(path: str | bytes | os.PathLike[Any], write: Callable[[BinaryIO], Any]) -> None:
    """Replace a file by what ``write`` writes, whole or not at all.

    The new content goes to a temporary file in the same directory, is synced, and then replaces
    the former file; until then that stays, whatever happens. Links are followed, mode, owner and
    extended attributes kept; another hard link keeps the former content. What is not a regular
    file (a FIFO, a device) is written straight through. Temporary files of killed processes are
    removed.

    Raises:
        OSError: as ``open(path, "wb")`` does, or if the new content can't be written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_file(folder + "/note", lambda file: file.write(b"hello"))
    ...     os.listdir(folder)
    ['note']
    """
    path = os.fsdecode(path)
    try:  # not truncated, and refused exactly where open refuses it
        former = os.open(path, os.O_WRONLY | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        if os.path.basename(path) in ("", os.curdir, os.pardir):
            raise
        former = None
    if former is None:
        _replace(path, os.path.realpath(path), write, None)
        return
    with open(former, "wb") as file:
        if stat.S_ISREG(os.fstat(former).st_mode) and not _is_open_elsewhere(path):
            _replace(path, os.path.realpath(path), write, former)
        else:
            with suppress(OSError):  # a FIFO or device has no length
                os.ftruncate(former, 0)
            write(file)


def _replace(path: str, target: str, write: Callable[[BinaryIO], Any], former: int | None) -> None:
    directory = os.path.dirname(target)
    _clean(directory)
    temporary = os.path.join(directory, f".fineopt-{secrets.token_hex(8)}.tmp")
    mode = 0o666 if former is None else 0o600  # the umask is the kernel's business
    try:
        with open(temporary, "xb", opener=lambda p, flags: os.open(p, flags, mode)) as file:
            if fcntl is not None:  # tells others that this process lives
                with suppress(OSError):
                    fcntl.flock(file, fcntl.LOCK_EX)
            if former is not None:
                _keep(former, file.fileno())
            write(file)
            file.flush()
            os.fsync(file.fileno())
            if fcntl is not None:
                os.replace(temporary, target)  # still locked
        if fcntl is None:
            os.replace(temporary, target)
    except BaseException as error:
        if not isinstance(error, FileExistsError):
            with suppress(OSError):
                os.unlink(temporary)
        if isinstance(error, OSError) and error.filename == temporary:  # name what was asked for
            raise OSError(error.errno, error.strerror, path) from None
        raise
    with suppress(OSError, AttributeError):  # some systems can't sync a directory
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _keep(former: int, new: int) -> None:
    """Give the new file the former one's owner, mode and extended attributes."""
    import shutil  # here: it would make `import fineopt` slower

    if hasattr(os, "fchown"):
        status = os.fstat(former)
        if (status.st_uid, status.st_gid) != (os.fstat(new).st_uid, os.fstat(new).st_gid):
            os.fchown(new, status.st_uid, status.st_gid)
        shutil.copystat(former, new)  # type: ignore[arg-type]  # descriptors do too


def _is_open_elsewhere(path: str) -> bool:
    """Whether the path leads over a link of /dev or /proc, such as /dev/stdout."""
    for _ in range(40):
        if not os.path.islink(path):
            return False
        directory = os.path.realpath(os.path.dirname(path))
        if directory in ("/dev", "/dev/fd") or directory.startswith("/proc/"):
            return True
        path = os.path.join(os.path.dirname(path), os.readlink(path))
    return False


def _clean(directory: str) -> None:
    """Remove the temporary files of processes that were killed: nobody holds their lock."""
    if fcntl is None:
        return
    with suppress(OSError), os.scandir(directory) as entries:
        for entry in entries:
            if not _TEMPORARY.fullmatch(entry.name):
                continue
            with suppress(OSError):
                if entry.stat(follow_symlinks=False).st_uid != os.geteuid():
                    continue
                handle = os.open(entry.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    os.unlink(entry.path)
                finally:
                    os.close(handle)
