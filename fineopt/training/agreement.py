"""Whether a network, its optimizer and its GradManager hold the same parameters."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterable, Mapping

from ..core.parameter import Parameter
from ..core.tensor import Tensor
from ..errors import ParameterWarning
from ..optimizer.labels import parameter_label
from ..wording import join_names

__all__ = ["warn_of_mismatch"]

MOST = 6  # names in one warning


def warn_of_mismatch(
    named: Mapping[str, Parameter],
    optimized: Iterable[Parameter],
    attached: Collection[Tensor],
    known: Mapping[str, Parameter] | None = None,
    stacklevel: int = 2,
) -> None:
    """Warn of parameters that only the network or only the optimizer has.

    A parameter that is not attached to the GradManager is frozen on purpose, unless it is new: it
    was added to the network after the run was set up.

    Args:
        named: the network's parameters by name.
        optimized: the optimizer's parameters.
        attached: the tensors whose gradients are computed.
        known: the parameters when the run was set up, to report only what has changed since.
        stacklevel: as in `warnings.warn`, seen from the caller.

    Warns:
        ParameterWarning: with their names.
    """
    optimized = list(optimized)
    in_optimizer, in_network = {id(p) for p in optimized}, {id(p) for p in named.values()}
    tracked, before = {id(x) for x in attached}, {id(p) for p in (known or named).values()}

    def is_missing(p: Parameter) -> bool:
        new = id(p) not in before
        return id(p) not in in_optimizer and (new or (known is None and id(p) in tracked))

    missing = [name for name, p in named.items() if is_missing(p)]
    foreign = [
        parameter_label(j, p)
        for j, p in enumerate(optimized)
        if id(p) not in in_network and (known is None or id(p) in before)
    ]
    reports = []
    if missing:
        reports.append(
            f"the network has {join_names(missing, MOST)}, which the optimizer does not have: they "
            "will not move. Make the optimizer after the network is complete, or add a group with "
            "them (add_param_group); to freeze them on purpose, do not attach them to the "
            "GradManager"
        )
    if foreign:
        reports.append(
            f"the optimizer has {join_names(foreign, MOST)}, which the network does not have: were "
            "they replaced or removed after the optimizer was made?"
        )
    if reports:
        warnings.warn("; ".join(reports), ParameterWarning, stacklevel=stacklevel + 1)
