"""`python -m fineopt`: the same as the command `fineopt`."""

from .command import main

if __name__ == "__main__":
    raise SystemExit(main())
