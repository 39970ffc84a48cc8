"""fineopt: see and control how each parameter of a network is optimised.

A small autodiff, module and optimizer package on NumPy with MegEngine's API, and panels that adjust
the learning rate of each param group while a network trains.
"""

from typing import TYPE_CHECKING, Any

from . import autodiff, data, functional, models, module, optimizer, random
from .core.dtype import get_default_dtype, set_default_dtype
from .tensor import Parameter, Tensor, tensor

if TYPE_CHECKING:
    from .serialization import load, save
    from .watching import watch

__version__ = "0.2.0"

__all__ = [
    "Parameter",
    "Tensor",
    "__version__",
    "autodiff",
    "data",
    "functional",
    "get_default_dtype",
    "load",
    "models",
    "module",
    "optimizer",
    "random",
    "save",
    "set_default_dtype",
    "tensor",
    "watch",
]


def __getattr__(name: str) -> Any:
    if name in ("load", "save"):  # imported on first use: a tenth of `import fineopt`
        from . import serialization

        return getattr(serialization, name)
    if name == "watch":
        from .watching import watch

        return watch
    raise AttributeError(f"module 'fineopt' has no attribute {name!r}")
