"""Whether a network, its optimizer and its GradManager hold the same parameters."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterable, Mapping

from ..core.tensor import Parameter, Tensor
from ..errors import ParameterWarning
from ..optimizer.labels import parameter_label

__all__ = ["warn_of_strangers"]


def warn_of_strangers(
    named: Mapping[str, Parameter],
    optimized: Iterable[Parameter],
    attached: Collection[Tensor],
    known: Mapping[str, Parameter] | None = None,
    stacklevel: int = 2,
) -> None:
    """Warn of parameters that the network has and the optimizer hasn't, and the other way round.

    One that is not attached to the GradManager is frozen on purpose, unless it is new: put into
    the network after the run was set up.

    Args:
        named: the network's parameters by name.
        optimized: those of the optimizer.
        attached: what gets gradients.
        known: the parameters when the run was set up; then only what has changed since is told.
        stacklevel: as that of `warnings.warn`, seen from the caller.

    Warns:
        ParameterWarning: with their names.
    """
    held, wanted = list(optimized), {id(x) for x in attached}
    theirs, own = {id(p) for p in held}, {id(p) for p in named.values()}
    before = {id(p) for p in (known or named).values()}
    lost = [
        name
        for name, p in named.items()
        if id(p) not in theirs and (id(p) not in before or (known is None and id(p) in wanted))
    ]
    gone = [
        parameter_label(j, p)
        for j, p in enumerate(held)
        if id(p) not in own and (known is None or id(p) in before)
    ]
    said = []
    if lost:
        said.append(
            f"the network has {_listed(lost)}, which the optimizer doesn't have: they won't move. "
            "Make the optimizer after the network is complete, or give it a group of them "
            "(add_param_group); to freeze them on purpose, don't attach them to the GradManager"
        )
    if gone:
        said.append(
            f"the optimizer has {_listed(gone)}, which the network doesn't have: replaced or taken "
            "out of it after the optimizer was made?"
        )
    if said:
        warnings.warn("; ".join(said), ParameterWarning, stacklevel=stacklevel + 1)


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - 6} more" if len(names) > 6 else ""
    return ", ".join(names[:6]) + more
