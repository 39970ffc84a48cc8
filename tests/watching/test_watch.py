"""What is recorded, what is refused, and what errors of ours do."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pytest

import fineopt
from fineopt.recorder import Record
from fineopt.widgets.live.pages import ACK_COST
from fineopt.widgets.panels import watch
from fineopt.widgets.panels.watch import SHARE, WatchPanel
from tests.support.live_page import LivePage
from tests.watching.small import (
    X,
    Y,
    loss_of,
    make_groups,
    make_model,
    make_scaler,
    nn,
    seed,
    torch,
    train,
)


def watched(**options: Any) -> tuple[Any, Any, Any]:
    model = make_model()
    optimizer = torch.optim.Adam(make_groups(model), lr=0.01)
    return model, optimizer, fineopt.watch(model, optimizer, **options)


# ---- the record ----


def test_values_norms_and_sums_are_those_of_the_parameters() -> None:
    model, optimizer, w = watched()
    weight, norms, sums = model[4].weight, [], 0.0
    rows = [weight.detach().numpy().ravel().copy()]
    for _ in range(5):
        optimizer.zero_grad()
        loss_of(model).backward()
        before = weight.detach().clone()
        sums += float(weight.grad.double().sum())
        optimizer.step()
        norms.append(float((weight.detach() - before).norm()))
        rows.append(weight.detach().numpy().ravel().copy())
    w.end_epoch(accuracy=0.5)
    record = w.record
    kept = record.kept_indices("4.weight")
    assert np.allclose(record.trajectory("4.weight"), np.array(rows)[:, kept])
    assert record.step_norm("4.weight") == pytest.approx(norms, rel=1e-5)
    assert record.grad_sum_epoch["4.weight"][0] == pytest.approx(sums, abs=1e-7)
    assert record.epoch_accuracy == [0.5]
    assert len(record.histograms("4.weight")) == 2


@pytest.mark.parametrize("before", [True, False])
def test_losses_told_before_or_after_the_step_belong_to_it(before: bool) -> None:
    model, optimizer, w = watched()
    told = []
    for _ in range(4):
        optimizer.zero_grad()
        loss = loss_of(model)
        loss.backward()
        if before:
            w.loss(loss)
        optimizer.step()
        if not before:
            w.loss(loss)
        told.append(float(loss.detach()))
    assert w.record.loss.tolist() == told


def test_a_figure_never_sees_a_step_before_its_loss() -> None:
    model, optimizer, w = watched()
    seen = []
    w.after_step.append(lambda: seen.append(w.recorded.loss.tolist()))
    for i in range(5):
        train(model, optimizer, 1)
        w.loss(float(i))
        assert w.recorded.steps == i + 1
    assert seen == [[float(k) for k in range(i)] for i in range(5)]


def test_of_accumulated_mini_batches_the_loss_at_the_step_counts() -> None:
    model, optimizer, w = watched()
    for i in range(6):
        loss_of(model).backward()
        if i % 2 == 0:
            optimizer.step()
        w.loss(float(i))
    assert w.record.loss.tolist() == [0.0, 2.0, 4.0]


def test_steps_without_a_loss_are_seen_too() -> None:
    model, optimizer, w = watched()
    seen = []
    w.after_step.append(lambda: seen.append(w.recorded.steps))
    train(model, optimizer, 5)
    assert seen == [0, 1, 3, 4, 5]
    w.loss(2.0)
    assert w.record.loss.tolist()[4] == 2.0


def test_every_and_epochs_of_known_length() -> None:
    model, optimizer, w = watched(every=3, steps_per_epoch=4)  # every is rounded up to 4
    train(model, optimizer, 9)
    record = w.record
    assert record.steps == 9
    assert record.epoch_ends.tolist() == [4, 8]
    assert record.trajectory_steps.tolist() == [0, 4, 8, 9]
    assert record.update_steps.tolist() == [4, 8]


def test_a_record_is_opened_where_there_is_no_torch(tmp_path: Path) -> None:
    model, optimizer, w = watched()
    train(model, optimizer, 3)
    w.end_epoch()
    w.record.save(tmp_path / "run.npz")
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from fineopt.recorder import Record\n"
        f"print(Record.load({str(tmp_path / 'run.npz')!r}).steps)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "3", done.stderr


def test_import_fineopt_imports_no_torch() -> None:
    code = "import fineopt, sys; fineopt.watch; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "False", done.stderr


# ---- loops ----


needs_scaler = pytest.mark.skipif(
    not hasattr(torch.amp, "GradScaler"), reason="this PyTorch has no scaler for the CPU"
)


@needs_scaler
@pytest.mark.parametrize("fused", [False, True])
def test_a_step_that_the_scaler_skips_is_no_step(fused: bool) -> None:
    model = make_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, fused=fused)
    w = fineopt.watch(model, optimizer)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    sums = 0.0
    for i in range(5):
        optimizer.zero_grad()
        scaler.scale(loss_of(model) * (float("inf") if i == 1 else 1.0)).backward()
        if i != 1:
            sums += float(model[4].weight.grad[0].double().sum()) / float(scaler.get_scale())
        scaler.step(optimizer)
        scaler.update()
        w.loss(float(i))
    assert w.error is None
    assert w.record.steps == 4
    assert w.record.loss.tolist() == [0.0, 2.0, 3.0, 4.0]
    assert len(w.record.step_norm("4.weight")) == 4


@needs_scaler
def test_gradients_of_the_scaler_are_unscaled() -> None:
    model = make_model().eval()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0, fused=True)
    w = fineopt.watch(model, optimizer)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    scaler.scale(loss_of(model)).backward()
    expected = float(model[0].weight.grad.double().sum()) / 1024
    scaler.step(optimizer)
    w.end_epoch()
    assert w.record.grad_sum_epoch["0.weight"][0] == pytest.approx(expected, rel=1e-6)


def test_two_optimizers_in_turn() -> None:
    g, d = nn.Linear(4, 8), nn.Linear(8, 1)
    model = nn.ModuleDict({"g": g, "d": d})
    first = torch.optim.SGD(g.parameters(), lr=0.1)
    second = torch.optim.SGD(d.parameters(), lr=0.2)
    w = fineopt.watch(model, [first, second])
    for _ in range(3):
        for optimizer in (first, second):
            first.zero_grad()
            second.zero_grad()
            d(g(torch.ones(2, 4))).mean().backward()
            optimizer.step()
    w.groups[1].lr = 0.3
    assert second.param_groups[0]["lr"] == 0.3
    assert w.record.steps == 6
    assert w.record.lr[-1].tolist() == [0.1, 0.2]


def odd_parameters() -> Any:
    class Odd(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a = nn.Linear(4, 4, bias=False)
            self.b = nn.Linear(4, 4, bias=False)
            self.b.weight = self.a.weight  # tied
            self.scalar = nn.Parameter(torch.tensor(1.0))
            self.empty = nn.Parameter(torch.empty(0, 3))
            self.complex = nn.Parameter(torch.ones(3, dtype=torch.complex64))
            self.low = nn.Parameter(torch.ones(5, dtype=torch.bfloat16))
            self.turned = nn.Parameter(torch.ones(4, 6).t())
            self.p = nn.utils.parametrizations.weight_norm(nn.Linear(4, 2))

        def forward(self, x: Any) -> Any:
            y = self.p(self.b(self.a(x))).sum() * self.scalar + self.turned.sum()
            return y + self.complex.abs().sum() + self.low.float().sum() + self.empty.sum()

    return Odd()


def test_odd_parameters() -> None:
    seed()
    model = odd_parameters()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, foreach=False)
    w = fineopt.watch(model, optimizer)
    for _ in range(8):
        optimizer.zero_grad()
        model(torch.ones(2, 4)).backward()
        optimizer.step()
    w.end_epoch()
    assert w.error is None
    assert w.record.steps == 8
    assert w.record.shape("complex") == (3, 2)
    assert "p.parametrizations.weight.original0" in w.record.parameters
    assert np.isfinite(w.record.step_norm("low")).all()


def test_an_optimizer_without_hook_dicts() -> None:
    class Bare(torch.optim.Optimizer):
        def __init__(self, params: Any) -> None:
            self.param_groups = [{"params": list(params), "lr": 0.1}]
            self.state: dict[Any, Any] = {}

        def step(self, closure: Any = None) -> None:
            for p in self.param_groups[0]["params"]:
                p.data.sub_(self.param_groups[0]["lr"] * p.grad)

    model = make_model()
    optimizer = Bare(model.parameters())
    before = set(vars(optimizer))
    w = fineopt.watch(model, optimizer)
    for _ in range(3):
        model.zero_grad()
        loss_of(model).backward()
        optimizer.step()
    assert w.record.steps == 3
    w.detach()
    assert set(vars(optimizer)) == before


def test_replaced_parameters_are_noticed() -> None:
    model, optimizer, w = watched()
    model.load_state_dict(make_model().state_dict(), assign=True)
    with pytest.warns(fineopt.errors.ParameterWarning, match="were replaced"):
        train(model, optimizer, 1)
    assert w.record.steps == 1
    assert len(w.notices) == 1


def test_an_error_of_ours_stops_recording_once_and_training_goes_on() -> None:
    model, optimizer, w = watched()
    train(model, optimizer, 2)

    def broken() -> Any:
        raise OSError("broken")

    w._reader.sampler.gather.row = broken
    with pytest.warns(RuntimeWarning, match="recording stopped: OSError: broken"):
        train(model, optimizer, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        losses = train(model, optimizer, 3)
    assert len(losses) == 3
    assert "broken" in w.error
    w.groups["head"].lr = 0.5
    assert optimizer.param_groups[1]["lr"] == 0.5


def test_a_snapshot_is_restored_to_the_bit() -> None:
    model, optimizer, w = watched()
    train(model, optimizer, 3)
    snapshot = w.snapshot()
    first = train(model, optimizer, 4)
    w.restore(snapshot)
    assert w.record.steps == 3
    assert torch.equal(first, train(model, optimizer, 4))
    assert w.record.steps == 7
    assert "order of the data" in snapshot.limits()[0]


def test_play_runs_a_loop_of_the_panel() -> None:
    model, optimizer, w = watched()

    def step() -> Any:
        optimizer.zero_grad()
        loss = loss_of(model)
        loss.backward()
        optimizer.step()
        return loss

    w.play(step, steps=3)
    assert w.record.steps == 3
    assert np.isfinite(w.record.loss).all()
    with pytest.raises(RuntimeError, match="needs a running event loop"):
        w.play(step)


def test_what_a_page_costs_belongs_to_the_frames_share_of_the_time() -> None:
    model, optimizer, w = watched()
    panel = WatchPanel(w, frames_per_second=1000)
    page = LivePage(panel.charts, acknowledges=False)

    def until_the_next_frame() -> float:
        panel._frame_due = 0.0
        begin = perf_counter()
        train(model, optimizer, 1)
        return float(panel._frame_due - begin)

    page.tell(ack=page.frame)
    assert until_the_next_frame() >= ACK_COST / SHARE
    for _ in range(100):
        page.tell(ack=page.frame)
    assert until_the_next_frame() >= 100 * ACK_COST / SHARE
    assert panel._page_took == 0.0  # paid
    panel.close()


def test_go_on_right_after_step_goes_on_and_each_press_of_step_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model, optimizer, w = watched()
    panel = WatchPanel(w, frames_per_second=1000)
    presses = [[panel.step, panel.pause], [panel.step, panel.step], [panel.pause]]
    held: list[int] = []

    def press(seconds: float) -> None:
        held.append(w.record.steps)
        for button in presses.pop(0):
            assert panel.pause.description == "Go on"  # also while a single step is under way
            button.click()

    monkeypatch.setattr(watch, "sleep", press)
    panel.pause.click()
    train(model, optimizer, 2)
    assert panel.pause.description == "Pause"
    panel.pause.click()
    train(model, optimizer, 3)
    assert (held, presses, panel.paused) == ([1, 3, 5], [], False)
    panel.close()


def test_an_audit_knows_what_is_held() -> None:
    model, optimizer, w = watched()
    w.groups["head"].lr = 0.0
    loss_of(model).backward()
    report = w.audit()
    assert report["4.weight"].moves is False
    assert report["0.weight"].moves is True
    optimizer.step()
    assert report.verify() == []
    assert w.audit(batch=(X, Y), clear=True)["0.bias"].moves is not None


# ---- compiled and wrapped ----


def test_a_compiled_wrapper_is_looked_into() -> None:
    model = make_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    w = fineopt.watch(torch.compile(model, backend="eager"), optimizer)
    assert next(iter(w.record.parameters)) == "0.weight"


# ---- bad input ----


def meta() -> Any:
    with torch.device("meta"):
        return make_model()


def test_a_closure_that_raises_leaves_the_schedules_lr() -> None:
    model = make_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    w = fineopt.watch(model, optimizer, torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.5))
    w.groups[0].lr = 0.9

    def closure() -> Any:
        assert optimizer.param_groups[0]["lr"] == 0.9
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        optimizer.step(closure)
    assert optimizer.param_groups[0]["lr"] == 0.1
    assert w.groups[0].lr == 0.9


def test_parameters_that_come_later_and_tied_ones_are_noticed() -> None:
    model = make_model()
    model.again = model[4]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # that some are tied is not worth a warning
        w = fineopt.watch(model, optimizer)
    assert w.notices[0] == "again.weight: tied to 4.weight, and recorded under that name"
    assert w.freeze("again.weight") == ["4.weight"]
    model.late = nn.Parameter(torch.ones(2))
    with pytest.warns(fineopt.errors.ParameterWarning, match="late came to the model after watch"):
        optimizer.step()
    assert w.error is None


@pytest.mark.parametrize("bad", [-0.1, 97, float("nan")])
def test_an_accuracy_is_from_0_to_1(bad: float) -> None:
    model, optimizer, w = watched()
    train(model, optimizer, 1)
    with pytest.raises(ValueError, match="accuracy must be from 0 to 1"):
        w.end_epoch(accuracy=bad)
    w.end_epoch(accuracy=1)
    assert w.record.epochs == 1


@pytest.mark.parametrize("bad", [3, "StepLR", [None], torch.optim.lr_scheduler.StepLR])
def test_bad_schedulers(bad: Any) -> None:
    model = make_model()
    with pytest.raises(TypeError, match="schedulers must be schedulers of torch"):
        fineopt.watch(model, torch.optim.SGD(model.parameters(), lr=0.1), bad)


BAD: dict[str, tuple[Any, type[Exception], str]] = {
    "class": (lambda: (make_model(), torch.optim.SGD), TypeError, "is the class SGD"),
    "model class": (lambda: (nn.Linear, None), TypeError, "is the class Linear"),
    "no model": (lambda: (3, None), TypeError, "must be a torch.nn.Module"),
    "no optimizer": (lambda: (make_model(), "Adam"), TypeError, "must be a torch.optim"),
    "none": (lambda: (make_model(), []), ValueError, "is an empty list"),
    "another model": (
        lambda: (make_model(), torch.optim.SGD(make_model().parameters(), lr=0.1)),
        ValueError,
        "none of the model's parameters",
    ),
    "meta": (
        lambda: (m := meta(), torch.optim.SGD(m.parameters(), lr=0.1)),
        ValueError,
        "meta device",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case: str) -> None:
    make, error, match = BAD[case]
    model, optimizer = make()
    with pytest.raises(error, match=match):
        fineopt.watch(model, optimizer)


@pytest.mark.parametrize("bad", [0, -1, 1.5, "1"])
def test_a_bad_every(bad: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="every must be"):
        watched(every=bad)


def test_watching_twice_returns_the_same_watch() -> None:
    model, optimizer, w = watched()
    assert fineopt.watch(model, optimizer) is w
    with pytest.raises(ValueError, match="watched already"):
        fineopt.watch(nn.ModuleList([model]), optimizer)
    w.detach()
    assert fineopt.watch(model, optimizer) is not w


def test_a_record_is_a_record() -> None:
    assert isinstance(watched()[2].record, Record)


@pytest.mark.parametrize("loss", ["0.5", None, [1.0], (0.1, 0.2), object(), torch.ones(0)])
def test_what_is_no_loss_is_refused_and_recording_goes_on(loss: Any) -> None:
    model, optimizer, w = watched()
    train(model, optimizer, 1)
    with pytest.raises((TypeError, ValueError), match="the loss must be a number"):
        w.loss(loss)
    w.loss(0.5)
    train(model, optimizer, 1)
    assert w.record.loss[0] == 0.5
    assert (w.record.steps, w.error) == (2, None)


@pytest.mark.parametrize("loss", [0.5, np.float32(0.5), np.array(0.5), torch.tensor([0.25, 0.75])])
def test_numbers_and_tensors_are_losses(loss: Any) -> None:
    model, optimizer, w = watched()
    train(model, optimizer, 1)
    w.loss(loss)
    assert w.record.loss.tolist() == [0.5]


@pytest.mark.parametrize("accuracy", ["0.5", [0.5], object()])
def test_what_is_no_accuracy_is_refused(accuracy: Any) -> None:
    model, optimizer, w = watched()
    train(model, optimizer, 1)
    with pytest.raises(TypeError, match="accuracy must be a number"):
        w.end_epoch(accuracy=accuracy)
    assert w.record.epochs == 0


@pytest.mark.parametrize("pattern", [3, None, ["0.*"]])
def test_a_pattern_that_is_no_text_is_refused(pattern: Any) -> None:
    _, _, w = watched()
    for call in (w.freeze, w.unfreeze):
        with pytest.raises(TypeError, match="pattern must be a text"):
            call(pattern)


def test_a_scaler_that_is_none_is_refused() -> None:
    model = make_model()
    with pytest.raises(TypeError, match="scaler must be a GradScaler"):
        fineopt.watch(model, torch.optim.SGD(model.parameters(), lr=0.1), scaler="x")


def test_an_empty_parameter_is_rewound_and_saved(tmp_path: Path) -> None:
    def run() -> tuple[Any, Any]:
        model = nn.ParameterDict({"a": torch.ones(2), "none": torch.zeros(0, 3)})
        optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
        w = fineopt.watch(model, optimizer)
        with pytest.warns(UserWarning, match="not exact"):
            timeline = w.timeline()
        for _ in range(2):
            optimizer.zero_grad()
            (model["a"].sum() + model["none"].sum()).backward()
            assert w.audit()["none"].moves is False
            optimizer.step()
        return model, timeline

    model, timeline = run()
    timeline.save(tmp_path / "run.timeline")
    timeline.rewind(0)
    assert model["a"].tolist() == [1, 1]
    assert model["none"].shape == (0, 3)


@pytest.mark.parametrize("options", [{}, {"fused": True}])
@pytest.mark.parametrize("is_unscaled", [False, True])
@pytest.mark.parametrize("scale", [8.0, 11.0])
def test_the_audit_reads_gradients_without_their_scale(
    options: dict[str, Any], is_unscaled: bool, scale: float
) -> None:
    model = make_model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, **options)
    scaler = make_scaler(init_scale=scale)
    if not scaler.is_enabled():
        pytest.skip("this PyTorch has no scaler for the CPU")
    w = fineopt.watch(model, optimizer, scaler=scaler)
    for _ in range(3):
        optimizer.zero_grad()
        scaler.scale(loss_of(model)).backward()
        if is_unscaled:
            scaler.unscale_(optimizer)
        grads = [p.grad.clone() for p in model.parameters()]
        report = w.audit()
        assert all(map(torch.equal, grads, [p.grad for p in model.parameters()]))
        norm = float(model[4].weight.grad.norm()) / (1 if is_unscaled else scale)
        assert report["4.weight"].gradient_norm == pytest.approx(norm, rel=1e-5)
        scaler.step(optimizer)
        scaler.update()
        assert report.verify() == []


def test_a_model_of_many_parameters_is_sampled_at_every_nth_step() -> None:
    model = nn.ParameterList([torch.full((3,), float(i)) for i in range(300)])
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    w = fineopt.watch(model, optimizer)
    for _ in range(9):
        optimizer.zero_grad()
        sum(p.sum() for p in model).backward()
        optimizer.step()
    assert w.record.steps == 9
    assert w.record.lr.shape == (9, 1)
    assert w.record.trajectory("7")[:3, 0].tolist() == [7.0, 3.0, -1.0]
