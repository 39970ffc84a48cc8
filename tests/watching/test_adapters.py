"""Watches in the loops of Lightning, transformers and Accelerate, each of them the real one."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fineopt
from tests.watching.small import X, Y, make_model, nn, torch

pytestmark = pytest.mark.filterwarnings("ignore")  # they have their own


def installed(name: str) -> Any:
    return pytest.importorskip(name, reason=f"{name} is not installed: pip install {name}")


def batches() -> Any:
    return torch.utils.data.DataLoader(torch.utils.data.TensorDataset(X, Y), batch_size=4)


@pytest.mark.parametrize("automatic", [True, False])
def test_lightning(automatic: bool, tmp_path: Path) -> None:
    lightning = installed("lightning")
    adapter = importlib.import_module("fineopt.watching.adapters.lightning")

    class Module(lightning.LightningModule):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.net = make_model()
            self.automatic_optimization = automatic
            self.losses: list[float] = []

        def training_step(self, batch: Any, index: int) -> Any:
            loss = nn.functional.cross_entropy(self.net(batch[0]), batch[1])
            self.losses.append(float(loss.detach()))
            self.log("accuracy", 0.25, on_epoch=True)
            if not automatic:
                optimizer = self.optimizers()
                optimizer.zero_grad()
                self.manual_backward(loss)
                optimizer.step()
            return loss

        def configure_optimizers(self) -> Any:
            optimizer = torch.optim.Adam(self.net.parameters(), lr=0.01)
            return [optimizer], [torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.5)]

    callback, module = adapter.WatchCallback("accuracy"), Module()
    trainer = lightning.Trainer(
        max_epochs=2,
        accelerator="cpu",
        callbacks=[callback],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=tmp_path,
    )
    trainer.fit(module, batches())
    record = callback.watch.record
    assert callback.watch.error is None
    assert (record.steps, record.epochs) == (6, 2)
    assert np.allclose(record.loss, module.losses)
    assert record.epoch_accuracy == [0.25, 0.25]
    assert not callback.watch.watching
    assert "net.0.weight" in record.parameters
    if automatic:
        assert record.lr[:, 0].tolist() == [0.01] * 3 + [0.005] * 3


def test_transformers(tmp_path: Path) -> None:
    transformers = installed("transformers")
    installed("accelerate")  # which its Trainer needs
    adapter = importlib.import_module("fineopt.watching.adapters.huggingface")

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = make_model()

        def forward(self, x: Any, labels: Any) -> Any:
            logits = self.net(x)
            return {"loss": nn.functional.cross_entropy(logits, labels), "logits": logits}

    rows = [{"x": x, "labels": y} for x, y in zip(X, Y, strict=True)]
    callback = adapter.WatchCallback("eval_accuracy")
    trainer = transformers.Trainer(
        Model(),
        transformers.TrainingArguments(
            str(tmp_path),
            num_train_epochs=2,
            per_device_train_batch_size=4,
            logging_steps=1,
            eval_strategy="epoch",
            save_strategy="no",
            report_to=[],
            use_cpu=True,
            disable_tqdm=True,
        ),
        train_dataset=rows,
        eval_dataset=rows[:4],
        compute_metrics=lambda found: {"accuracy": 0.75},
        callbacks=[callback],
    )
    trainer.train()
    record = callback.watch.record
    assert callback.watch.error is None
    assert (record.steps, record.epochs) == (6, 2)
    told = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    assert record.loss.tolist() == pytest.approx(told)
    assert record.epoch_accuracy == [0.75, 0.75]
    assert not callback.watch.watching


def test_accelerate() -> None:
    accelerate = installed("accelerate")
    adapter = importlib.import_module("fineopt.watching.adapters.accelerate")
    accelerator = accelerate.Accelerator(cpu=True, gradient_accumulation_steps=2)
    model = make_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 2)
    prepared = accelerator.prepare(model, optimizer, batches(), schedule)
    watch = adapter.watch_prepared(accelerator, prepared[0], prepared[1], prepared[3])
    for _ in range(2):
        for x, y in prepared[2]:
            with accelerator.accumulate(prepared[0]):
                loss = nn.functional.cross_entropy(prepared[0](x), y)
                accelerator.backward(loss)
                prepared[1].step()
                prepared[3].step()
                prepared[1].zero_grad()
                if accelerator.sync_gradients:
                    watch.loss(loss)
        watch.end_epoch()
    assert watch.error is None
    assert (watch.record.steps, watch.record.epochs) == (4, 2)  # two of three mini-batches step
    assert np.isfinite(watch.record.loss).all()
    watch.groups[0].lr = 0.5
    assert watch.groups[0].overridden


@pytest.mark.parametrize("own", [False, True])
def test_torchdata(own: bool) -> None:
    """A StatefulDataLoader that shuffles goes on from the end of an epoch, and from within one."""
    loading = installed("torchdata.stateful_dataloader")
    torch.manual_seed(0)
    data = torch.utils.data.TensorDataset(X, Y)
    generator = torch.Generator().manual_seed(7) if own else None
    loader = loading.StatefulDataLoader(data, 4, shuffle=True, generator=generator)
    model = make_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    watch = fineopt.watch(model, optimizer, loader=loader)
    timeline = watch.timeline()

    def step(batch: Any) -> Any:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(batch[0]), batch[1])
        loss.backward()
        optimizer.step()
        watch.loss(loss)
        return float(loss.detach()), batch[0][:, 0].tolist()

    def epoch() -> list[Any]:
        seen = [step(batch) for batch in loader]
        watch.end_epoch()
        return seen

    epochs = [epoch() for _ in range(3)]
    for at in (1, 0, 2):
        timeline.rewind(epoch=at)
        assert [epoch() for _ in range(at, 3)] == epochs[at:]
    timeline.rewind(epoch=1)
    running = iter(loader)
    assert step(next(running)) == epochs[1][0]
    middle = timeline.snapshot()
    assert [step(batch) for batch in running] == epochs[1][1:]
    watch.end_epoch()
    timeline.rewind(middle)
    assert epoch() == epochs[1][1:]
    assert epoch() == epochs[2]
    assert timeline.limits() == []
