"""Replacing a file by a new one in the same directory."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from typing import Any, BinaryIO

from . import locks

__all__ = ["overwrite", "replace_file", "replace_with"]

_DIRECTORY = getattr(os, "O_PATH", os.O_RDONLY) | getattr(os, "O_DIRECTORY", 0)
# Errors of a directory that allows no new file, or no replacement of this one.
_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY, errno.EXDEV)


def replace_with(path: str, write: Callable[[BinaryIO], Any], former: int | None) -> bool:
    """Write a temporary file, and replace a file by it.

    Args:
        path: the file to replace; symbolic links are followed.
        write: writes the new content to the file it is given.
        former: a descriptor of the file if it exists.

    Returns:
        False, leaving everything unchanged, if the directory does not allow it.

    Raises:
        OSError: if the new content can't be written.
    """
    directory, temporary, writing = None, "", False
    try:
        # Names relative to an open directory: a longer path than this one might be too long.
        directory, name = _follow(path)
        if name in ("", os.curdir, os.pardir):
            open(path, "wb").close()  # raises the error that names the reason
        locks.remove_abandoned(directory)
        temporary, file = _create(directory, former)
        with file:
            writing = True
            write(file)
            writing = False
            try:
                replace_file(file, temporary, name, directory)
            except OSError as error:
                if former is None or error.errno not in _REFUSED:
                    raise
                overwrite(former, file)
                os.unlink(temporary, dir_fd=directory)
        return True
    except _Refused:
        return False
    except BaseException as error:
        if directory is not None and temporary:
            with suppress(OSError):
                os.unlink(temporary, dir_fd=directory)
        if isinstance(error, OSError) and error.errno and not writing:
            raise OSError(error.errno, error.strerror, path) from None  # not the temporary's name
        raise
    finally:
        if directory is not None:
            os.close(directory)


def replace_file(file: BinaryIO, name: str, target: str, directory: int | None = None) -> None:
    """Sync an open file and rename it, replacing any file with the target name."""
    file.flush()
    os.fsync(file.fileno())
    os.replace(name, target, src_dir_fd=directory, dst_dir_fd=directory)
    with suppress(OSError):  # some systems can't sync a directory
        parent = os.open(os.path.dirname(target) or os.curdir, os.O_RDONLY, dir_fd=directory)
        try:
            os.fsync(parent)
        finally:
            os.close(parent)


def overwrite(former: int, content: BinaryIO) -> None:
    """Replace the content of an open file; a full disk is detected before any byte is written."""
    size, length = os.fstat(former).st_size, content.seek(0, os.SEEK_END)
    if hasattr(os, "posix_fallocate") and length > size:
        try:
            os.posix_fallocate(former, 0, length)
        except OSError as error:
            os.ftruncate(former, size)
            if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP):
                raise
    content.seek(0)
    os.lseek(former, 0, os.SEEK_SET)
    with open(former, "wb", closefd=False) as file:
        while chunk := content.read(1 << 20):
            file.write(chunk)
    os.ftruncate(former, length)
    os.fsync(former)


class _Refused(Exception):
    """The directory does not allow another file, or not one with the same owner."""


def _follow(path: str) -> tuple[int, str]:
    """Follow symbolic links; return an open directory and the name of the file in it."""
    directory: int | None = None
    try:
        for _ in range(40):
            parent, name = os.path.split(path)
            above, directory = directory, os.open(parent or ".", _DIRECTORY, dir_fd=directory)
            if above is not None:
                os.close(above)
            try:
                path = os.readlink(name, dir_fd=directory)
            except OSError:  # not a link
                return directory, name
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
    except BaseException:
        if directory is not None:
            os.close(directory)
        raise


def _create(directory: int, former: int | None) -> tuple[str, BinaryIO]:
    """Create a temporary file, locked so that other processes know that it is in use."""
    mode = 0o666 if former is None else 0o600  # the kernel applies the umask

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags, mode, dir_fd=directory)

    while True:
        name = locks.temporary_name()
        try:
            file = open(name, "x+b", opener=opener)  # noqa: SIM115
        except OSError as error:
            if former is not None and error.errno in _REFUSED:
                raise _Refused from None
            raise
        try:
            if former is not None:
                _copy_metadata(former, file.fileno())
            with suppress(OSError):  # without locks, no other process removes it either
                if not locks.lock_file(file, name, directory):
                    file.close()
                    continue  # another process removed it before it was locked
            return name, file
        except BaseException as error:
            file.close()
            with suppress(OSError):
                os.unlink(name, dir_fd=directory)
            if isinstance(error, OSError) and error.errno in _REFUSED:
                raise _Refused from None
            raise


def _copy_metadata(former: int, new: int) -> None:
    """Copy owner, mode and extended attributes."""
    status, own = os.fstat(former), os.fstat(new)
    if (status.st_uid, status.st_gid) != (own.st_uid, own.st_gid):
        os.fchown(new, status.st_uid, status.st_gid)
    os.fchmod(new, stat.S_IMODE(status.st_mode))
    if hasattr(os, "listxattr"):
        with suppress(OSError):  # unsupported on some systems, and not all can be set
            for name in os.listxattr(former):
                os.setxattr(new, name, os.getxattr(former, name))
