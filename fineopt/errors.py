"""Exceptions, and the hints that their messages end with."""

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
    """A missing or unknown key, with a readable message (KeyError alone prints its repr).

    >>> print(BadKeyError("param group 0 has no 'params'"))
    param group 0 has no 'params'
    """

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class BadTypeError(TypeError, ValueError):
    """A value of the wrong type in a saved state, where any defect is a ValueError.

    >>> issubclass(BadTypeError, TypeError), issubclass(BadTypeError, ValueError)
    (True, True)
    """


class ParameterWarning(UserWarning):
    """The network and the optimizer hold different parameters, so some are not trained."""


class RangeError(ValueError, OverflowError):
    """A number out of range for a dtype."""


class ShapeError(ValueError):
    """Incompatible shapes; the layer in which they met prepends its name.

    >>> error = ShapeError("input (2, 3) does not fit weight (4, 5)")
    >>> error.within("layer 'fc1'")
    >>> print(error)
    layer 'fc1': input (2, 3) does not fit weight (4, 5)
    """

    where: str | None = None

    def within(self, where: str) -> None:
        """Set the location to prepend to the message, unless an inner layer has set it."""
        self.where = self.where or where

    def __str__(self) -> str:
        message = super().__str__()
        return f"{self.where}: {message}" if self.where else message


def suggestion(word: object, known: Iterable[str]) -> str:
    """Return a hint at the closest known word, or a list of all known words.

    >>> suggestion("lrr", ["lr", "momentum"])
    "did you mean 'lr'?"
    >>> suggestion("adma", ["SGD", "Adam"])
    "did you mean 'Adam'?"
    >>> suggestion("colour", ["lr", "momentum"])
    'expected one of: lr, momentum'
    """
    from difflib import get_close_matches  # imported on error only, to keep `import fineopt` fast

    words = list(known)
    lower = {known.lower(): known for known in words}
    match = get_close_matches(str(word).lower(), lower, n=1)
    return f"did you mean {lower[match[0]]!r}?" if match else f"expected one of: {', '.join(words)}"


def unsupported_name(module: str, name: str, known: Iterable[str]) -> AttributeError:
    """Return the AttributeError for a name that a module does not define.

    >>> print(unsupported_name("fineopt.module", "Conv3d", ["Conv2d", "Linear"]))
    module 'fineopt.module' has no attribute 'Conv3d' (fineopt implements a subset of MegEngine):
    did you mean 'Conv2d'?
    """
    return AttributeError(
        f"module {module!r} has no attribute {name!r} (fineopt implements a subset of MegEngine): "
        f"{suggestion(name, known)}"
    )
