"""Scalars of a record for TensorBoard, read back by TensorBoard itself."""

from __future__ import annotations

from pathlib import Path

import pytest

import fineopt
from tests.watching.small import make_groups, make_model, torch, train


def test_the_scalars_are_those_of_the_record(tmp_path: Path) -> None:
    reason = "tensorboard is not installed: pip install tensorboard"
    name = "tensorboard.backend.event_processing.event_accumulator"
    accumulator = pytest.importorskip(name, reason=reason)
    model = make_model()
    optimizer = torch.optim.Adam(make_groups(model), lr=0.01)
    w = fineopt.watch(model, optimizer)
    for accuracy in (0.5, None):
        train(model, optimizer, 3)
        w.loss(1.5)
        w.end_epoch(accuracy)
    w.to_tensorboard(str(tmp_path))
    found = accumulator.EventAccumulator(str(tmp_path)).Reload()

    def scalars(tag: str) -> list[tuple[int, float]]:
        return [(event.step, event.value) for event in found.Scalars(tag)]

    assert scalars("loss") == [(3, 1.5), (6, 1.5)]
    assert [step for step, _ in scalars("lr/head")] == [1, 2, 3, 4, 5, 6]
    assert scalars("accuracy") == [(3, 0.5)]
    norms = w.record.step_norm("4.weight")
    assert [value for _, value in scalars("step_norm/4.weight")] == pytest.approx(norms.tolist())
    assert len(scalars("weight_norm/0.bias")) == 6


def test_without_tensorboard_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "torch.utils.tensorboard", None)
    model = make_model()
    w = fineopt.watch(model, torch.optim.SGD(model.parameters(), lr=0.1))
    with pytest.raises(ImportError, match="pip install tensorboard"):
        w.to_tensorboard("nowhere")
