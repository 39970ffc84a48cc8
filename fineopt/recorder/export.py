"""A record in plain Python values."""

from __future__ import annotations

from typing import Any

from .history import History


def to_dict(history: History) -> dict[str, Any]:
    """Return all recorded values; see `Record.to_dict`."""
    names = list(history.parameters)

    def histograms(name: str, gradients: bool) -> list[dict[str, Any]]:
        return [
            {"epoch": kept.epoch, "limit": kept.limit, "counts": kept.counts.tolist()}
            for kept in history.histograms(name, gradients=gradients)
        ]

    return {
        "groups": list(history.groups),
        "parameters": dict(history.parameters),
        "loss": history.loss.tolist(),
        "lr": history.lr.tolist(),
        "epoch_ends": history.epoch_ends.tolist(),
        "epoch_loss": history.epoch_loss.tolist(),
        "epoch_accuracy": history.epoch_accuracy,
        "trajectory_steps": history.trajectory_steps.tolist(),
        "trajectory": {name: history.trajectory(name).tolist() for name in names},
        "epoch_values": {name: history.epoch_values(name).tolist() for name in names},
        "grad_sum_last": history.grad_sum_last,
        "grad_sum_epoch": history.grad_sum_epoch,
        "update_steps": history.update_steps.tolist(),
        "step_norm": {name: history.step_norm(name).tolist() for name in names},
        "weight_norm": {name: history.weight_norm(name).tolist() for name in names},
        "histograms": {name: histograms(name, False) for name in names},
        "gradient_histograms": {name: histograms(name, True) for name in names},
    }
