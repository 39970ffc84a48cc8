"""In Chinese, everything that a learner sees is Chinese: panels, charts, figures, audits.

Each is made in many states, and all its texts are read. Latin words that are left must be names:
of parameters, groups, classes and hyperparameters, or of the few in `NAMES`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Set
from typing import Any

import ipywidgets as widgets
import numpy as np
import pytest
from matplotlib.text import Text

from fineopt import data, figures, models, optimizer
from fineopt.audit import audit
from fineopt.control.refusals import refusal
from fineopt.figures.renderer.picture import Picture
from fineopt.landscape import LANDSCAPES, descend
from fineopt.language import language, say, table
from fineopt.optimizer.registry import OPTIMIZERS
from fineopt.optimizer.schedules.named import SCHEDULES
from fineopt.scenes.run_scene import run_scene
from fineopt.scenes.summary import Summary
from fineopt.scenes.views import VIEW_LABELS
from fineopt.timeline import Timeline
from fineopt.training import Trainer
from fineopt.widgets import (
    AuditPanel,
    FreezePanel,
    GroupPanel,
    LandscapePanel,
    OptimizerPanel,
    TrainingPanel,
)
from fineopt.widgets.live.words import page_words

NAMES = frozenset(
    {
        "lr",
        "loss",
        "epoch",
        "lambda",
        "None",
        "NaN",
        "inf",
        "nan",
        "SGD",
        "momentum",
        "Momentum",
        "nesterov",
        "Nesterov",
        "weight",
        "decay",
        "betas",
        "eps",
        "alpha",
        "rho",
        "lambd",
        "ReLU",
        "Python",
        "Enter",
        "Esc",
        "Ctrl",
        "C",
        "f",
        "x",
        "y",
        "xy",
        "step",
        "grad",
        "clear_grad",
        "zero_grad",
        "detach",
        "add_param_group",
        "requires_grad_",
        "eval",
        "freeze",
        "forward",
        "backward",
        "dtype",
        "float32",
        "list",
        "dict",
        "ModuleList",
        "ModuleDict",
        "PyTorch",
        "VJP",
        "s",
        "ms",
        "e",
        "w",
        "conv",
        "fc",
        "main",
        "side",
        "param_groups",
        "initial_lr",
        "weight_decay",
        "group",
        "Rosenbrock",
        "Beale",
        "with",
    }
)
WORD = re.compile(r"[A-Za-z][A-Za-z_]*\d*")
# What is no text: names of classes and icons, CSS, code.
TECHNICAL = re.compile(
    r"_(?!options_labels)|layout$|style$|button_style$|icon$|kind$|colour$|orientation$|tabbable$"
)


@pytest.fixture(autouse=True)
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINEOPT_LANG", "zh")


def make_trainer() -> Trainer:
    digits = data.dataset.ArrayDataset(
        np.random.RandomState(0).normal(size=(8, 1, 32, 32)).astype("float32"), np.arange(8)
    )
    loader = data.DataLoader(digits, data.SequentialSampler(digits, batch_size=4))
    net = models.LeNet()
    groups = [
        {"params": [p for n, p in net.named_parameters() if "conv" in n], "name": "conv"},
        {"params": [p for n, p in net.named_parameters() if "conv" not in n], "name": "fc"},
    ]
    sgd = optimizer.SGD(groups, lr=0.05, momentum=0.9)
    return Trainer(net, sgd, loader, test_data=loader)


# --- reading texts -------------------------------------------------------------------------------


def english(text: str, names: Set[str] = frozenset()) -> list[str]:
    """Return the Latin words of a text that are not names."""
    text = re.sub(r"<style>.*?</style>|<(script|img)\b[^>]*>", " ", text, flags=re.DOTALL)
    labels = re.findall(r'\b(?:aria-label|alt|title)="([^"]*)"', text)
    text = html.unescape(" ".join([re.sub(r"<[^>]*>", " ", text), *labels]))
    return [word for word in WORD.findall(text) if word not in NAMES | names]


def texts_of(widget: widgets.Widget) -> Iterator[tuple[str, str]]:
    """Yield where and what of each text in a widget and in all below it."""
    for key, value in widget.get_state().items():
        if not TECHNICAL.match(key) and not str(value).startswith(("IPY_MODEL_", "['IPY_MODEL_")):
            yield from ((f"{type(widget).__name__}.{key}", text) for text in strings(value))
    for child in getattr(widget, "children", ()):
        yield from texts_of(child)


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from strings(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from strings(one)


# The keys of a chart that are no words: styles, shapes, and names of tables.
UNSPOKEN = {"kind", "tables", "rows", "short", "watched", "scale", "time"}
STYLE = {"draw", "ink", "shape", "fill", "table", "watch", "dash"}


def chart_texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, one in value.items():
            if key not in UNSPOKEN | STYLE:
                yield from chart_texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from chart_texts(one)
    elif isinstance(value, str):
        yield value


def names_of(trainer: Trainer) -> set[str]:
    parts = {part for name in trainer.parameters for part in WORD.findall(name)}
    return parts | {*OPTIMIZERS, *(type(o).__name__ for o in [trainer.optimizer])} | classes()


def classes() -> set[str]:
    return {info.optimizer.__name__ for info in OPTIMIZERS.values()}


def check(found: Iterator[tuple[str, str]], names: Set[str]) -> None:
    wrong = [(where, text, words) for where, text in found if (words := english(text, names))]
    assert not wrong, "\n".join(map(str, wrong))


# --- panels --------------------------------------------------------------------------------------


def trained(trainer: Trainer) -> Trainer:
    trainer.run(epochs=2)
    trainer.optimizer.param_groups[1]["lr"] = 0.0
    trainer.step()
    trainer.optimizer.param_groups[1]["lr"] = 0.01
    trainer.run(epochs=1)
    return trainer


def opened(trainer: Trainer) -> TrainingPanel:
    """Return a panel with everything opened, in many states at once."""
    panel = TrainingPanel(trainer, watch=["conv1.weight", "fc1.bias"])
    panel.chooser._toggle_fold()
    panel.chooser.view.value = "path"
    panel.chooser.fold.search.value = "zzz"
    for row in panel.rows._rows:
        row._toggle_fold()
        row.freeze.value = True
    panel.options.schedule.value = "cosine"
    panel.options.span.handle({"text": "abc"})
    panel.controller.optimizers.choose(0, "Adam")
    panel.rows._rows[1].freeze.value = False
    panel.rows._rows[1].number.handle({"text": "-1"})
    panel.controller.player.pause("")
    panel.show()
    return panel


@pytest.mark.parametrize("prepare", [lambda t: t, trained], ids=["new", "trained"])
@pytest.mark.parametrize(
    "make",
    [TrainingPanel, opened, FreezePanel, AuditPanel, OptimizerPanel],
    ids=["training", "opened", "freeze", "audit", "optimizer"],
)
def test_panels_are_chinese(
    make: Callable[[Trainer], Any], prepare: Callable[[Trainer], Trainer]
) -> None:
    trainer = prepare(make_trainer())
    panel = make(trainer)
    try:
        names = names_of(trainer) | {type(panel).__name__, "cosine"}
        check(texts_of(panel), names | {"abc", "zzz"})
        check(iter([("repr", repr(panel)), ("alt", panel.alt_text())]), names)
    finally:
        panel.close()


def test_the_freeze_panel_is_chinese_where_boxes_are_mixed() -> None:
    trainer = trained(make_trainer())
    panel = FreezePanel(trainer)
    panel.freeze.set_attached("conv1.bias", False)
    panel.freeze.set_optimized("fc1.bias", False)
    panel.show()
    check(texts_of(panel), names_of(trainer))
    panel.finder.search.value = "conv"
    panel.show()
    check(texts_of(panel), names_of(trainer))


def test_a_panel_with_many_groups_is_chinese() -> None:
    parameters = [models.LeNet().fc1.bias for _ in range(40)]
    panel = GroupPanel(optimizer.Adam([{"params": [p]} for p in parameters], lr=0.1))
    check(texts_of(panel), classes())
    check(iter([("repr", repr(panel))]), {"GroupPanel"})


@pytest.mark.parametrize("name", LANDSCAPES)
def test_the_landscape_panel_is_chinese(name: str) -> None:
    panel = LandscapePanel(name)
    panel.controller.step()
    panel.controller.keep()
    for _ in range(40):
        panel.controller.set_lr(0, 1e3)
        panel.controller.step()
    panel.show()
    short = {word for info in OPTIMIZERS.values() for word in WORD.findall(info.short_name)}
    check(texts_of(panel), short)
    check(((key, t) for key in ("map",) for t in chart_texts(panel._scene()[key])), short)
    check(iter([("repr", repr(panel)), ("alt", panel.alt_text())]), short | {"LandscapePanel"})


# --- charts, figures, audits ---------------------------------------------------------------------


@pytest.mark.parametrize("view", VIEW_LABELS)
@pytest.mark.parametrize("prepare", [lambda t: t, trained], ids=["new", "trained"])
def test_charts_and_figures_are_chinese(view: Any, prepare: Callable[[Trainer], Trainer]) -> None:
    trainer = prepare(make_trainer())
    record, names = trainer.record, names_of(trainer)
    for watched in (["conv1.weight"], ["conv1.weight", "fc1.bias"]):
        scene = run_scene(Summary(record), watched, view=view)
        check(((key, text) for key, c in scene.items() for text in chart_texts(c)), names)
        check(drawn(figures.overview(record, watched, view=view)), names)


def drawn(figure: Any) -> Iterator[tuple[str, str]]:
    assert isinstance(figure, Picture)
    if figures_are_chinese():
        yield from (("text", text.get_text()) for text in figure.findobj(Text))  # type: ignore[attr-defined]
    yield "alt", figure.alt()


def figures_are_chinese() -> bool:
    from fineopt.figures.renderer.chinese import chinese_font

    return chinese_font() is not None


def test_single_figures_are_chinese() -> None:
    trainer = trained(make_trainer())
    record, names = trainer.record, names_of(trainer)
    for figure in (
        figures.loss(record),
        figures.learning_rates(record),
        figures.grad_sums(record, "last"),
        figures.update_ratios(record),
        figures.histograms(record),
        figures.path(record, "fc1.bias"),
        figures.landscape("beale", descend("beale")),
    ):
        check(drawn(figure), names)


def test_branches_are_chinese() -> None:
    trainer = make_trainer()
    timeline = Timeline(trainer)
    trainer.run(epochs=1)
    start = timeline.moments[0]
    timeline.branch("side", start)
    trainer.run(epochs=1)
    names = names_of(trainer)
    check(drawn(figures.compare(timeline, "fc1.bias")), names)
    check(drawn(figures.overview(timeline)), names)
    rows = timeline.table()
    names |= {word for row in rows for word in WORD.findall(row.cells[2])}  # a moment's repr
    check(iter([("text", str(rows)), ("html", rows._repr_html_())]), names)


def test_audits_are_chinese() -> None:
    trainer = trained(make_trainer())
    trainer.gm.detach(trainer.net.fc1.bias)
    batch = trainer.next_batch()
    for options in ({}, {"batch": batch, "clear": True}, {"batch": batch}):
        report = audit(trainer.net, trainer.optimizer, trainer.gm, **options)  # type: ignore[arg-type]
        check(iter([("text", repr(report)), ("html", report._repr_html_())]), names_of(trainer))
    trainer.step()
    trainer.step()
    assert report.verify()
    codes = {word for row in report.rows for word in WORD.findall(row.why)}
    check((("verify", line) for line in report.verify()), names_of(trainer) | codes)


def test_what_panels_offer_is_chinese() -> None:
    for name in SCHEDULES:
        assert not english(say(name)), name
    for info in OPTIMIZERS.values():
        assert not english(say(info.description), classes())
    for words in page_words().values():
        assert not english(re.sub(r"\{\w+\}", "", words)), words


@pytest.mark.parametrize("name", ["lr", "momentum", "weight_decay"])
@pytest.mark.parametrize("value", [-1, float("nan"), float("inf"), "x", None, True])
def test_a_refused_value_is_answered_in_chinese(name: str, value: Any) -> None:
    from fineopt.control import GroupController

    group = GroupController(make_trainer().optimizer, 1)
    with pytest.raises((TypeError, ValueError)) as refused:
        group.check(name, value)
    assert re.search("[\u4e00-\u9fff]", str(refused.value))
    assert "must" not in str(refused.value)


def test_an_unknown_sentence_is_not_lost() -> None:
    assert refusal("a", ValueError("should be {b}")) == "a should be {b}"


def test_a_pause_is_explained_in_chinese() -> None:
    trainer = make_trainer()
    panel = TrainingPanel(trainer)
    trainer.net.fc1.weight[...] = float("nan")
    panel.controller.step()
    panel.show()
    shown = panel.message.value + panel.status.value
    panel.close()
    assert "NaN" in shown
    assert not english(shown)


def test_every_chinese_text_is_chinese() -> None:
    """No word of the table's Chinese is English, but for names in code."""
    # answers of exercises in quotes, and code
    quoted = re.compile("'[^\u4e00-\u9fff，、]*'|\"[a-z ]+\"|`[^`]+`|pip install")
    assert language() == "zh"
    for text in (quoted.sub("", text) for text in table().values()):
        for phrase in re.findall(r"[a-z]{3,}(?: [a-z]{3,})+", text):
            assert set(phrase.split()) <= NAMES, text
