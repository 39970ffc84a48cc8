"""Counting of the VJPs that backward calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

from ...core.tape import Tape, Variable
from ...ops import VJP, Array

__all__ = ["Count", "count_vjps"]


@dataclass
class Count:
    """Number of VJP calls."""

    calls: int = 0


@contextmanager
def count_vjps() -> Iterator[Count]:
    """Count the VJPs that backward calls for operations recorded in this block.

    >>> from fineopt import Tensor
    >>> from fineopt.autodiff import GradManager
    >>> a, b = Tensor([2.0]), Tensor([3.0])
    >>> gm = GradManager().attach(a)
    >>> with count_vjps() as count, gm:
    ...     gm.backward(a * b)  # only a is attached: b's VJP is not called
    >>> count.calls
    1
    """
    count, record = Count(), Tape.record

    def counted(vjp: VJP) -> VJP:
        def call(g: Array) -> Array:
            count.calls += 1
            return vjp(g)

        return call

    def record_counted(
        tape: Tape, output: int, inputs: Iterable[Variable], vjps: Sequence[VJP]
    ) -> None:
        record(tape, output, inputs, [counted(vjp) for vjp in vjps])

    with patch.object(Tape, "record", record_counted):
        yield count
