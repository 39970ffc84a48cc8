"""The chart of gradient sums, by the data of its artists."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb

from fineopt import figures
from fineopt.figures.charts.grad_sums import GradChart
from fineopt.recorder import Record
from fineopt.scenes.style import COLOURS
from tests.figures.samples import (
    GROUPS,
    SHAPES,
    charts,
    fresh,
    frozen_after_3,
    title_extent,
    train,
)


def grad_chart(record: Record, **options: object) -> GradChart:
    chart = charts(record, **options)[3]
    assert isinstance(chart, GradChart)
    return chart


def dots(chart: GradChart) -> dict[tuple[str, int], tuple[str, str]]:
    """(parameter, epoch) -> its dot's edge and face colours."""
    return {
        (chart.names[int(row)], int(epoch)): (to_hex(edge), to_hex(face))
        for (epoch, row), edge, face in zip(
            chart.dots.get_offsets(),
            chart.dots.get_edgecolor(),
            chart.dots.get_facecolor(),
            strict=True,
        )
    }


def test_filled_is_positive_and_hollow_negative() -> None:
    shown = dots(grad_chart(train(fresh(), 20)))
    assert set(shown) == {(name, epoch) for name in SHAPES for epoch in (1, 2)}
    for (name, _), (edge, face) in shown.items():
        assert edge == COLOURS[GROUPS[name]]
        assert face == (edge if name == "conv1.bias" else "#ffffff")


def test_area_is_size() -> None:
    chart = grad_chart(train(fresh(), 10))
    sizes = dict(zip(chart.names, chart.dots.get_sizes(), strict=True))
    # sums of -4, 2, -18 and -16; areas in proportion where the dot is not of the least size
    np.testing.assert_allclose(sizes["conv1.weight"] / sizes["fc1.weight"], 18 / 16)


def test_faint_in_the_epochs_at_lr_0() -> None:
    shown = dots(grad_chart(train(fresh(), 60, frozen_after_3)))
    for (name, epoch), (edge, _) in shown.items():
        faint = GROUPS[name] == 1 and epoch > 3
        assert (edge != COLOURS[GROUPS[name]]) == faint
        assert not faint or min(to_rgb(edge)) > min(to_rgb(COLOURS[1]))


@pytest.mark.parametrize("which", ["epoch", "last"])
def test_none_is_a_word_instead_of_a_dot(which: str) -> None:
    record = train(fresh(), 40, detached=lambda name, step: name == "fc1.weight" and step >= 20)
    chart = grad_chart(record, which=which)
    assert {epoch for name, epoch in dots(chart) if name == "fc1.weight"} == {1, 2}
    row = chart.names.index("fc1.weight")
    np.testing.assert_array_equal(np.transpose(chart.nones.get_data()), [[3, row], [4, row]])


def test_zero_is_a_dash_and_nan_a_cross() -> None:
    record = Record({"zero": 0, "broken": 0, "none": 0}, ["all"], steps_per_epoch=1)
    values = {name: np.zeros(2) for name in record.parameters}
    record.start(values)
    grads = {"zero": np.zeros(2), "broken": np.array([np.nan, 1]), "none": None}
    record.add_step(1.0, [0.1], values, grads)
    record.end_epoch()
    chart = grad_chart(record)
    assert [line.get_data()[1].tolist() for line in (chart.nothing, chart.broken, chart.nones)] == [
        [0], [1], [2],
    ]  # fmt: skip
    assert not dots(chart)


def test_the_title_names_the_kind_of_gradient_sum() -> None:
    record = train(fresh(), 10)
    titles = [figures.grad_sums(record, w).axes[0].get_title("left") for w in ("epoch", "last")]
    assert titles[0].startswith("Grad sum per epoch")
    assert titles[1].startswith("Last batch's grad sum")
    with pytest.raises(ValueError, match="'batch'"):
        figures.grad_sums(record, "batch")  # type: ignore[arg-type]


def test_columns_and_rows_are_bounded() -> None:
    record = Record({f"layer.{i}": 0 for i in range(100)}, ["all"], steps_per_epoch=1)
    values = {name: np.ones(1) for name in record.parameters}
    record.start(values)
    for _ in range(70):
        record.add_step(1.0, [0.1], values, values)
        record.end_epoch()
    chart = grad_chart(record, watch="layer.60")
    assert (len(chart.names), len(chart.epochs)) == (32, 14)
    assert "layer.60" in chart.names
    assert "32 of 100" in chart.axes.get_title("left")
    assert "every 5 epochs" in chart.axes.get_xlabel()


@pytest.mark.parametrize("which", ["epoch", "last"])
@pytest.mark.parametrize("count", [10, 100])
def test_the_titles_fit(which: str, count: int) -> None:
    names = [f"encoder.layers.{i}.self_attention.weight" for i in range(count)]
    record = Record(dict.fromkeys(names, 0), ["all"], steps_per_epoch=1)
    record.start({name: np.ones(100) for name in names})
    for chart in charts(record, which=which):
        title = chart.axes.get_title("left")
        box = title_extent(chart.axes.figure, title)  # type: ignore[arg-type]
        assert box.width <= chart.width() + 14
