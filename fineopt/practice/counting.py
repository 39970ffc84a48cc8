"""Count what backward does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

from ..core.tape import Tape, Variable
from ..ops import VJP, Array

__all__ = ["Count", "count_vjps"]


@dataclass
class Count:
    """How many VJPs have been called."""

    calls: int = 0


@contextmanager
def count_vjps() -> Iterator[Count]:
    """Count the VJPs that backward calls, for what is recorded in this block.

    >>> from fineopt import Tensor
    >>> from fineopt.autodiff import GradManager
    >>> a, b = Tensor([2.0]), Tensor([3.0])
    >>> gm = GradManager().attach(a)
    >>> with count_vjps() as count, gm:
    ...     gm.backward(a * b)  # leads to a, but not to b
    >>> count.calls
    1
    """
    count, record = Count(), Tape.record

    def counted(vjp: VJP) -> VJP:
        def called(g: Array) -> Array:
            count.calls += 1
            return vjp(g)

        return called

    def recording(tape: Tape, output: int, inputs: Iterable[Variable], vjps: Sequence[VJP]) -> None:
        record(tape, output, inputs, [counted(vjp) for vjp in vjps])

    with patch.object(Tape, "record", recording):
        yield count
