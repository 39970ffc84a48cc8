"""Print a table of ratios and draw a figure of them."""

from __future__ import annotations

import argparse
import platform
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from . import peer
from .figure import draw
from .measure import Row
from .rows import SECTIONS


def main() -> None:
    """Run the selected sections."""
    names = [name for name, _, _ in SECTIONS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("sections", nargs="*", help=f"any of {', '.join(names)}. Default: all")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], metavar="N")
    parser.add_argument("--rounds", type=int, default=15, help="number of turns of each side")
    default = Path(__file__).parent / "figures" / "steps.svg"
    parser.add_argument("--figure", type=Path, default=default)
    args = parser.parse_args()
    if unknown := set(args.sections) - set(names):
        parser.error(
            f"unknown section: {', '.join(sorted(unknown))} (choose from {', '.join(names)})"
        )

    other = f"PyTorch {peer.torch.__version__}" if peer.torch else "PyTorch is not installed"
    print(f"{_machine()}, Python {platform.python_version()}, NumPy {np.__version__}, {other}")
    print(_line("", "threads", "fineopt", "other", "ratio", "bar"))
    done: list[tuple[int, Row]] = []
    for name, by_threads, rows in SECTIONS:
        if args.sections and name not in args.sections:
            continue
        for threads in args.threads if by_threads else [1]:
            if peer.torch:
                peer.torch.set_num_threads(threads)
            with threadpool_limits(threads):
                for row in rows(threads, args.rounds):
                    done.append((threads, row))
                    print(_text(threads, row), flush=True)
    if done:
        draw(done, args.figure)
        print(f"figure written to {args.figure}")


def _machine() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _line(name: str, *cells: str) -> str:
    widths = (9, 12, 22, 9, 9)
    return f"{name:36}" + "".join(f"{c:>{w}}" for c, w in zip(cells, widths, strict=True))


def _text(threads: int, row: Row) -> str:
    other = "" if row.other is None else f"{row.other:.2f} {row.unit} {row.of}"
    ratio = "" if row.ratio is None else f"{row.ratio:.3f}"
    bar = "" if row.bar is None else f"<= {row.bar:g}"
    verdict = {None: "", True: "  ok", False: "  MISSED"}[row.holds]
    return _line(row.name, str(threads), f"{row.ours:.2f} {row.unit}", other, ratio, bar) + verdict


main()
