"""Writes are atomic, and change nothing but the content of a file."""

from __future__ import annotations

import ast
import os
import random
import resource
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import fineopt
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


def test_a_kill_keeps_the_former_file_until_the_next_write_cleans_up(
    tmp_path: Path,
) -> None:
    path = tmp_path / "state"
    put(path, b"old")
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 2
    put(tmp_path / "other")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["other", "state"]


@pytest.mark.parametrize("error", [OSError("no space"), KeyboardInterrupt()])
def test_a_failed_write_keeps_the_former_file(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "state"
    put(path, b"old")

    def fail(file: object) -> None:
        put(tmp_path / "other")  # removes temporary files, but not those of running processes
        raise error

    with pytest.raises(type(error)):
        write_file(path, fail)
    assert path.read_bytes() == b"old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["other", "state"]


def test_links_mode_and_the_longest_name_are_kept(tmp_path: Path) -> None:
    path, link = tmp_path / ("n" * 255), tmp_path / "link"
    link.symlink_to(path.name)  # a dangling link
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


def test_devices_and_fifos_are_written_directly(tmp_path: Path) -> None:
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


# ---- files that may be written, but not replaced ----


def in_a_child(act: Callable[[], None], uid: int | None = None) -> int:
    """Run a function in a forked process, optionally as another user; return its exit code."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            if uid is not None:
                os.setgroups([])
                os.setgid(uid)
                os.setuid(uid)
            act()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("mode", [0o555, 0o777, 0o1777])
def test_a_file_that_can_not_be_replaced_is_overwritten(mode: int) -> None:
    """The directory is read-only, the file has another owner, or the directory is sticky."""
    uid = 65534 if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state"
        put(path, b"a longer one")
        path.chmod(0o666)
        os.chmod(folder, mode)
        before = path.stat()
        try:
            assert in_a_child(lambda: put(path), uid) == 0
            assert path.read_bytes() == b"new"
            if uid is not None:
                assert path.stat().st_ino == before.st_ino
                assert path.stat().st_uid == before.st_uid
            assert os.listdir(folder) == ["state"]
        finally:
            os.chmod(folder, 0o755)


def test_a_file_that_is_a_mount_point_is_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "state"
    put(path, b"a longer one")
    monkeypatch.setattr(os, "replace", lambda *_, **__: os.rmdir("/proc"))  # EBUSY
    put(path)
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["state"]


@pytest.mark.parametrize("mode", [0o555, 0o755])
def test_a_full_disk_keeps_the_former_file(mode: int) -> None:
    """The child process may write at most 1,000 bytes per file."""

    def fill() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        with pytest.raises(OSError):
            put(path, b"x" * 2000)

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state"
        put(path, b"old")
        path.chmod(0o666)
        os.chmod(folder, mode)
        try:
            assert in_a_child(fill, 65534 if os.geteuid() == 0 else None) == 0
            assert path.read_bytes() == b"old"
            assert os.listdir(folder) == ["state"]
        finally:
            os.chmod(folder, 0o755)


SAVING = """
import sys
import numpy as np
import fineopt
for i in range(10**9):
    fineopt.save({"i": i, "w": np.full(200_000, i)}, sys.argv[1])
    if i == 0:
        print("saved", flush=True)
"""


def test_kills_during_saves_leave_complete_files(tmp_path: Path) -> None:
    path = tmp_path / "state"
    for seed in range(20):
        with subprocess.Popen(
            [sys.executable, "-c", SAVING, str(path)], stdout=subprocess.PIPE
        ) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(random.Random(seed).uniform(0, 0.02))
            child.kill()
        state = fineopt.load(path)
        assert (state["w"] == state["i"]).all()
    fineopt.save(1, path)
    assert os.listdir(tmp_path) == ["state"]


def test_concurrent_saves_leave_one_complete_file(tmp_path: Path) -> None:
    path = tmp_path / "state"

    def save(content: bytes) -> None:
        for _ in range(200):
            put(path, content * 1000)

    threads = [threading.Thread(target=save, args=(text,)) for text in (b"a", b"b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_bytes() in (b"a" * 1000, b"b" * 1000)
    assert os.listdir(tmp_path) == ["state"]


def test_a_temporary_file_removed_by_another_process_is_created_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fineopt.files import locks

    lock, calls = locks.lock_file, []

    def late(file: object, name: str, directory: int) -> bool:
        if not calls:
            os.unlink(name, dir_fd=directory)
        calls.append(name)
        return lock(file, name, directory)  # type: ignore[arg-type]

    monkeypatch.setattr(locks, "lock_file", late)
    put(tmp_path / "state")
    assert len(calls) == 2
    assert (tmp_path / "state").read_bytes() == b"new"


def test_paths_as_long_as_open_allows(tmp_path: Path) -> None:
    folder = str(tmp_path)
    while len(folder) < 4095 - 110:
        folder += "/" + "d" * 99
    os.makedirs(folder)
    path = folder + "/" + "n" * (4095 - len(folder) - 1)
    put(path, b"old")
    put(path)
    assert Path(path).read_bytes() == b"new"
    with pytest.raises(OSError, match="too long"):
        put(path + "n")


def test_open_descriptors_and_stdout(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    write_file(writing, lambda file: file.write(b"new"))
    assert os.read(reading, 9) == b"new"
    os.close(reading)
    code = (
        "from fineopt.files import write_file; write_file('/dev/stdout', lambda f: f.write(b'x'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout == b"x"
    with (tmp_path / "out").open("wb") as out:
        subprocess.run([sys.executable, "-c", code], stdout=out, check=True)
        assert os.path.samestat(os.fstat(out.fileno()), (tmp_path / "out").stat())
    assert (tmp_path / "out").read_bytes() == b"x"


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_a_new_file_obeys_the_umask(tmp_path: Path, mask: int) -> None:
    former = os.umask(mask)
    try:
        put(tmp_path / "state")
    finally:
        os.umask(former)
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o666 & ~mask


# ---- no other writers ----

ROOT = Path(__file__).parents[2]
OWN = {
    *(f"fineopt/files/{name}.py" for name in ("locks", "replacing", "writing")),
    "fineopt/data/dataset/download.py",  # appends to a partial file, then renames it
}
WRITERS = {"write_text", "write_bytes", "save", "savez", "savez_compressed", "savefig", "savetxt"}


def writers(source: str) -> list[str]:
    """Return the calls that open a path for writing, except those within a write_file call."""
    tree, found = ast.parse(source), []
    inside = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "write_file"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or id(node) in inside:
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        base = getattr(getattr(node.func, "value", None), "id", "")
        texts = [a.value for a in [*node.args, *(k.value for k in node.keywords)]
                 if isinstance(a, ast.Constant) and isinstance(a.value, str)]  # fmt: skip
        opens = name == "open" and any(
            set(text) <= set("rwxabt+") and set(text) & set("wxa+") for text in texts
        )
        if (opens and base != "archive") or (
            name in WRITERS and (name != "save" or base in ("np", "numpy"))
        ):
            found.append(f"line {node.lineno}: {ast.unparse(node)}")
    return found


@pytest.mark.parametrize(
    "path",
    [
        str(path.relative_to(ROOT))
        for folder in ("fineopt", "tools", "benchmarks")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if str(path.relative_to(ROOT)) not in OWN
    ],
)
def test_no_other_writer(path: str) -> None:
    found = writers((ROOT / path).read_text(encoding="utf-8"))
    assert [call.split(": ", 1)[1] for call in found] == ALLOWED.get(path, [])


# Into a new directory, before NumPy and hence fineopt may be imported.
ALLOWED = {
    "tools/environment.py": ["startup.write_text(STARTUP, encoding='utf-8')"],
}


def test_a_writer_is_found() -> None:
    for code in ("open(p, 'w')", "p.open(mode='ab')", "np.save(p, a)", "figure.savefig(p)"):
        assert len(writers(code)) == 1
    assert not writers("open(p); p.open('rb'); write_file(p, lambda f: np.savez(f))")
