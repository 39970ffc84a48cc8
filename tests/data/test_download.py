from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fineopt.data.dataset import MNIST, download
from fineopt.data.dataset.download import fetch

from .mirror import Mirror, serving, sha256

NAME = "train-images-idx3-ubyte.gz"
BODY = np.random.RandomState(2).bytes(300_000)


@pytest.fixture
def good() -> Iterator[Mirror]:
    with serving(Mirror({NAME: BODY})) as mirror:
        yield mirror


@pytest.fixture
def bad() -> Iterator[Mirror]:
    with serving(Mirror({NAME: BODY})) as mirror:
        yield mirror


def get(root: Path, *mirrors: Mirror | str) -> Path:
    urls = [mirror if isinstance(mirror, str) else mirror.url for mirror in mirrors]
    return fetch(NAME, urls, root, sha256(BODY), timeout=10)


def assert_whole(path: Path) -> None:
    """Only the complete file is there."""
    assert path.read_bytes() == BODY
    assert [each.name for each in path.parent.iterdir()] == [NAME]


def test_a_download_shows_its_progress(
    good: Mirror, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_whole(get(tmp_path / "new" / "folder", good))
    assert good.asked == [(NAME, None)]
    shown = capsys.readouterr()  # tqdm draws a widget, and writes to stdout, once IPython is loaded
    assert NAME in shown.out + shown.err


def test_an_interrupted_download_is_resumed(good: Mirror, tmp_path: Path) -> None:
    good.cuts = [100_000, 50_000]
    assert_whole(get(tmp_path, good))
    assert [wanted for _, wanted in good.asked] == [None, "bytes=100000-", "bytes=150000-"]


def test_the_next_mirror_resumes_the_partial_file(
    bad: Mirror, good: Mirror, tmp_path: Path
) -> None:
    bad.cuts = [100_000, 0]
    assert_whole(get(tmp_path, bad, good))
    assert good.asked == [(NAME, "bytes=100000-")]


def test_the_next_call_resumes_the_partial_file(good: Mirror, tmp_path: Path) -> None:
    good.cuts = [1000, 1000, 1000]
    with pytest.raises(ConnectionError, match="lost after 3000 of 300000 bytes"):
        get(tmp_path, good)
    assert (tmp_path / f"{NAME}.part").read_bytes() == BODY[:3000]
    assert not (tmp_path / NAME).exists()
    assert_whole(get(tmp_path, good))
    assert good.asked[-1] == (NAME, "bytes=3000-")


def test_a_mirror_may_ignore_range(good: Mirror, tmp_path: Path) -> None:
    good.honours_range = False
    (tmp_path / f"{NAME}.part").write_bytes(BODY[:1234])
    assert_whole(get(tmp_path, good))
    assert good.asked == [(NAME, "bytes=1234-")]


@pytest.mark.parametrize("left", [b"other bytes", BODY + b"more"])
def test_a_partial_file_of_another_file_is_discarded(
    good: Mirror, tmp_path: Path, left: bytes
) -> None:
    (tmp_path / f"{NAME}.part").write_bytes(left)
    assert_whole(get(tmp_path, good))
    assert good.asked == [(NAME, f"bytes={len(left)}-"), (NAME, None)]


def test_a_complete_partial_file_is_only_renamed(good: Mirror, tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.part").write_bytes(BODY)
    assert_whole(get(tmp_path, good))
    assert good.asked == []


@pytest.mark.parametrize("status", [403, 404, 416, 500])
def test_a_failing_mirror_is_skipped(
    bad: Mirror, good: Mirror, tmp_path: Path, status: int
) -> None:
    bad.status = status
    assert_whole(get(tmp_path, bad, good))
    assert len(bad.asked) == 1


def test_a_mirror_with_another_file_is_skipped(bad: Mirror, good: Mirror, tmp_path: Path) -> None:
    bad.files[NAME] = b"<html>log in first</html>"
    assert_whole(get(tmp_path, bad, good))


def test_when_every_mirror_has_another_file(bad: Mirror, tmp_path: Path) -> None:
    bad.files[NAME] = b"<html>log in first</html>"
    with pytest.raises(ConnectionError, match=f"{bad.url}{NAME}: the checksum is wrong"):
        get(tmp_path, bad)
    assert list(tmp_path.iterdir()) == []


NOWHERE = ("http://127.0.0.1:9/", "no-scheme/", "http://nowhere.invalid/")


def test_no_network(tmp_path: Path) -> None:
    with pytest.raises(ConnectionError) as refusal:
        get(tmp_path, *NOWHERE)
    for mirror in NOWHERE:
        assert f"{mirror}{NAME}: " in str(refusal.value)
    assert list(tmp_path.iterdir()) == []


def test_mnist_downloads_only_missing_files(files: dict[str, bytes], tmp_path: Path) -> None:
    with serving(Mirror(files)) as mirror:

        class Tiny(MNIST):
            mirrors = (NOWHERE[0], mirror.url)
            checksums = {name: sha256(data) for name, data in files.items()}  # noqa: RUF012

        for _ in range(2):
            assert len(Tiny(root=tmp_path)) == 6
        assert [name for name, _ in mirror.asked] == [NAME, "train-labels-idx1-ubyte.gz"]
        assert len(Tiny(root=tmp_path, train=False)) == 2


def test_mnist_offline_explains_what_to_do(tmp_path: Path) -> None:
    class Offline(MNIST):
        mirrors = NOWHERE[:1]

    with pytest.raises(ConnectionError) as refusal:
        Offline(root=tmp_path)
    message = str(refusal.value)
    assert f"{NOWHERE[0]}{NAME}" in message
    assert f"put {NAME} and train-labels-idx1-ubyte.gz into {tmp_path}" in message
    assert "MNISTSample()" in message


def test_the_real_mirrors_and_checksums_are_well_formed() -> None:
    assert all(url.startswith("https://") and url.endswith("/") for url in MNIST.mirrors)
    assert len(MNIST.checksums) == 4
    assert all(len(bytes.fromhex(digest)) == 32 for digest in MNIST.checksums.values())


# ---- concurrent downloads, endless and slow responses ----


def test_concurrent_calls_share_one_download(good: Mirror, tmp_path: Path) -> None:
    good.cuts = [1000]
    with ThreadPoolExecutor(4) as pool:
        for path in pool.map(lambda _: get(tmp_path, good), range(4)):
            assert path.read_bytes() == BODY
    assert_whole(tmp_path / NAME)
    assert good.asked == [(NAME, None), (NAME, "bytes=1000-")]


def test_without_locks_each_call_has_its_own_partial_file(
    good: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unable(*_: object) -> bool:
        raise OSError("no locks")

    monkeypatch.setattr(download, "lock_file", unable)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: get(tmp_path, good), range(4)))
    assert (tmp_path / NAME).read_bytes() == BODY


@pytest.fixture
def talker() -> Iterator[tuple[str, dict[str, Any]]]:
    """A server that repeats a piece of the body at an interval, and its settings."""
    how: dict[str, Any] = {"head": b"HTTP/1.0 200 OK\r\n\r\n", "piece": b"x" * 50_000, "wait": 0.0}
    done = threading.Event()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                self.request.recv(4096)
                self.request.sendall(how["head"])
                while not done.wait(how["wait"]):
                    self.request.sendall(how["piece"])

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/", how
        done.set()
        server.shutdown()
        thread.join()


def test_an_endless_body_is_rejected_at_the_known_size(
    talker: tuple[str, dict[str, Any]],
    good: Mirror,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(download.SIZES, sha256(BODY), len(BODY))
    with pytest.raises(ConnectionError, match="more than 300000 bytes received"):
        get(tmp_path, talker[0])
    talker[1]["head"] = b"HTTP/1.0 200 OK\r\nContent-Length: 99999999999\r\n\r\n"
    with pytest.raises(ConnectionError, match="a size of 99999999999 bytes"):
        get(tmp_path, talker[0])
    assert list(tmp_path.iterdir()) == []
    assert_whole(get(tmp_path, talker[0], good))


@pytest.mark.parametrize("head", [b"HTTP/1.0 200 OK\r\n\r\n", b"HTTP/1.0 200 OK\r\nX: "])
def test_a_slow_response_times_out(
    talker: tuple[str, dict[str, Any]], good: Mirror, tmp_path: Path, head: bytes
) -> None:
    """In the body and in a header; each byte arrives well within the timeout."""
    talker[1].update(head=head, piece=b"x", wait=0.02)
    with pytest.raises(ConnectionError, match=r"too slow: \d+ bytes in"):
        fetch(NAME, [talker[0]], tmp_path, sha256(BODY), timeout=0.5)
    assert_whole(fetch(NAME, [talker[0], good.url], tmp_path, sha256(BODY), timeout=0.5))


def test_the_sizes_are_those_of_the_real_checksums() -> None:
    assert set(download.SIZES) == set(MNIST.checksums.values())
