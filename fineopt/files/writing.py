"""Writing a file whole or not at all: every writer of the project goes through `write_file`."""

from __future__ import annotations

import errno
import io
import os
import re
import secrets
import stat
from collections.abc import Callable
from contextlib import suppress
from typing import Any, BinaryIO, TypeAlias

try:
    import fcntl
except ImportError:  # Windows: what a kill leaves behind then stays
    fcntl = None  # type: ignore[assignment]

__all__ = ["Path", "is_locked_as", "move", "write_file"]

Path: TypeAlias = "str | bytes | os.PathLike[Any] | int"

_TEMPORARY = re.compile(r"\.fineopt-[0-9a-f]{16}\.tmp")  # 29 bytes: shorter than any limit of names
_DIRECTORY = getattr(os, "O_PATH", os.O_RDONLY) | getattr(os, "O_DIRECTORY", 0)
# What a directory says in which no file can be made, or put in the place of this one.
_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY, errno.EXDEV)


def write_file(path: Path, write: Callable[[BinaryIO], Any]) -> None:
    """Replace a file by what ``write`` writes, whole or not at all.

    The new content goes to a temporary file in the same directory, is synced, and then replaces
    the former file; until then that stays, whatever happens. Links are followed, mode, owner and
    extended attributes kept; another hard link keeps the former content. Temporary files of
    killed processes are removed.

    Where a file may be written but not replaced (in a directory that can't be written, as a mount
    point, as another user's), the new content is completed in memory first and room for it is
    made, before it overwrites the former: only a kill in that moment can still do harm. What is
    not a regular file (a FIFO, a device) and an open descriptor are written straight through.

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
    try:  # not truncated, and refused exactly where open refuses it
        former = os.open(path, os.O_WRONLY | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        _beside(path, write, None)
        return
    with open(former, "wb") as file:
        if not stat.S_ISREG(os.fstat(former).st_mode):
            write(file)
        elif _is_open_elsewhere(path) or not _beside(path, write, former):
            write(whole := io.BytesIO())
            _overwrite(former, whole)


def is_locked_as(file: BinaryIO, name: str, directory: int | None = None) -> bool:
    """Lock an open file, for as long as it is open, and return whether it still has that name.

    It may wait for another process, which may then have moved or removed the file.

    Raises:
        OSError: if files can't be locked here.
    """
    if fcntl is None:
        raise OSError(errno.ENOLCK, "this system has no locks of files")
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        there = os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return os.path.samestat(there, os.fstat(file.fileno()))


def move(file: BinaryIO, name: str, target: str, directory: int | None = None) -> None:
    """Sync an open file and give it another name, in place of what has it."""
    file.flush()
    os.fsync(file.fileno())
    os.replace(name, target, src_dir_fd=directory, dst_dir_fd=directory)
    with suppress(OSError):  # some systems can't sync a directory
        parent = os.open(os.path.dirname(target) or os.curdir, os.O_RDONLY, dir_fd=directory)
        try:
            os.fsync(parent)
        finally:
            os.close(parent)


class _Refused(Exception):
    """The directory allows no file beside this one, or not with its owner."""


def _beside(path: str, write: Callable[[BinaryIO], Any], former: int | None) -> bool:
    """Write beside the former file and replace it; False, with nothing done, if that is refused."""
    directory, temporary, writing = None, "", False
    try:
        # Names in an open directory: a path with a longer name in it might be too long.
        directory, name = _follow(path)
        if name in ("", os.curdir, os.pardir):
            open(path, "wb").close()  # which says why it can't be
        _clean(directory)
        temporary, file = _create(directory, former)
        with file:
            writing = True
            write(file)
            writing = False
            try:
                move(file, temporary, name, directory)
            except OSError as error:
                if former is None or error.errno not in _REFUSED:
                    raise
                _overwrite(former, file)
                os.unlink(temporary, dir_fd=directory)
        return True
    except _Refused:
        return False
    except BaseException as error:
        if directory is not None and temporary:
            with suppress(OSError):
                os.unlink(temporary, dir_fd=directory)
        if isinstance(error, OSError) and error.errno and not writing:
            raise OSError(error.errno, error.strerror, path) from None  # what was asked for
        raise
    finally:
        if directory is not None:
            os.close(directory)


def _follow(path: str) -> tuple[int, str]:
    """Open the directory of the file that links lead to; return it and the file's name there."""
    directory: int | None = None
    try:
        for _ in range(40):
            parent, name = os.path.split(path)
            above, directory = directory, os.open(parent or ".", _DIRECTORY, dir_fd=directory)
            if above is not None:
                os.close(above)
            try:
                path = os.readlink(name, dir_fd=directory)
            except OSError:  # no link
                return directory, name
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
    except BaseException:
        if directory is not None:
            os.close(directory)
        raise


def _create(directory: int, former: int | None) -> tuple[str, BinaryIO]:
    """Make a temporary file that is locked, so that others know that this process lives."""
    mode = 0o666 if former is None else 0o600  # the umask is the kernel's business

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags, mode, dir_fd=directory)

    while True:
        name = f".fineopt-{secrets.token_hex(8)}.tmp"
        try:
            file = open(name, "x+b", opener=opener)  # noqa: SIM115
        except OSError as error:
            if former is not None and error.errno in _REFUSED:
                raise _Refused from None
            raise
        try:
            if former is not None:
                _keep(former, file.fileno())
            with suppress(OSError):  # without locks none is removed either
                if not is_locked_as(file, name, directory):
                    file.close()
                    continue  # removed by another between making and locking it
            return name, file
        except BaseException as error:
            file.close()
            with suppress(OSError):
                os.unlink(name, dir_fd=directory)
            if isinstance(error, OSError) and error.errno in _REFUSED:
                raise _Refused from None
            raise


def _keep(former: int, new: int) -> None:
    """Give the new file the former one's owner, mode and extended attributes."""
    status, own = os.fstat(former), os.fstat(new)
    if (status.st_uid, status.st_gid) != (own.st_uid, own.st_gid):
        os.fchown(new, status.st_uid, status.st_gid)
    os.fchmod(new, stat.S_IMODE(status.st_mode))
    if hasattr(os, "listxattr"):
        with suppress(OSError):  # not every system has them, nor lets all be set
            for name in os.listxattr(former):
                os.setxattr(new, name, os.getxattr(former, name))


def _overwrite(former: int, whole: BinaryIO) -> None:
    """Put the whole content in the place of the former; a full disk is known before that."""
    size, length = os.fstat(former).st_size, whole.seek(0, os.SEEK_END)
    if hasattr(os, "posix_fallocate") and length > size:
        try:
            os.posix_fallocate(former, 0, length)
        except OSError as error:
            os.ftruncate(former, size)
            if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP):
                raise
    whole.seek(0)
    os.lseek(former, 0, os.SEEK_SET)
    with open(former, "wb", closefd=False) as file:
        while chunk := whole.read(1 << 20):
            file.write(chunk)
    os.ftruncate(former, length)
    os.fsync(former)


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


def _clean(directory: int) -> None:
    """Remove the temporary files of processes that were killed: nobody holds their lock."""
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
