"""Rows of an audit, as charts read them."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["AUDITED", "AuditedRow"]


class AuditedRow(NamedTuple):
    """What `fineopt.audit.Row` says of a parameter."""

    name: str = "fc.weight"
    moves: bool | None = True
    ratio: float | None = 0.01
    group: str | None = "fc"
    words: str = "it moves by its gradient"


AUDITED = (
    AuditedRow("conv.weight", False, 0.0, "conv", "its learning rate is 0"),
    AuditedRow("fc.weight", True, 0.0025),
    AuditedRow("fc.bias", True, 0.4),
    AuditedRow("loose", None, None, None, "nobody knows"),
)
