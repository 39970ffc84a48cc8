"""The freeze panel, without a browser."""

from __future__ import annotations

import asyncio
from typing import Any

from fineopt.widgets import FreezePanel
from tests.support.named import make_named_trainer
from tests.support.panels import AT_ONCE
from tests.support.small import make_trainer
from tests.support.waiting import until


def ticks(panel: FreezePanel) -> dict[str, Any]:
    """Rows of single parameters by name, and those of groups by a star before their first."""
    return {("" if hasattr(row, "now") else "*") + row.names[0]: row for row in panel.rows.children}


def test_ticks_attach_and_optimize_and_the_table_follows() -> None:
    trainer = make_trainer()
    panel = FreezePanel(trainer)
    rows = ticks(panel)
    assert list(rows) == ["*first.bias", "first.bias", "first.weight", "*last.bias", "last.bias",
                          "last.weight"]  # fmt: skip
    assert "None" in rows["last.bias"].now.value
    trainer.run(epochs=1)
    panel.show()
    assert "None" not in rows["last.bias"].now.value
    rows["*last.bias"].attached.value = False
    assert [panel.freeze.attached(f"last.{n}") for n in ("bias", "weight")] == [False, False]
    assert rows["last.weight"].attached.value is False
    assert "None" in rows["last.bias"].now.value
    rows["first.bias"].optimized.value = False
    assert rows["*first.bias"].optimized.value is False
    assert "accumulates" in rows["first.bias"].summary.value
    trainer.reset()
    panel.show()
    assert panel.summary_text() == "4 parameters: 4 attached, 4 in the optimizer"
    assert rows["*first.bias"].optimized.value


def test_a_group_s_tick_is_indeterminate_if_only_some_are_set() -> None:
    panel = FreezePanel(make_trainer())
    group = ticks(panel)["*first.bias"]
    for attached, optimized, states, words in (
        ((True, True), (True, True), "[false, false]", ""),
        ((True, False), (True, True), "[true, false]", "1 of 2 attached"),
        ((True, False), (False, True), "[true, true]", "1 of 2 attached, 1 of 2 in the optimizer"),
        ((False, False), (False, True), "[false, true]", "1 of 2 in the optimizer"),
        ((False, False), (False, False), "[false, false]", ""),
    ):
        for name, one, other in zip(group.names, attached, optimized, strict=True):
            panel.freeze.set_attached(name, one)
            panel.freeze.set_optimized(name, other)
        panel.show()
        assert (group.attached.value, group.optimized.value) == (all(attached), all(optimized))
        assert states in group.script.value
        assert f"<small>{words}</small>" in group.summary.value
    before = group.script.value
    group.attached.value = True  # ticks all
    assert ticks(panel)["first.bias"].attached.value
    assert group.script.value != before


def test_a_search_filters_the_parameters() -> None:
    panel = FreezePanel(make_named_trainer([f"g{i}" for i in range(20)]))
    panel.finder.search.value = "P1"
    shown = {name for name in ticks(panel) if name.startswith("p")}
    assert shown == {"p1", *(f"p1{i}" for i in range(10))}
    assert "11 of 20 parameters" in panel.finder.found.value
    assert FreezePanel(make_trainer()).finder.layout.display == "none"


def test_training_in_code_is_shown_in_the_table() -> None:
    async def use() -> None:
        trainer = make_trainer()
        panel = FreezePanel(trainer, frames_per_second=AT_ONCE)
        row = ticks(panel)["last.bias"]
        trainer.step()
        await until(lambda: "None" not in row.now.value)
        panel.close()

    asyncio.run(use())
