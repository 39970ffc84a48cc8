"""The group panel, and the fold of other hyperparameters, without a browser."""

from __future__ import annotations

from fineopt.widgets import GroupPanel
from tests.support.small import make_trainer


def test_the_fold_sets_every_hyperparameter_and_shows_what_is_refused() -> None:
    trainer = make_trainer()
    panel = GroupPanel(trainer.optimizer)
    row = panel.rows.children[1]
    assert row.fold is None
    row.more.click()
    assert (row.more.description, list(row.fold.fields)) == (
        "Less",
        ["momentum", "nesterov", "weight_decay"],
    )
    momentum, nesterov = row.fold.fields["momentum"][0], row.fold.fields["nesterov"][0]
    momentum.value = 0.5
    nesterov.value = True
    live = trainer.optimizer.param_groups[1]
    assert (live["momentum"], live["nesterov"]) == (0.5, True)
    momentum.value = 1.5
    assert (live["momentum"], momentum.value) == (0.5, 0.5)
    assert momentum.refused == "momentum of last must be at least 0 and below 1, not 1.5"
    momentum.value = 0.25
    assert momentum.refused == panel.message.value == ""
    live["weight_decay"] = 0.125
    panel.show()
    assert row.fold.fields["weight_decay"][0].value == 0.125
    row.more.click()
    assert (row.fold, row.more.description) == (None, "More")
