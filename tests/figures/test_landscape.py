"""Figures of a landscape, checked by the data of their artists; live and static ones agree."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib.colors import to_hex
from PIL import Image

from fineopt import figures
from fineopt.figures import LiveLandscape
from fineopt.figures.landscape.chart import LandscapeChart, contour_levels
from fineopt.figures.landscape.paths import PathArtists
from fineopt.landscape import LANDSCAPES, Run, descend
from fineopt.scenes.style import COLOURS, SIZE

RUNS = [
    descend("beale", None, ("SGD", "SGD"), (0.02, 0.02), 30),
    descend("beale", None, ("SGD", "Adam"), (0.01, 0.1), 200),
    descend("beale", None, ("SGD", "SGD"), (1, 1), 30),
]
BEALE = LANDSCAPES["beale"]


def chart(*runs: Run) -> LandscapeChart:
    made = LandscapeChart(BEALE)
    made.update(runs)
    return made


def words(made: LandscapeChart) -> list[str]:
    return [text.get_text() for text in made.legend.texts if text.get_visible()]


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), int)


def test_each_run_has_its_path_colour_mark_and_number() -> None:
    paths = chart(*RUNS).paths
    for i, (run, path) in enumerate(zip(RUNS, paths, strict=True)):
        np.testing.assert_array_equal(np.transpose(path.line.get_data()), run.path)
        assert to_hex(path.line.get_color()) == COLOURS[i]
        np.testing.assert_array_equal(np.ravel(path.start.get_data()), run.path[0])
        np.testing.assert_array_equal(np.ravel(path.end.get_data()), run.path[-1])
        assert path.number.get_text() == str(i + 1)
    assert len({path.line.get_marker() for path in paths}) == 3


def test_a_frame_updates_only_the_run_that_continued(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Run] = []
    show = PathArtists.show

    def listen(self: PathArtists, run: Run, row: int) -> None:
        shown.append(run)
        show(self, run, row)

    monkeypatch.setattr(PathArtists, "show", listen)
    run, other = descend("beale", steps=5), descend("beale", lrs=(0.01, 0.01), steps=5)
    made = chart(other, run)
    assert shown == [other, run]
    run.run(2)
    made.update([other, run])
    assert shown[2:] == [run]
    made.update([run])  # in another place, colour and row
    made.update([run, other])
    assert shown[3:] == [run, other]


def test_the_legend_gives_optimizers_and_outcome_of_each_run() -> None:
    entries = words(chart(*RUNS))
    assert f"x: SGD, lr 0.02\ny: SGD, lr 0.02\n30 steps, f = {RUNS[0].values[-1]:.4g}" in entries
    assert "x: SGD, lr 1\ny: SGD, lr 1\nleft after 2 steps" in entries


def test_text_is_readable_and_within_the_picture() -> None:
    figure = figures.landscape("beale", RUNS)
    figure.canvas.draw()
    texts = [t for axes in figure.axes for t in (*axes.texts, axes.title, axes.xaxis.label)]
    assert min(text.get_fontsize() for text in texts if text.get_text()) >= SIZE
    for text in texts:
        box = text.get_window_extent()
        assert 0 <= box.x0 <= box.x1 <= 880, text.get_text()
        assert 0 <= box.y0 <= box.y1 <= 500, text.get_text()


def test_runs_that_do_not_fit_in_the_legend_keep_their_paths() -> None:
    made = chart(*[Run("beale", lrs=(0.1, i / 10)) for i in range(10)])
    assert sum(path.shown for path in made.paths) == 10
    entries = " ".join(words(made))
    assert "lr 0.9" in entries
    assert "lr 0.1\n" not in entries.replace("x: SGD, lr 0.1\n", "")
    assert made.room < 10


def test_removed_runs_are_not_drawn() -> None:
    made = chart(*RUNS)
    made.update(RUNS[:1])
    assert [path.shown for path in made.paths] == [True, False, False]
    assert len(made.layers) == 1


@pytest.mark.parametrize("name", LANDSCAPES)
def test_a_point_of_the_picture_is_where_it_is_drawn(name: str) -> None:
    made = LandscapeChart(LANDSCAPES[name])
    width, height = made.figure.bbox.width, made.figure.bbox.height
    for at in (LANDSCAPES[name].start, *LANDSCAPES[name].minima):
        across, up = made.axes.transData.transform(at)
        np.testing.assert_allclose(made.point(across / width, 1 - up / height), at, atol=1e-12)
    for outside in ((0, 0.5), (0.9, 0.5), (0.4, 0), (0.4, 1)):
        assert made.point(*outside) is None


def test_live_and_static_pictures_agree() -> None:
    live = LiveLandscape(BEALE)
    run = Run("beale", optimizers=("SGD", "SGD"), lrs=(0.02, 0.02))
    live.update([RUNS[1], run])
    run.run(30)
    shown = pixels(live.update([RUNS[1], run]))
    figure = figures.landscape("beale", [RUNS[1], run])
    figure.canvas.draw()
    still = np.asarray(figure.canvas.buffer_rgba())[..., :3].astype(int)  # type: ignore[attr-defined]
    different = np.abs(shown - still).max(axis=2) > 16
    assert different.mean() < 0.002  # where a path crosses another's number


def test_older_runs_are_drawn_once() -> None:
    live = LiveLandscape(BEALE)
    live.update(RUNS)
    assert live.redraws == 1
    live.update(RUNS)
    assert live.redraws == 1
    live.update(RUNS[:2])
    assert live.redraws == 2


def test_levels_are_evenly_spaced_on_a_log_scale() -> None:
    assert contour_levels(2, 10) == [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10]


def test_the_picture_has_alt_text() -> None:
    bundle = figures.landscape("beale", RUNS[2])._repr_mimebundle_()  # type: ignore[operator]
    assert bundle["text/plain"].startswith("<Beale's function, f = (1.5 − x + xy)²")
    assert (
        "Run 1, x: SGD, lr 1; y: SGD, lr 1: left after 2 steps from (1, 1)" in bundle["text/plain"]
    )
    assert figures.landscape("saddle")._repr_mimebundle_()  # type: ignore[operator]


def test_invalid_arguments() -> None:
    with pytest.raises(KeyError, match="did you mean 'beale'"):
        figures.landscape("baele")
    with pytest.raises(
        ValueError, match="run 1 is on \"Beale's function\", but the figure shows 'Saddle"
    ):
        figures.landscape("saddle", [Run("saddle"), RUNS[0]])
