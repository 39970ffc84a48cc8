"""The arguments of the command `fineopt`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from .doctor import doctor
from .lab import open_lab
from .lessons import copy_lessons, summarize
from .requirements import provide

__all__ = ["main"]

FOLDER = "fineopt-lessons"
OPTIONS = ("--copy-only", "-h", "--help")  # of `fineopt lab`


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with these arguments, and return its exit status."""
    ours, extra = _split(sys.argv[1:] if argv is None else argv)
    options = _parser().parse_args(ours)
    options.extra = extra
    try:
        status: int = options.run(options)
        return status
    except (OSError, ValueError, RuntimeError) as error:
        print(f"fineopt: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("fineopt: interrupted", file=sys.stderr)
    return 1


def _split(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """Separate our arguments from JupyterLab's, whose options may have a value after a space.

    >>> _split(["lab", "here", "--port", "9999"])
    (['lab', 'here'], ['--port', '9999'])
    >>> _split(["lab", "--copy-only", "here"])
    (['lab', '--copy-only', 'here'], [])
    """
    if list(argv[:1]) != ["lab"]:
        return list(argv), []
    rest = list(argv[1:])
    ours = ["lab"]
    while rest and rest[0] in OPTIONS:
        ours.append(rest.pop(0))
    if rest and not rest[0].startswith("-"):
        ours.append(rest.pop(0))
    ours += [argument for argument in rest if argument in OPTIONS]
    extra = [argument for argument in rest if argument not in OPTIONS]
    if "--copy-only" in ours:  # JupyterLab is not opened: what is left is a mistake
        return [*ours, *extra], []
    return ours, extra


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fineopt",
        description="See and control how each parameter of a network is optimised.",
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    lab = commands.add_parser(
        "lab",
        help="copy the lessons to a folder, and open them in JupyterLab",
        description="Copy the lessons to DIR and open their index in JupyterLab. Files in DIR "
        "that you changed are never replaced. JupyterLab is installed if it is missing.",
        epilog="Further arguments, such as --port 9999 or --no-browser, are JupyterLab's. "
        "DIR comes before them.",
    )
    lab.add_argument("dir", nargs="?", type=Path, default=Path(FOLDER), metavar="DIR")
    lab.add_argument("--copy-only", action="store_true", help="copy the lessons, open nothing")
    lab.set_defaults(run=_lab)
    examine = commands.add_parser(
        "doctor",
        help="print versions, BLAS and threads, and whether the panels work",
        description="Print versions, BLAS, threads, whether widgets work, and what to do. "
        "The exit status is 1 if something does not work.",
    )
    examine.set_defaults(run=lambda _: doctor())
    return parser


def _lab(options: argparse.Namespace) -> int:
    if not options.copy_only:
        provide("lab")  # first: without it nothing should be copied
    print(summarize(copy_lessons(options.dir), options.dir), flush=True)
    if not options.copy_only:
        open_lab(options.dir, "index.ipynb", options.extra)
    return 0
