"""Alt text: descriptions of a record, or of runs on a landscape, for figures."""

from __future__ import annotations

from collections.abc import Sequence

from fineopt.landscape import Landscape, Run
from fineopt.recorder import Record
from fineopt.wording import join_names, one_line, short_number

from .views import VIEW_DESCRIPTIONS, View, Watch


def describe(record: Record, watch: Watch | None = None, view: View = "lines") -> str:
    """Describe the state of a run, as alt text for its figures.

    Args:
        record: the record of the run.
        watch: the watched parameters, if the figure shows any.
        view: how the figure shows them.

    >>> record = Record({'w': 0}, ['all'], steps_per_epoch=1)
    >>> describe(record)
    'Not started. 1 parameter in 1 group: all.'
    >>> describe(record, 'w', 'histogram')
    'Not started. 1 parameter in 1 group: all. Watched: w (all), as a histogram of its elements.'
    """
    run = _describe_run(record)
    return run if watch is None else f"{run} {_describe_watched(record, watch, view)}"


def _describe_watched(record: Record, watch: Watch, view: View) -> str:
    """Describe the watched parameters; all views except lines show only the first."""
    names = [watch] if isinstance(watch, str) else list(watch)
    groups = [record.parameters[name] for name in names]
    of = ["in no group" if group is None else one_line(record.groups[group]) for group in groups]
    named = [f"{one_line(name)} ({group})" for name, group in zip(names, of, strict=True)]
    shown = len(named) if view == "lines" else 1
    how = VIEW_DESCRIPTIONS[view]
    if shown > 1:
        how = how.replace(" its ", " their ")
    rest = f" Not shown in this view: {', '.join(named[shown:])}." if named[shown:] else ""
    return f"Watched: {', '.join(named[:shown])}, {how}.{rest}"


def _describe_run(record: Record) -> str:
    counts = (
        f"{_counted(len(record.parameters), 'parameter')} in "
        f"{_counted(len(record.groups), 'group')}"
    )
    if not record.steps:
        return f"Not started. {counts}: {join_names(record.groups)}."
    sentences = [
        f"{_counted(record.steps, 'step')}, {_counted(record.epochs, 'full epoch')}, {counts}.",
        f"Loss of the last step: {short_number(record.loss[-1])}.",
    ]
    if record.epochs:
        mean = f"Mean loss of the last full epoch: {short_number(record.epoch_loss[-1])}"
        accuracy = record.epoch_accuracy[-1]
        sentences.append(mean + ("." if accuracy is None else f"; accuracy: {accuracy:.1%}."))
    rates = [
        f"{name} {short_number(rate)}" + (" (frozen)" if rate == 0 else "")
        for name, rate in zip(record.groups, record.lr[-1], strict=True)
        if rate == rate
    ]
    sentences.append(f"Learning rates: {join_names(rates)}.")
    if record.swaps:
        swaps = [
            f"{record.groups[swap.group]} to {swap.new} after step {swap.step}"
            for swap in record.swaps
        ]
        sentences.append(f"Optimizer changes: {join_names(swaps)}.")
    if record.epochs and not (had := record.grad_sums()[1][-1]).all():
        none = [name for name, there in zip(record.parameters, had, strict=True) if not there]
        sentences.append(f"No gradient in the last full epoch: {join_names(none)}.")
    return " ".join(sentences)


def describe_runs(landscape: Landscape, runs: Sequence[Run]) -> str:
    """Describe a landscape and runs on it: their optimizers, and where they start and end.

    >>> bowl = Landscape('Bowl', lambda x, y: x * x + y * y, (-2, 2), (-2, 2), ((0, 0),), (1, 1),
    ...                  0.1, 'x² + y²', '')
    >>> run = Run(bowl, None, ('SGD', 'SGD'), (0.5, 0.25)).run(1)
    >>> describe_runs(bowl, [run])
    'Bowl, f = x² + y². Run 1, x: SGD, lr 0.5; y: SGD, lr 0.25: 1 step from (1, 1) to (0, 0.5),
    f = 0.25.'
    """
    sentences = [f"{landscape.name}, f = {landscape.formula}."]
    for i, run in enumerate(runs, 1):
        first, last = (f"({point[0]:.3g}, {point[1]:.3g})" for point in run.path[[0, -1]])
        way = (
            f"from {first} to {last}, f = {short_number(run.values[-1])}"
            if run.steps
            else f"at {first}"
        )
        how = run.left or (_counted(run.steps, "step") if run.steps else "not started,")
        sentences.append(f"Run {i}, {'; '.join(run.label())}: {how} {way}.")
    return " ".join(sentences)


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"
