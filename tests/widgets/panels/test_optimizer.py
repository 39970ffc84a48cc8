"""The optimizer panel, and optimizers chosen in a row's fold, without a browser."""

from __future__ import annotations

from fineopt.optimizer import Adam
from fineopt.widgets import OptimizerPanel, TrainingPanel
from tests.support.small import make_trainer


def test_another_optimizer_brings_its_own_fields() -> None:
    trainer = make_trainer()
    panel = TrainingPanel(trainer)
    row = panel.rows.children[0]
    row.more.click()
    row.fold.rule.value = "Adam"
    assert panel.rows.children[0] is row
    assert list(row.fold.fields) == ["betas", "eps", "weight_decay"]
    row.fold.fields["betas"][1].value = 0.5
    assert trainer.optimizer.param_groups[0]["betas"] == (0.9, 0.5)
    assert "Adam, 2 parameters" in row.summary.value
    panel.reset.click()
    assert row.fold.rule.value == "SGD with momentum"
    assert list(row.fold.fields) == ["momentum", "nesterov", "weight_decay"]


def test_the_optimizer_panel_chooses_and_describes_the_change() -> None:
    trainer = make_trainer()
    panel = OptimizerPanel(trainer)
    first, last = panel.rows.children
    last.rule.value = "Adam"
    assert panel.optimizers.rule("last") == "Adam"
    assert "whose state starts at zero" in panel.news.value
    assert panel.summary_text() == (
        "first: SGD with momentum, learning rate 0.1; last: Adam, learning rate 0.01"
    )
    trainer.optimizer.param_groups[0]["params"].clear()
    first.rule.value = "Lion"
    assert "no parameters left" in panel.message.value
    assert first.rule.value == "SGD with momentum"


def test_the_effect_of_a_swap_is_described_wherever_it_was_made() -> None:
    trainer = make_trainer()
    training, optimizers = TrainingPanel(trainer), OptimizerPanel(trainer)
    row, other = training.rows.children[0], optimizers.rows.children[0]
    row.more.click()
    note = row.fold.note
    assert (note.value, note.layout.display) == ("", "none")

    def both() -> tuple[str, str]:
        training.show()
        optimizers.show()
        return note.value, other.about.value

    for choose in (
        lambda: setattr(row.fold.rule, "value", "Adam"),
        lambda: setattr(other.rule, "value", "Adam"),
        lambda: trainer.swap_optimizer("first", Adam),
    ):
        choose()
        for words in both():
            assert "Adam replaced SGD; its state started at zero." in words
            assert "still 0.1; about 0.001 is usual for Adam" in words
        assert note.layout.display is None
        row.number.value = 0.002
        assert all("Adam replaced SGD" in words and "still" not in words for words in both())
        trainer.reset()
        assert all("Adam" not in words for words in both())
    row.more.click()
    row.more.click()
    other.rule.value = "RMSprop"
    training.show()
    assert "RMSprop replaced SGD" in row.fold.note.value


def test_a_button_sets_the_usual_lr_of_a_new_optimizer() -> None:
    trainer = make_trainer()
    training, optimizers = TrainingPanel(trainer), OptimizerPanel(trainer)
    row, other = training.rows.children[0], optimizers.rows.children[0]
    row.more.click()

    def offered() -> list[str]:
        training.show()
        optimizers.show()
        buttons = row.fold.usual, other.usual
        return [b.description for b in buttons if b.layout.display is None]

    assert offered() == []
    for button in (row.fold.usual, other.usual):
        other.rule.value = "Adam"
        assert offered() == ["Use lr 0.001"] * 2
        button.click()
        assert trainer.optimizer.param_groups[0]["lr"] == 0.001
        assert offered() == [] and "usual" not in other.about.value
        trainer.reset()
        assert offered() == []
    other.rule.value = "Adam"
    row.freeze.value = True
    assert offered() == []  # frozen on purpose
