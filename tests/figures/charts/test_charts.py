"""Charts, checked by the data of their artists rather than by pixels."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

from fineopt import figures
from fineopt.figures import describe
from fineopt.figures.charts.chart import Chart
from fineopt.figures.charts.grad_sums import GradChart
from fineopt.figures.charts.learning_rates import RateChart
from fineopt.figures.charts.loss import LossChart
from fineopt.figures.charts.trajectory import TrajectoryChart
from fineopt.figures.lr_changes import LRChange, mark_text
from fineopt.figures.overview import Overview
from fineopt.figures.rendering.curves import Curves
from fineopt.figures.style import COLOURS, SIZE
from fineopt.recorder import Record
from tests.figures.samples import EPOCH, GROUPS, SHAPES, fresh, frozen_after_3, title_extent, train


def charts(record: Record, **options: object) -> tuple[Chart, ...]:
    return Overview(record, **options).charts  # type: ignore[arg-type]


def loss_chart(record: Record) -> LossChart:
    chart = charts(record)[0]
    assert isinstance(chart, LossChart)
    return chart


def rate_chart(record: Record) -> RateChart:
    chart = charts(record)[1]
    assert isinstance(chart, RateChart)
    return chart


def trajectory_chart(record: Record, watch: str) -> TrajectoryChart:
    chart = charts(record, watch=watch)[2]
    assert isinstance(chart, TrajectoryChart)
    return chart


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


def words(chart: Chart) -> list[str]:
    return [text.get_text().strip() for text in chart.axes.texts if text.get_visible()]


# ---- loss ----


def test_each_step_and_the_running_mean() -> None:
    record = train(fresh(), 25)
    chart = loss_chart(record)
    np.testing.assert_allclose(chart.steps.points[:, 0], np.arange(1, 26) / EPOCH)
    np.testing.assert_array_equal(chart.steps.points[:, 1], record.loss)
    np.testing.assert_allclose(chart.mean.points[-1, 1], record.loss[-16:].mean())


def test_a_long_run_has_no_more_points() -> None:
    chart = loss_chart(train(fresh(), 1500))
    assert 256 < len(chart.band.points) <= 512
    assert len(chart.mean.points) <= 512
    assert len(chart.steps.points) == 0


def test_changes_are_marked_in_the_groups_colour_with_words() -> None:
    chart = loss_chart(train(fresh(), 60, frozen_after_3))
    assert [segment[0][0] for segment in chart.marks.lines.get_segments()] == [3.0, 4.0]
    colours = [to_hex(colour) for colour in chart.marks.lines.get_color()]
    assert colours == [COLOURS[1], COLOURS[0]]
    assert [word for word in words(chart) if word] == ["conv lr 0.02", "fc frozen"]


def test_another_optimizer_is_marked_beside_changes_of_the_lr() -> None:
    record = train(fresh(), 20)
    chart = loss_chart(record)
    record.add_swap(1, "SGD", "Adam")
    chart.summary.update()
    chart.update()
    assert [segment[0][0] for segment in chart.marks.lines.get_segments()] == [2.0]
    assert [word for word in words(chart) if word] == ["fc optimizer: Adam"]
    train(record, 40, frozen_after_3)
    chart.summary.update()
    chart.update()
    assert [segment[0][0] for segment in chart.marks.lines.get_segments()] == [2.0, 3.0, 4.0]
    assert "fc to Adam after step 20" in describe(record)


def test_words_are_few_and_stand_in_rows_of_their_own() -> None:
    changes = np.cumsum(np.arange(20, 29))  # at even intervals they would be told as one
    record = train(fresh(), 300, lambda step: (0.1 / (1 + np.searchsorted(changes, step)), 0.01))
    chart = loss_chart(record)
    assert len(chart.marks.lines.get_segments()) == 9
    shown = [word for word in chart.marks.words if word.get_visible()]
    assert len(shown) == 5
    boxes = [word.get_window_extent() for word in shown]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


@pytest.mark.parametrize(("old", "new", "text"), [
    (0.1, 0.05, "fc lr 0.05"), (0.1, 0.0, "fc frozen"), (0.0, 0.1, "fc thawed, lr 0.1"),
])  # fmt: skip
def test_what_a_mark_says(old: float, new: float, text: str) -> None:
    assert mark_text("fc", LRChange(1, 5, 5, old, new)) == text


def test_a_diverged_loss_leaves_the_rest_readable() -> None:
    chart = loss_chart(train(fresh(), 40, loss=lambda step: 2.0 if step < 20 else 1e30))
    assert chart.limits == (0.0, 20.0)
    assert chart.note.get_text() == "up to 1e+30, beyond the axis"


def test_a_loss_that_is_not_finite_is_named_and_not_drawn() -> None:
    chart = loss_chart(train(fresh(), 40, loss=lambda step: 2.0 if step < 20 else np.nan))
    assert chart.note.get_text() == "loss NaN at step 21"
    assert np.isnan(chart.steps.points[20:, 1]).all()


# ---- learning rates ----


def test_zero_is_dotted_in_its_own_place_and_the_line_breaks() -> None:
    chart = rate_chart(train(fresh(), 60, frozen_after_3))
    x, y = chart.rates[1].points.T
    assert np.nanmax(x[~np.isnan(y)]) == 3.0
    np.testing.assert_allclose(y[~np.isnan(y)], np.log10(0.01))
    x, y = chart.zeros[1].points.T
    assert np.nanmin(x[~np.isnan(y)]) == 3.0
    assert (y[~np.isnan(y)] < chart.decades[0]).all()  # below the break
    assert np.isnan(chart.zeros[0].points[:, 1]).all()
    x, y = chart.rates[0].points.T
    np.testing.assert_allclose(sorted(set(y)), np.log10([0.02, 0.05]))
    assert x[y == y.min()].min() == 4.0


def test_a_line_has_but_its_corners_and_all_of_them() -> None:
    def rates(step: int) -> tuple[float, float]:  # one falls once, the other is never level
        return 0.05 if step < 700 else 0.02, 0.01 * (1 + step % 2)

    fallen, restless = rate_chart(train(fresh(), 1500, rates)).rates
    assert len(fallen.points) <= 8
    np.testing.assert_allclose(fallen.points[[0, -1]], [[0, np.log10(0.05)], [150, np.log10(0.02)]])
    assert len(restless.points) > 512
    np.testing.assert_allclose(sorted(set(restless.points[:, 1])), np.log10([0.01, 0.02]))


def test_a_groups_lines_have_its_colour_and_a_dash_of_their_own() -> None:
    chart = rate_chart(train(fresh(), 5))
    for lines in (chart.rates, chart.zeros):
        assert [to_hex(line.colour) for line in lines] == list(COLOURS[:2])
    assert chart.rates[0].dash != chart.rates[1].dash
    assert [name.get_text() for name in chart.names] == ["conv", "fc"]
    assert all(name.get_visible() for name in chart.names)


def test_names_of_lines_at_one_place_do_not_overlap() -> None:
    groups = ["embedding", "encoder-lower", "encoder-upper", "norms", "head"]
    record = Record({"w": 0}, groups, steps_per_epoch=4)
    record.start({"w": np.zeros(1)})
    record.add_step(1.0, [0.1, 0.1, 0.1, 0.0, 0.0], {"w": np.zeros(1)}, {"w": None})
    chart = rate_chart(record)
    boxes = [name.get_window_extent() for name in chart.names]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


# ---- trajectory ----


def test_a_line_for_each_element_in_epochs() -> None:
    record = train(fresh(), 30)
    chart = trajectory_chart(record, "conv1.bias")
    assert len(chart.lines) == 2
    np.testing.assert_allclose(chart.lines[1].points[:, 0], np.arange(31) / EPOCH)
    np.testing.assert_allclose(chart.lines[1].points[:, 1], record.trajectory("conv1.bias")[:, 1])
    assert to_hex(chart.lines[0].colour) == COLOURS[0]


def test_only_unchanged_parameters_are_called_unchanged() -> None:
    record = train(fresh(), 60, frozen_after_3)
    assert trajectory_chart(record, "fc1.weight").unchanged.get_visible()
    assert not trajectory_chart(record, "conv1.weight").unchanged.get_visible()
    train(record, 5, lambda step: (0.02, 0.01))
    assert not trajectory_chart(record, "fc1.weight").unchanged.get_visible()


def test_several_parameters_have_dashes_of_their_own_and_a_key_that_tells_them() -> None:
    record = train(fresh(), 60, frozen_after_3)
    names = ["conv1.weight", "fc1.weight", "conv1.bias"]
    chart = Overview(record, names).charts[2]
    assert isinstance(chart, TrajectoryChart)
    dashes = [line.dash for line in chart.lines]
    assert len(dashes) == 5 + 5 + 2  # at most 16 in all, and there are but 2 numbers in the bias
    for line, name in ((0, "conv1.weight"), (5, "fc1.weight"), (11, "conv1.bias")):
        element = record.trajectory(name)[:, -1 if line == 11 else 0]
        np.testing.assert_allclose(chart.lines[line].points[:, 1], element)
    assert [to_hex(chart.lines[line].colour) for line in (0, 5, 10)] == [
        COLOURS[0], COLOURS[1], COLOURS[0],
    ]  # fmt: skip
    assert len({str(dashes[line]) for line in (0, 5, 10)}) == 3
    assert len({str(dashes[line]) for line in range(5)}) == 1
    samples = next(artist for artist in chart.slow if artist is not chart.marks.lines
                   and isinstance(artist, LineCollection))  # fmt: skip
    for i, (name, line) in enumerate(zip(names, (0, 5, 10), strict=True)):
        (word,) = (text for text in chart.axes.texts if text.get_text() == name)
        sample = samples.get_segments()[i]
        assert sample[1][0] < word.get_position()[0]
        assert sample[1][1] == word.get_position()[1]
        # the same dash, in units of its line's width
        in_key = np.array(samples.get_linestyle()[i][1] or []) / 1.8
        np.testing.assert_allclose(np.array(dashes[line]) / 1.3, in_key)


@pytest.mark.parametrize("count", [2, 3, 4])
def test_the_key_hides_no_line_and_no_word(count: int) -> None:
    record = train(fresh(), 60, frozen_after_3)
    figure = figures.trajectory(record, list(SHAPES)[:count])
    figure.canvas.draw()
    (axes,) = figure.axes
    shown = [text for text in axes.texts if text.get_visible() and text.get_text()]
    boxes = [text.get_window_extent() for text in shown]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    lowest = min(b.y0 for text, b in zip(shown, boxes, strict=True) if text.get_text() in SHAPES)
    (curves,) = (artist for artist in axes.artists if isinstance(artist, Curves))
    highest = max(axes.transData.transform(line.points)[:, 1].max() for line in curves.curves)
    assert highest <= lowest
    title = title_extent(figure, axes.get_title("left"))
    assert title.x1 <= figure.bbox.width


def test_too_many_parameters_and_none_are_refused() -> None:
    record = Record({f"layer.{i}": 0 for i in range(5)}, ["all"])
    for names in ([], list(record.parameters)):
        for draw in (figures.overview, figures.trajectory):
            with pytest.raises(ValueError, match=f"expected 1 to 4 .* got {len(names)}"):
                draw(record, names)
    figures.trajectory(record, ["layer.1"] * 9)  # the same one is one


def test_an_unknown_parameter_is_named() -> None:
    for draw in (figures.overview, figures.trajectory):
        with pytest.raises(KeyError, match="nobody"):
            draw(fresh(), ["fc1.weight", "nobody"])
    for draw in (figures.overview, figures.trajectory):
        with pytest.raises(KeyError, match="nobody"):
            draw(fresh(), "nobody")
    with pytest.raises(KeyError, match="nobody"):
        figures.grad_sums(fresh(), watch="nobody")


# ---- gradient sums ----


def test_full_is_positive_and_hollow_negative() -> None:
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
def test_none_is_a_word_and_no_dot(which: str) -> None:
    record = train(fresh(), 40, detached=lambda name, step: name == "fc1.weight" and step >= 20)
    chart = grad_chart(record, which=which)
    assert {epoch for name, epoch in dots(chart) if name == "fc1.weight"} == {1, 2}
    row = chart.names.index("fc1.weight")
    np.testing.assert_array_equal(np.transpose(chart.nones.get_data()), [[3, row], [4, row]])


def test_zero_is_a_dash_and_nan_a_cross_and_neither_is_none() -> None:
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


def test_which_gradient_sum_is_said() -> None:
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


# ---- all of them ----


def records() -> dict[str, Record]:
    return {
        "not started": fresh(),
        "no epoch known": train(fresh(epoch=None), 3),
        "in the first epoch": train(fresh(), 3),
        "six epochs": train(fresh(), 60, frozen_after_3),
        "all frozen": train(fresh(), 12, lambda step: (0.0, 0.0)),
        "diverged": train(fresh(), 12, loss=lambda step: [np.inf, 1e300, np.nan][step % 3]),
        "no groups": Record({"a": None}, []),
    }


@pytest.mark.parametrize("record", records().values(), ids=records())
def test_x_axes_agree_words_are_readable_and_nothing_sticks_out(record: Record) -> None:
    figure = figures.overview(record)
    figure.canvas.draw()
    assert len({axes.get_xlim() for axes in figure.axes}) == 1
    for axes in figure.axes:
        texts = [*axes.texts, axes.xaxis.label, *axes.get_xticklabels(), *axes.get_yticklabels()]
        for text in texts:
            assert text.get_fontsize() >= SIZE
            if text.get_visible() and text.get_text() and text.axes is axes:
                box = text.get_window_extent()
                assert box.x0 >= -1 and box.x1 <= figure.bbox.width + 1, text


@pytest.mark.parametrize("record", records().values(), ids=records())
def test_single_figures(record: Record) -> None:
    name = next(iter(record.parameters))
    for figure in (
        figures.loss(record),
        figures.learning_rates(record),
        figures.trajectory(record, name, figsize=(6, 4)),
        figures.grad_sums(record),
    ):
        assert isinstance(figure, Figure)
        figure.canvas.draw()


def test_before_the_first_step_the_charts_say_what_will_be_there() -> None:
    for chart in charts(fresh()):
        assert chart.hint.get_text()
        assert chart.axes.get_title("left")
    for chart in charts(train(fresh(), EPOCH)):
        assert not chart.hint.get_text()
