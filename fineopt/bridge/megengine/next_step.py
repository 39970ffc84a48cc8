"""The next step of a MegEngine optimizer, on a copy of one parameter.

A twin of the optimizer has its class and attributes but only one group, with the same settings and
a copy of one parameter; its ``step`` is that of the class.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["CoupledError", "next_value"]

Array = NDArray[Any]


class CoupledError(Exception):
    """Raised if a parameter's next value cannot be computed for it alone; says why."""


def next_value(
    optimizer: Any, group: dict[str, Any], p: Any, *, value: Array | None = None, **overrides: Any
) -> tuple[Array, dict[str, Array]]:
    """Return the value and the state that ``optimizer.step()`` would give p now; change nothing.

    Args:
        optimizer: whose class and state are used.
        group: the live group that holds p.
        p: the parameter, with its gradient.
        value: begun with in place of the parameter's.
        overrides: hyperparameters to use in place of the group's.

    Raises:
        CoupledError: if its class fails on one parameter alone.
    """
    import megengine

    kind = type(optimizer)
    now = np.array(p.numpy()) if value is None else value
    moved = megengine.Parameter(now, device=p.device)
    if p.grad is not None:
        moved.grad = _copy(p.grad)
    twin = object.__new__(kind)
    twin.__dict__.update(vars(optimizer))
    twin.__dict__.pop("step", None)  # a wrapper, such as a watch's
    settings = {key: value for key, value in group.items() if key != "params"}
    twin.param_groups = [{**settings, **overrides, "params": [moved]}]
    known = optimizer._state.get(p, {})
    twin._state = {moved: {key: _copy(part) for key, part in known.items()}}
    try:
        with _modes():
            kind.step(twin)
        after = np.array(moved.numpy())  # errors of the device come to light here
    except Exception as error:
        raise CoupledError(f"{kind.__name__} raised {type(error).__name__}: {error}") from error
    state = {key: np.array(part.numpy()) for key, part in twin._state[moved].items()}
    return after, state


@contextmanager
def _modes() -> Iterator[None]:
    """Put back what MegEngine's ``step`` switches off, and leaves so if it raises."""
    from megengine.core._imperative_rt import core2
    from megengine.core.tensor.utils import set_convert_inputs

    converts, formats = set_convert_inputs(True), core2.get_auto_format_convert()
    set_convert_inputs(converts)
    try:
        yield
    finally:
        set_convert_inputs(converts)
        core2.set_auto_format_convert(formats)
        core2.set_option("record_computing_path", 1)


def _copy(value: Any) -> Any:
    import megengine

    if not isinstance(value, megengine.Tensor):
        return value
    return megengine.Tensor(np.array(value.numpy()), device=value.device, no_cache=True)
