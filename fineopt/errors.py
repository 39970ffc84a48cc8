"""Words for error messages: what was wrong, where, and what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "BadKeyError",
    "BadTypeError",
    "ParameterWarning",
    "RangeError",
    "ShapeError",
    "left_out",
    "nearest",
]


class BadKeyError(KeyError, ValueError):
    """A key that is missing or unknown, said in a sentence (a bare KeyError prints only a repr).

    >>> print(BadKeyError("param group 0 has no 'params'"))
    param group 0 has no 'params'
    """

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class BadTypeError(TypeError, ValueError):
    """A value of the wrong type in a saved state: a bad state is a ValueError, whatever is bad.

    >>> issubclass(BadTypeError, TypeError), issubclass(BadTypeError, ValueError)
    (True, True)
    """


class ParameterWarning(UserWarning):
    """Network and optimizer don't hold the same parameters: some won't move, or move nothing."""


class RangeError(ValueError, OverflowError):
    """A number that a dtype can't hold."""


class ShapeError(ValueError):
    """Shapes that don't fit an operation; the layer that it happened in adds its name.

    >>> error = ShapeError("input (2, 3) does not fit weight (4, 5)")
    >>> error.within("layer 'fc1'")
    >>> print(error)
    layer 'fc1': input (2, 3) does not fit weight (4, 5)
    """

    where: str | None = None

    def within(self, where: str) -> None:
        """Say where it happened; the innermost place, which is said first, stays."""
        self.where = self.where or where

    def __str__(self) -> str:
        message = super().__str__()
        return f"{self.where}: {message}" if self.where else message


def nearest(word: object, known: Iterable[str]) -> str:
    """Name the known word that was probably meant, or list all of them.

    >>> nearest("lrr", ["lr", "momentum"])
    "did you mean 'lr'?"
    >>> nearest("adma", ["SGD", "Adam"])
    "did you mean 'Adam'?"
    >>> nearest("colour", ["lr", "momentum"])
    'known are: lr, momentum'
    """
    from difflib import get_close_matches  # here, as seldom needed: `import fineopt` is quicker

    words = list(known)
    lower = {known.lower(): known for known in words}
    match = get_close_matches(str(word).lower(), lower, n=1)
    return f"did you mean {lower[match[0]]!r}?" if match else f"known are: {', '.join(words)}"


def left_out(package: str, name: str, known: Iterable[str]) -> AttributeError:
    """Make the error for a name that a package does not have: it is small on purpose.

    >>> print(left_out("fineopt.module", "Conv3d", ["Conv2d", "Linear"]))
    fineopt.module is small on purpose and has no 'Conv3d': did you mean 'Conv2d'?
    """
    hint = nearest(name, known)
    return AttributeError(f"{package} is small on purpose and has no {name!r}: {hint}")
