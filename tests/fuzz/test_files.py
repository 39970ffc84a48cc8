"""Thousands of damaged files, 100 kills, and 50 pairs of concurrent downloads."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import fineopt
from tests.data.mirror import Mirror, serving, sha256
from tests.files.test_writing import SAVING
from tests.support.damage import KINDS, try_damage

FETCHING = """
import sys
from pathlib import Path
from fineopt.data.dataset.download import fetch
url, root, digest = sys.argv[1:]
fetch("file.gz", [url], Path(root), digest, 20)
"""


@pytest.mark.parametrize("kind", KINDS)
def test_damage(kind: str, tmp_path: Path) -> None:
    counts, wrong = try_damage(kind, tmp_path / kind, int(os.environ.get("TIMES", 8000)), seed=7)
    print(kind, dict(counts), len(wrong), "wrong")
    assert not wrong, "\n".join(wrong[:20])


def test_kills_in_saves(tmp_path: Path) -> None:
    path, lost = tmp_path / "state", 0
    for seed in range(100):
        with subprocess.Popen(
            [sys.executable, "-c", SAVING, str(path)], stdout=subprocess.PIPE
        ) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(random.Random(seed).uniform(0, 0.05))
            child.kill()
        state = fineopt.load(path)
        lost += not (state["w"] == state["i"]).all()
    fineopt.save(1, path)
    print(f"100 kills, {lost} files lost, files: {os.listdir(tmp_path)}")
    assert not lost
    assert os.listdir(tmp_path) == ["state"]


def test_pairs_of_downloads(tmp_path: Path) -> None:
    body, failed, damaged = np.random.RandomState(0).bytes(3_000_000), 0, 0
    with serving(Mirror({"file.gz": body})) as mirror:
        for pair in range(50):
            root = tmp_path / str(pair)
            command = [sys.executable, "-c", FETCHING, mirror.url, str(root), sha256(body)]
            pair_of = [subprocess.Popen(command, stderr=subprocess.DEVNULL) for _ in range(2)]
            failed += sum(process.wait() != 0 for process in pair_of)
            damaged += (root / "file.gz").read_bytes() != body
            damaged += os.listdir(root) != ["file.gz"]
    print(f"50 pairs of downloads, {failed} failed, {damaged} damaged")
    assert not failed and not damaged
