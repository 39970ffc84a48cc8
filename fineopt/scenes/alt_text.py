"""Alt text: descriptions of a record, or of runs on a landscape, for figures."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from fineopt.landscape import Landscape, Run
from fineopt.recorder import Record
from fineopt.wording import one_line, short_number

from ..language import list_names, say, translated
from .text import count_steps
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
    return run if watch is None else run + say(" ") + _describe_watched(record, watch, view)


def _describe_watched(record: Record, watch: Watch, view: View) -> str:
    """Describe the watched parameters; all views except lines show only the first."""
    names = [watch] if isinstance(watch, str) else list(watch)
    groups = [record.parameters[name] for name in names]
    of = [say("in no group") if at is None else one_line(record.groups[at]) for at in groups]
    named = [f"{one_line(name)} ({group})" for name, group in zip(names, of, strict=True)]
    shown = len(named) if view == "lines" else 1
    how = say("as lines of their elements over the steps" if shown > 1 else VIEW_DESCRIPTIONS[view])
    sentences = [say("Watched: {names}, {how}.", names=say(", ").join(named[:shown]), how=how)]
    if named[shown:]:
        rest = say(", ").join(named[shown:])
        sentences.append(say("Not shown in this view: {names}.", names=rest))
    return say(" ").join(sentences)


def _describe_run(record: Record) -> str:
    counts = _counts(len(record.parameters), len(record.groups))
    if not record.steps:
        names = list_names(record.groups)
        return say("Not started. {counts}: {names}.", counts=counts, names=names)
    run = say(
        "{steps}, 1 full epoch, {counts}."
        if record.epochs == 1
        else "{steps}, {epochs:,} full epochs, {counts}.",
        steps=count_steps(record.steps),
        epochs=record.epochs,
        counts=counts,
    )
    sentences = [run, say("Loss of the last step: {loss}.", loss=short_number(record.loss[-1]))]
    if record.epochs:
        accuracy = record.newest_accuracy
        sentences.append(
            say(
                "Mean loss of the last full epoch: {loss}."
                if accuracy is None
                else "Mean loss of the last full epoch: {loss}; accuracy: {accuracy:.1%}.",
                loss=short_number(record.epoch_loss[-1]),
                accuracy=accuracy,
            )
        )
    rates = [
        say(
            "{name} {lr} (frozen)" if rate == 0 else "{name} {lr}",
            name=name,
            lr=short_number(rate),
        )
        for name, rate in zip(record.groups, record.lr[-1], strict=True)
        if rate == rate
    ]
    sentences.append(say("Learning rates: {rates}.", rates=list_names(rates)))
    if record.swaps:
        swaps = [
            say(
                "{group} to {name} after step {step}",
                group=record.groups[swap.group],
                name=swap.new,
                step=swap.step,
            )
            for swap in record.swaps
        ]
        sentences.append(say("Optimizer changes: {changes}.", changes=list_names(swaps)))
    if record.epochs and not (had := record.grad_sums()[1][-1]).all():
        none = [name for name, there in zip(record.parameters, had, strict=True) if not there]
        names = list_names(none)
        sentences.append(say("No gradient in the last full epoch: {names}.", names=names))
    return say(" ").join(sentences)


def describe_runs(landscape: Landscape, runs: Sequence[Run]) -> str:
    """Describe a landscape and runs on it: their optimizers, and where they start and end.

    >>> bowl = Landscape('Bowl', lambda x, y: x * x + y * y, (-2, 2), (-2, 2), ((0, 0),), (1, 1),
    ...                  0.1, 'x² + y²', '')
    >>> run = Run(bowl, None, ('SGD', 'SGD'), (0.5, 0.25)).run(1)
    >>> describe_runs(bowl, [run])
    'Bowl, f = x² + y². Run 1, x: SGD, lr 0.5; y: SGD, lr 0.25: 1 step from (1, 1) to (0, 0.5),
    f = 0.25.'
    """
    named = translated(landscape.name), translated(landscape.formula)
    sentences = [say("{name}, f = {formula}.", name=named[0], formula=named[1])]
    for i, run in enumerate(runs, 1):
        first, last = (f"({point[0]:.3g}, {point[1]:.3g})" for point in run.path[[0, -1]])
        place = say(
            "from {first} to {last}, f = {value}" if run.steps else "at {first}",
            first=first,
            last=last,
            value=short_number(last_value(run)),
        )
        how = outcome(run) if run.steps else say("not started,")
        sentences.append(
            say(
                "Run {i}, {label}: {how} {place}.",
                i=i,
                label="; ".join(run.label()),
                how=how,
                place=place,
            )
        )
    return say(" ").join(sentences)


def outcome(run: Run) -> str:
    """Return how many steps a run has taken, or after how many it left the landscape."""
    if run.left is None:
        return count_steps(run.steps)
    return say("left after {steps}", steps=count_steps(run.steps))


def last_value(run: Run) -> float:
    """Return the height of the point where a run is.

    >>> bowl = Landscape('Bowl', lambda x, y: x * x + y * y, (-2, 2), (-2, 2), ((0, 0),), (1, 1),
    ...                  0.1, 'x² + y²', '')
    >>> last_value(Run(bowl, None, ('SGD', 'SGD'), (0.5, 0.25)))
    2.0
    """
    return _height(run.landscape, *map(float, run.path[-1]))


@lru_cache(maxsize=64)  # most runs stand still, and each chart says it twice
def _height(landscape: Landscape, x: float, y: float) -> float:
    return float(landscape.value(np.array([x]), np.array([y]))[0])


def _counts(parameters: int, groups: int) -> str:
    many = say("1 parameter" if parameters == 1 else "{count:,} parameters", count=parameters)
    return say(
        "{parameters} in 1 group" if groups == 1 else "{parameters} in {groups:,} groups",
        parameters=many,
        groups=groups,
    )
