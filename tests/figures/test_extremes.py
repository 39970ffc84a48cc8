"""Figures of arbitrary names, numbers and sizes: names are not parsed, and nothing fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from fineopt import figures
from fineopt.figures import describe
from fineopt.recorder import Record
from tests.figures.samples import title_extent

NAMES = [
    "$^$", "a$b$c", "$a_b^c$", "\\frac{", "%s{0}{}", "<script>alert(1)</script>", "&amp;'\"",
    "a\nb", "a\tb", "😀", "卷积层", "שלום", "x" * 300, "", "_hidden", "a\\$b", "\x00\x07", " ",
]  # fmt: skip
EXTREMES = [0.0, -0.0, np.nan, np.inf, -np.inf, 1e308, -1e308, 1.7e308, 5e-324, 1e-300, 1e16]


def record(
    names: dict[str, int | None],
    groups: list[str],
    steps: int = 6,
    shape: tuple[int, ...] = (3,),
    **values: Callable[[int], float],
) -> Record:
    """Record a run of arbitrary losses, learning rates, values and gradients."""
    made, each = Record(names, groups, steps_per_epoch=2), dict.fromkeys(values)
    loss, lr, value, grad = (
        values.get(key, usual)
        for key, usual in (
            ("loss", lambda s: 1.0), ("lr", lambda s: 0.1 if s < 3 else 0.0),
            ("value", lambda s: 0.1 * s), ("grad", lambda s: 0.5),
        )
    )  # fmt: skip
    assert each.keys() <= {"loss", "lr", "value", "grad"}
    made.start({name: np.zeros(shape) for name in names})
    for step in range(steps):
        now = {name: np.full(shape, value(step) * (1 + i)) if np.isfinite(value(step))
               and abs(value(step)) < 1e300 else np.full(shape, value(step))
               for i, name in enumerate(names)}  # fmt: skip
        grads = {name: np.full(shape, grad(step)) for name in names}
        made.add_step(loss(step), [lr(step)] * len(groups), now, grads)
        if step % 2:
            made.end_epoch(0.5, now, grads)
    return made


def every_figure(shown: Record, **size: Any) -> Iterator[Figure]:
    name = next(iter(shown.parameters))
    for view in ("lines", "path", "ratio", "histogram"):
        yield figures.overview(shown, name, view=view, **size)
    yield figures.loss(shown, **size)
    yield figures.learning_rates(shown, **size)
    yield figures.trajectory(shown, list(shown.parameters)[:4], **size)
    yield figures.path(shown, name, **size)
    yield figures.grad_sums(shown, **size)
    yield figures.update_ratios(shown, **size)
    yield figures.histograms(shown, name, **size)


def texts(figure: Figure) -> list[Text]:
    return [text for text in figure.findobj(Text) if text.get_text()]


def mentions(figure: Figure) -> str:
    return " ".join(text.get_text() for text in texts(figure) if text.get_visible())


@pytest.mark.parametrize("name", NAMES)
def test_names_are_never_formulas(name: str) -> None:
    shown = record({name: 0, name + "2": 1}, [name, name + "g"])
    for figure in every_figure(shown):
        figure._repr_mimebundle_()  # type: ignore[attr-defined]
        for text in texts(figure):
            assert not text.get_parse_math() and not text.get_usetex(), text
            assert text.get_text().count("\n") < 3
    assert "\n" not in describe(shown, name)


def test_a_name_is_shown_as_it_is() -> None:
    shown = record({"$a_b^c$": 0}, ["$^$"])
    assert "$^$" in mentions(figures.learning_rates(shown))
    assert "$^$ frozen" in mentions(figures.loss(shown))
    for figure in (figures.path(shown, "$a_b^c$"), figures.trajectory(shown, "$a_b^c$"),
                   figures.grad_sums(shown), figures.update_ratios(shown),
                   figures.histograms(shown)):  # fmt: skip
        assert "$a_b^c$" in mentions(figure)


def test_user_settings_do_not_enable_formulas() -> None:
    shown = record({"$^$": 0}, ["a_$"])
    with mpl.rc_context({"text.usetex": True, "text.parse_math": True}):
        for figure in every_figure(shown):
            assert not any(text.get_usetex() or text.get_parse_math() for text in texts(figure))


# Only of values there is more than one view.
VIEWS = {"loss": ["lines"], "lr": ["lines"], "grad": ["lines"],
         "value": ["lines", "path", "ratio", "histogram"]}  # fmt: skip


@pytest.mark.parametrize("value", EXTREMES)
@pytest.mark.parametrize("what", VIEWS)
def test_numbers_of_any_magnitude_can_be_drawn(what: str, value: float) -> None:
    for of_step in (
        lambda s: value,
        lambda s: value if s % 2 else 1.0,
        lambda s: value * (-1) ** s,
    ):
        shown = record({"a": 0, "b": 0}, ["g"], **{what: of_step})
        views = [figures.overview(shown, view=view) for view in VIEWS[what]]  # type: ignore[arg-type]
        for figure in views:
            figure.set_dpi(50)  # half the time of 100
            figure.canvas.draw()
            for axes in figure.axes:
                assert np.isfinite([*axes.get_xlim(), *axes.get_ylim()]).all()
    assert describe(shown)


@pytest.mark.parametrize(("lr", "text"), [(1.7e308, "1e+309"), (5e-324, "1e−324")])
def test_the_smallest_and_the_largest_lr_have_a_tick(lr: float, text: str) -> None:
    figure = figures.learning_rates(record({"a": 0}, ["g"], lr=lambda s: lr))
    assert text in [tick.get_text() for tick in figure.axes[0].get_yticklabels()]


@pytest.mark.parametrize(("peak", "text"), [(38.0, "38"), (1.7e308, "1.7e+308"), (250.0, "250")])
def test_a_loss_beyond_the_axis_is_written_as_a_number(peak: float, text: str) -> None:
    shown = record({"a": 0}, ["g"], steps=40, loss=lambda s: 1.0 if s < 20 else peak)
    assert f"up to {text}, beyond the axis" in mentions(figures.loss(shown))


@pytest.mark.parametrize("size", [(0.2, 0.2), (0.5, 3), (1, 1), (2, 1), (3, 2), (30, 20)])
def test_figures_of_any_size(size: tuple[float, float]) -> None:
    for figure in every_figure(record({"a": 0, "b": 0}, ["g"]), figsize=size):
        figure.canvas.draw()


@pytest.mark.parametrize("shape", [(), (0,), (1,), (0, 3)])
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_scalars_and_empty_parameters(shape: tuple[int, ...], steps: int) -> None:
    for figure in every_figure(record({"a": 0, "b": 0}, ["g"], steps, shape)):
        figure.canvas.draw()


def test_two_groups_of_one_name_are_two() -> None:
    figure = figures.learning_rates(record({"a": 0, "b": 1}, ["same", "same"]))
    assert mentions(figure).split().count("same") == 2


# ---- many ----


def many(groups: int) -> Record:
    names: dict[str, int | None] = {f"p{i}": i // 4 for i in range(4 * groups)}
    return record(names, [f"group {i}" for i in range(groups)], 2)


def test_names_of_many_groups_are_counted() -> None:
    shown = many(500)
    assert "group 19" in mentions(figures.learning_rates(shown, figsize=(20, 20)))
    assert "and 480 more" in mentions(figures.learning_rates(shown, figsize=(20, 20)))
    assert "and 480 more" in describe(shown)
    assert describe(shown).count("group ") < 30
    fresh_record = Record(dict(shown.parameters), shown.groups)
    hint = mentions(figures.learning_rates(fresh_record))
    assert "more" in hint and len(hint) < 200


def test_no_name_overlaps_the_title() -> None:
    figure = figures.learning_rates(many(50))
    figure.canvas.draw()
    title = title_extent(figure, "Learning rate per group")
    names = [text for text in texts(figure) if text.get_text().startswith("group ")]
    assert names
    assert not any(name.get_window_extent().overlaps(title) for name in names)


def test_the_number_of_texts_is_bounded() -> None:
    def artists(groups: int) -> int:
        return len(figures.overview(many(groups)).findobj(Text))

    assert artists(100) == artists(400)
