"""Open JupyterLab at a notebook of this clone: `python tools/lab.py NOTEBOOK [arguments]`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from fineopt.command.lab import open_lab


def main(argv: Sequence[str]) -> None:
    """Replace this process by JupyterLab."""
    notebook, *extra = argv
    try:
        open_lab(Path(__file__).resolve().parent.parent, notebook, extra)
    except ValueError as error:
        raise SystemExit(f"fineopt: {error}") from None


if __name__ == "__main__":
    main(sys.argv[1:])
