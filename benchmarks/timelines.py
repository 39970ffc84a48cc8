"""What the snapshots of a timeline cost."""

from __future__ import annotations

from collections.abc import Iterator

from fineopt import data
from fineopt.data.transform import Compose, Normalize, Pad, ToMode
from fineopt.models import LeNet
from fineopt.optimizer import Adam
from fineopt.recorder import Record
from fineopt.timeline import Timeline
from fineopt.training import Trainer

from .measure import Row, compare

__all__ = ["snapshots"]


def snapshots(threads: int, rounds: int) -> Iterator[Row]:
    """Compare a snapshot to an epoch of LeNet with Adam, and its memory to 1 MB."""
    timeline = _timeline()
    trainer, group = timeline.trainer, timeline.trainer.optimizer.param_groups[0]
    trainer.run(3)

    def take() -> None:
        group["lr"] *= 1.0001  # so that it differs from the last one, which is thinned away
        timeline.snapshot()

    def epoch() -> None:
        plain.run(1)

    plain = _trainer()
    for _ in range(timeline.keep):
        take()
    rows = max(1, rounds // 5)
    yield compare("snapshot, of 50 kept", take, epoch, bar=0.02, rounds=rows, of="epoch")

    trainer.run(1)
    *_, before, last = timeline.moments
    kept = {id(array.base) for array in trainer.record.state_dict()["arrays"].values()}
    record = _bytes_of(last.record)
    own = sum(
        size
        for key, size in last.buffers.items()
        if key not in before.buffers | dict.fromkeys(kept)
    )
    mine = (own - record) / 1e6
    yield Row("snapshot of LeNet with Adam", mine, 1.0, mine, 1.0, unit="MB", of="limit")


def _bytes_of(record: Record) -> int:
    """Return the bytes of what a record keeps for its next step."""
    return sum(array.nbytes for array in record.state_dict()["previous"] or [])


def _timeline() -> Timeline:
    return Timeline(_trainer())


def _trainer() -> Trainer:
    digits = data.dataset.MNISTSample()
    loader = data.DataLoader(
        digits,
        sampler=data.RandomSampler(digits, batch_size=64, drop_last=True, seed=0),
        transform=Compose([Normalize(mean=0.1307 * 255, std=0.3081 * 255), Pad(2), ToMode("CHW")]),
    )
    net = LeNet()
    return Trainer(net, Adam(net.parameters(), lr=0.001), loader)
