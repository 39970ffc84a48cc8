"""Alt text of figures."""

from __future__ import annotations

import numpy as np

from fineopt import figures
from fineopt.figures import describe, overview
from fineopt.recorder import Record
from tests.scenes.samples import fresh, frozen_after_3, train


def test_a_run_is_described() -> None:
    record = train(fresh(), 60, frozen_after_3, lambda name, step: name == "conv1.bias")
    assert describe(fresh()) == "Not started. 4 parameters in 2 groups: conv, fc."
    said = describe(record)
    assert said.startswith("60 steps, 6 full epochs, 4 parameters in 2 groups.")
    assert "Learning rates: conv 0.02, fc 0 (frozen)." in said
    assert "accuracy: 90.0%" in said
    assert said.endswith("No gradient in the last full epoch: conv1.bias.")
    train(record, 1, loss=lambda step: np.nan)
    assert "Loss of the last step: nan." in describe(record)


def test_watched_parameters_are_described() -> None:
    record = train(fresh(), 60)
    run = describe(record)
    assert "Watched" not in run
    for watch, view, said in (
        ("fc1.weight", "lines", "fc1.weight (fc), as lines of its elements over the steps."),
        (["fc1.weight"], "path",
         "fc1.weight (fc), as a path along its two leading principal directions."),
        ("conv1.bias", "ratio", "conv1.bias (conv), by its update ratio, in front of the others."),
        (["conv1.bias", "fc1.weight"], "lines",
         "conv1.bias (conv), fc1.weight (fc), as lines of their elements over the steps."),
        (["conv1.bias", "fc1.weight"], "histogram",
         "conv1.bias (conv), as a histogram of its elements. "
         "Not shown in this view: fc1.weight (fc)."),
    ):  # fmt: skip
        assert describe(record, watch, view) == f"{run} Watched: {said}"  # type: ignore[arg-type]
        still = overview(record, watch, view=view)  # type: ignore[arg-type]
        assert still._repr_mimebundle_()["text/plain"] == f"<{run} Watched: {said}>"  # type: ignore[attr-defined]
    alone = Record({"w": None}, [])
    assert describe(alone, "w").endswith("Watched: w (in no group), as lines of its elements over "
                                         "the steps.")  # fmt: skip


def test_each_figure_has_alt_text() -> None:
    record = train(fresh(), 20)
    for figure, said in (
        (figures.trajectory(record, "fc1.weight"), "Watched: fc1.weight (fc), as lines"),
        (figures.path(record, "fc1.weight"), "Watched: fc1.weight (fc), as a path"),
        (figures.update_ratios(record, "fc1.weight"), "Watched: fc1.weight (fc), by its update"),
    ):
        assert said in figure._repr_mimebundle_()["text/plain"]  # type: ignore[attr-defined]
    for figure in (figures.loss(record), figures.update_ratios(record), figures.grad_sums(record)):
        assert "Watched" not in figure._repr_mimebundle_()["text/plain"]  # type: ignore[attr-defined]
