"""A record in words, for who cannot see the figures."""

from __future__ import annotations

from fineopt.recorder import Record


def describe(record: Record) -> str:
    """Say shortly and truly where a run stands: an alt text for its figures.

    >>> record = Record({'w': 0}, ['all'], steps_per_epoch=1)
    >>> describe(record)
    'Not started. 1 parameter in 1 group: all.'
    """
    counts = f"{_many(len(record.parameters), 'parameter')} in {_many(len(record.groups), 'group')}"
    if not record.steps:
        return f"Not started. {counts}: {', '.join(record.groups)}."
    parts = [
        f"{_many(record.steps, 'step')}, {_many(record.epochs, 'full epoch')}, {counts}.",
        f"Loss of the last step {record.loss[-1]:.4g}.",
    ]
    if record.epochs:
        mean = f"Mean loss of the last full epoch {record.epoch_loss[-1]:.4g}"
        accuracy = record.epoch_accuracy[-1]
        parts.append(mean + ("." if accuracy is None else f", accuracy {accuracy:.1%}."))
    rates = ", ".join(
        f"{name} {rate:.4g}" + (" (frozen)" if rate == 0 else "")
        for name, rate in zip(record.groups, record.lr[-1], strict=True)
        if rate == rate
    )
    parts.append(f"Learning rates: {rates}.")
    none = [name for name, sums in record.grad_sum_epoch.items() if sums and sums[-1] is None]
    if none:
        parts.append(f"No gradient in the last epoch: {', '.join(none)}.")
    return " ".join(parts)


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"
