"""The audit panel shows what the next step does, and follows what is changed."""

from __future__ import annotations

import asyncio

from fineopt.optimizer import SGD
from fineopt.training import Trainer
from fineopt.widgets import AuditPanel
from tests.support.named import make_named_trainer
from tests.support.small import make_trainer


def test_each_parameter_has_a_line_with_its_reason() -> None:
    trainer = make_trainer()
    trainer.gm.detach(trainer.net.first.bias)
    table = AuditPanel(trainer).table.value
    assert table.count("<tr>") == 1 + 4
    assert "no gradient is computed: grad stays None and step() skips it" in table
    assert table.count("it moves by its gradient") == 3
    assert 'aria-label="audit"' in table


def test_the_chart_shows_the_ratios_in_the_colours_of_the_groups() -> None:
    trainer = make_trainer()
    trainer.optimizer.param_groups[1]["lr"] = 0.0
    panel = AuditPanel(trainer)
    scene = panel.chart._make()["audit"]
    names = [row.name for row in panel.audit.report().rows]
    assert scene["y"]["labels"] == names
    dots = [mark for mark in scene["marks"] if mark["draw"] == "dots"]
    assert [(dot["group"], dot["fill"]) for dot in dots] == [
        (0, "own"),  # its bias, which is 0, has no ratio
        (1, "ground"),
        (1, "ground"),
    ]
    assert "moves 2 of 4 parameters" in panel.alt_text()


def test_names_are_escaped() -> None:
    small = make_trainer()
    groups = [{"params": list(small.net.parameters()), "name": "<script>alert(1)</script>"}]
    trainer = Trainer(small.net, SGD(groups, lr=0.1), small.dataloader)
    table = AuditPanel(trainer).table.value
    assert "<script>" not in table
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in table


def test_it_follows_code_and_training_and_says_why_it_cannot() -> None:
    async def play() -> None:
        trainer = make_trainer()
        panel = AuditPanel(trainer, frames_per_second=50)

        async def shows(text: str, where: object) -> None:
            while text not in where.value:  # type: ignore[attr-defined]
                await asyncio.sleep(0.01)

        trainer.optimizer.param_groups[1]["lr"] = 0.0
        await asyncio.wait_for(shows("learning rate is 0", panel.table), 30)
        good, trainer.train_func = trainer.train_func, lambda *_: 1 / 0
        trainer.optimizer.param_groups[1]["lr"] = 0.5
        await asyncio.wait_for(shows("ZeroDivisionError: division by zero", panel.message), 30)
        trainer.train_func = good
        trainer.optimizer.param_groups[1]["lr"] = 0.25
        await asyncio.wait_for(shows(">0.25<", panel.table), 30)
        assert panel.message.value == ""
        panel.close()

    asyncio.run(play())


def test_a_search_finds_parameters() -> None:
    panel = AuditPanel(make_named_trainer([f"g{i}" for i in range(20)]))
    assert panel.finder.layout.display is None
    panel.finder.search.value = "P1"
    assert "11 of 20 parameters" in panel.finder.found.value
    assert ">p12<" in panel.table.value
    assert ">p2<" not in panel.table.value
    few = AuditPanel(make_trainer())
    assert few.finder.layout.display == "none"


def test_a_notebook_without_a_kernel_has_a_picture() -> None:
    panel = AuditPanel(make_trainer())
    bundle = panel._repr_mimebundle_()
    assert bundle["text/plain"] == "AuditPanel(4 parameters)"
    assert panel.picture()[:4] == b"\x89PNG"


def test_the_saved_output_knows_what_code_has_just_changed() -> None:
    trainer = make_trainer()
    panel = AuditPanel(trainer)
    before = panel._repr_mimebundle_()["text/html"]
    trainer.optimizer.param_groups[0]["lr"] = 0.0
    after = panel._repr_mimebundle_()["text/html"]
    assert after != before
    assert after == AuditPanel(trainer)._repr_mimebundle_()["text/html"]


def test_the_picture_has_the_chart_and_what_was_found() -> None:
    panel = AuditPanel(make_named_trainer([f"g{i}" for i in range(20)]))

    def has_height(inches: float) -> bool:
        pixels = 100 * inches
        # Matplotlib 3.9 cuts 955.999 off to 955; a whole number is exact in each version.
        return int.from_bytes(panel.picture()[20:24], "big") in (round(pixels), int(pixels))

    assert has_height(0.24 * 21 + 0.3 + 0.42 + 0.19 * 20)
    panel.finder.search.value = "p1"
    assert has_height(0.24 * 12 + 0.3 + 0.42 + 0.19 * 11)
    panel.finder.search.value = "no such name"
    assert has_height(0.24 + 2.0)
    panel.close()
