"""A file is written whole or not at all, and stays what it was in all but its content."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from fineopt.files import write_file

KILLED = """
import os, signal, sys
from fineopt.files import write_file
def write(file):
    file.write(b"new" * 1000)
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
write_file(sys.argv[1], write)
"""


def put(path: Path | str | bytes, content: bytes = b"new") -> None:
    write_file(path, lambda file: file.write(content))


def test_a_kill_keeps_the_former_file_and_the_next_write_cleans_up(tmp_path: Path) -> None:
    path = tmp_path / "state"
    put(path, b"old")
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 2
    put(tmp_path / "other")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["other", "state"]


@pytest.mark.parametrize("error", [OSError("no space"), KeyboardInterrupt()])
def test_a_failed_write_leaves_the_former_file_alone(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "state"
    put(path, b"old")

    def fail(file: object) -> None:
        put(tmp_path / "other")  # which cleans up, but not after a process that lives
        raise error

    with pytest.raises(type(error)):
        write_file(path, fail)
    assert path.read_bytes() == b"old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["other", "state"]


def test_links_mode_and_the_longest_name_are_kept(tmp_path: Path) -> None:
    path, link = tmp_path / ("n" * 255), tmp_path / "link"
    link.symlink_to(path.name)  # it leads to nothing yet
    put(link, b"old")
    path.chmod(0o640)
    put(os.fsencode(link))
    assert link.is_symlink()
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    link.unlink()
    link.symlink_to("link")
    with pytest.raises(OSError, match="symbolic links"):
        put(link)


def test_what_is_no_regular_file_is_written_through(tmp_path: Path) -> None:
    put("/dev/null")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    fifo, read = tmp_path / "fifo", []
    os.mkfifo(fifo)
    reader = threading.Thread(target=lambda: read.append(fifo.read_bytes()))
    reader.start()
    put(fifo)
    reader.join()
    assert read == [b"new"]
    with pytest.raises(IsADirectoryError):
        put(tmp_path)
    with pytest.raises(FileNotFoundError, match="absent/state"):
        put(tmp_path / "absent" / "state")
