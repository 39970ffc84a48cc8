"""Exceptions and helpers for error messages."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "BadKeyError",
    "BadTypeError",
    "ParameterWarning",
    "RangeError",
    "ShapeError",
    "suggestion",
    "unsupported_name",
]


class BadKeyError(KeyError, ValueError):
    """A missing or unknown key, with a message (a plain KeyError prints the repr of its argument).

    >>> print(BadKeyError("param group 0 has no 'params'"))
    param group 0 has no 'params'
    """

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class BadTypeError(TypeError, ValueError):
    """A value of the wrong type in a saved state; every invalid state is a ValueError.

    >>> issubclass(BadTypeError, TypeError), issubclass(BadTypeError, ValueError)
    (True, True)
    """


class ParameterWarning(UserWarning):
    """The network and the optimizer have different parameters: some are not trained or not used."""


class RangeError(ValueError, OverflowError):
    """A number that a dtype cannot represent."""


class ShapeError(ValueError):
    """Shapes that do not match; the layer in which the error occurs adds its name.

    >>> error = ShapeError("input (2, 3) does not fit weight (4, 5)")
    >>> error.within("layer 'fc1'")
    >>> print(error)
    layer 'fc1': input (2, 3) does not fit weight (4, 5)
    """

    where: str | None = None

    def within(self, where: str) -> None:
        """Set where the error occurred, unless an inner layer already has."""
        self.where = self.where or where

    def __str__(self) -> str:
        message = super().__str__()
        return f"{self.where}: {message}" if self.where else message


def suggestion(word: object, known: Iterable[str]) -> str:
    """Return a hint: the closest known word, or the list of all known words.

    >>> suggestion("lrr", ["lr", "momentum"])
    "did you mean 'lr'?"
    >>> suggestion("adma", ["SGD", "Adam"])
    "did you mean 'Adam'?"
    >>> suggestion("colour", ["lr", "momentum"])
    'expected one of: lr, momentum'
    """
    from difflib import get_close_matches  # late, to keep `import fineopt` fast

    words = list(known)
    lower = {known.lower(): known for known in words}
    match = get_close_matches(str(word).lower(), lower, n=1)
    return f"did you mean {lower[match[0]]!r}?" if match else f"expected one of: {', '.join(words)}"


def unsupported_name(package: str, name: str, known: Iterable[str]) -> AttributeError:
    """Return the error for a name that a package does not provide.

    >>> print(unsupported_name("fineopt.module", "Conv3d", ["Conv2d", "Linear"]))
    fineopt.module does not provide 'Conv3d': did you mean 'Conv2d'?
    """
    if name.startswith("__"):  # asked for by the import system and by inspection, on each import
        return AttributeError(f"module {package!r} has no attribute {name!r}")
    hint = suggestion(name, known)
    return AttributeError(f"{package} does not provide {name!r}: {hint}")
