"""Run tests repeatedly while all cores are busy: `python -m tools.soak COUNT [pytest ...]`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """Run busy processes within a `with` block."""
    command = [sys.executable, "-c", "while True: pass"]
    started = [subprocess.Popen(command) for _ in range(processes)]
    try:
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()


def main(argv: Sequence[str]) -> None:
    """Run pytest COUNT times, and exit with 1 if any run failed."""
    count, options = int(argv[0]), argv[1:]
    if count < 1:
        raise SystemExit(f"soak: COUNT must be at least 1, not {count}")
    failed: list[int] = []
    with busy(os.cpu_count() or 1):
        for number in range(1, count + 1):
            begin = time.monotonic()
            done = subprocess.run([sys.executable, "-m", "pytest", *options], check=False)
            if done.returncode:
                failed.append(number)
            seconds = time.monotonic() - begin
            print(
                f"soak: run {number} of {count}, {seconds:.0f} s, {len(failed)} failed", flush=True
            )
    raise SystemExit(f"soak: failed in runs {failed} of {count}" if failed else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
