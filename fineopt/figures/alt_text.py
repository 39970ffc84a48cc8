"""A record, or runs down a landscape, in words, for who cannot see the figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fineopt.landscape import Landscape, Run
from fineopt.recorder import Record
from fineopt.wording import join_names, one_line, short_number

if TYPE_CHECKING:
    from .views import View, Watch

VIEWS = {
    "lines": "as lines of {its} numbers over the steps",
    "path": "as a path on the two directions in which it spreads most",
    "ratio": "by its update ratio, the others faint",
    "histogram": "as a histogram of its numbers",
}


def describe(record: Record, watch: Watch | None = None, view: View = "lines") -> str:
    """Say shortly and truly where a run stands: an alt text for its figures.

    Args:
        record: of the run.
        watch: the parameters that a figure looks at, if it does.
        view: how it looks at them.

    >>> record = Record({'w': 0}, ['all'], steps_per_epoch=1)
    >>> describe(record)
    'Not started. 1 parameter in 1 group: all.'
    >>> describe(record, 'w', 'histogram')
    'Not started. 1 parameter in 1 group: all. Watched: w (all), as a histogram of its numbers.'
    """
    said = _run(record)
    return said if watch is None else f"{said} {_watched(record, watch, view)}"


def _watched(record: Record, watch: Watch, view: View) -> str:
    """Say which parameters are looked at, and how; all but lines show the first alone."""
    names = [watch] if isinstance(watch, str) else list(watch)
    groups = [record.parameters[name] for name in names]
    of = ["in no group" if group is None else one_line(record.groups[group]) for group in groups]
    named = [f"{one_line(name)} ({group})" for name, group in zip(names, of, strict=True)]
    shown = len(named) if view == "lines" else 1
    how = VIEWS[view].format(its="its" if shown == 1 else "their")
    rest = f" Not in this view: {', '.join(named[shown:])}." if named[shown:] else ""
    return f"Watched: {', '.join(named[:shown])}, {how}.{rest}"


def _run(record: Record) -> str:
    counts = f"{_many(len(record.parameters), 'parameter')} in {_many(len(record.groups), 'group')}"
    if not record.steps:
        return f"Not started. {counts}: {join_names(record.groups)}."
    parts = [
        f"{_many(record.steps, 'step')}, {_many(record.epochs, 'full epoch')}, {counts}.",
        f"Loss of the last step {short_number(record.loss[-1])}.",
    ]
    if record.epochs:
        mean = f"Mean loss of the last full epoch {short_number(record.epoch_loss[-1])}"
        accuracy = record.epoch_accuracy[-1]
        parts.append(mean + ("." if accuracy is None else f", accuracy {accuracy:.1%}."))
    rates = [
        f"{name} {short_number(rate)}" + (" (frozen)" if rate == 0 else "")
        for name, rate in zip(record.groups, record.lr[-1], strict=True)
        if rate == rate
    ]
    parts.append(f"Learning rates: {join_names(rates)}.")
    if record.swaps:
        swaps = [
            f"{record.groups[swap.group]} by {swap.new} after step {swap.step}"
            for swap in record.swaps
        ]
        parts.append(f"Another optimizer: {join_names(swaps)}.")
    if record.epochs and not (had := record.grad_sums()[1][-1]).all():
        none = [name for name, there in zip(record.parameters, had, strict=True) if not there]
        parts.append(f"No gradient in the last epoch: {join_names(none)}.")
    return " ".join(parts)


def describe_runs(landscape: Landscape, runs: Sequence[Run]) -> str:
    """Say what a landscape is, and of each run how it was moved and where it came to.

    >>> bowl = Landscape('Bowl', lambda x, y: x * x + y * y, (-2, 2), (-2, 2), ((0, 0),), (1, 1),
    ...                  0.1, 'x² + y²', '')
    >>> run = Run(bowl, None, ('SGD', 'SGD'), (0.5, 0.25)).run(1)
    >>> describe_runs(bowl, [run])
    'Bowl, f = x² + y². Run 1, x: SGD, lr 0.5; y: SGD, lr 0.25: 1 step from (1, 1) to (0, 0.5),
    f = 0.25.'
    """
    parts = [f"{landscape.name}, f = {landscape.formula}."]
    for i, run in enumerate(runs, 1):
        first, last = (f"({point[0]:.3g}, {point[1]:.3g})" for point in run.path[[0, -1]])
        way = (
            f"from {first} to {last}, f = {short_number(run.values[-1])}"
            if run.steps
            else f"at {first}"
        )
        how = run.left or (_many(run.steps, "step") if run.steps else "not started,")
        parts.append(f"Run {i}, {'; '.join(run.label())}: {how} {way}.")
    return " ".join(parts)


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"
