"""Landscapes and paths: gradients by finite differences, known steps, invalid arguments."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fineopt.autodiff import GradManager
from fineopt.landscape import LANDSCAPES, Landscape, Run, descend, find_landscape
from fineopt.optimizer import SGD, MultipleOptimizer
from fineopt.optimizer.registry import OPTIMIZERS
from fineopt.tensor import Tensor

ALL = sorted(LANDSCAPES)


def gradient(landscape: Landscape, x: float, y: float) -> tuple[float, float]:
    a, b = Tensor(x, "float64"), Tensor(y, "float64")
    with GradManager().attach([a, b]) as manager:
        manager.backward(landscape.function(a, b))
    assert a.grad is not None
    assert b.grad is not None
    return float(a.grad), float(b.grad)


# --- the functions -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_gradients_agree_with_differences(name: str) -> None:
    landscape, h = LANDSCAPES[name], 1e-6
    draw = np.random.RandomState(0)
    for x, y in draw.uniform(*np.transpose([landscape.x_range, landscape.y_range]), (20, 2)):
        across = landscape.value([x + h, x], [y, y + h]) - landscape.value([x - h, x], [y, y - h])
        np.testing.assert_allclose(
            gradient(landscape, x, y), across / (2 * h), rtol=1e-5, atol=1e-4
        )


@pytest.mark.parametrize("name", ALL)
def test_nothing_in_the_picture_is_below_the_minima(name: str) -> None:
    landscape = LANDSCAPES[name]
    least = landscape.value(*np.transpose(landscape.minima))
    x, y = np.meshgrid(np.linspace(*landscape.x_range, 201), np.linspace(*landscape.y_range, 201))
    assert landscape.value(x, y).min() >= least.max() - 1e-12
    assert np.ptp(least) == 0
    for at in landscape.minima:
        assert gradient(landscape, *at) == (0, 0)


@pytest.mark.parametrize("name", ALL)
def test_start_and_minima_lie_in_the_picture(name: str) -> None:
    landscape = LANDSCAPES[name]
    for x, y in (*landscape.minima, landscape.start):
        assert landscape.x_range[0] < x < landscape.x_range[1]
        assert landscape.y_range[0] < y < landscape.y_range[1]


@pytest.mark.parametrize(
    ("name", "at", "value"),
    [
        ("quadratic", (2, -1), 27),
        ("noisy", (2, -1), 7),
        ("rosenbrock", (-1.2, 1), 24.2),
        ("beale", (1, 1), 14.203125),
        ("saddle", (2, 2), 4),
    ],
)
def test_known_values(name: str, at: tuple[float, float], value: float) -> None:
    np.testing.assert_allclose(LANDSCAPES[name].value(*at), value)


@pytest.mark.parametrize("name", ALL)
def test_sgd_descends_from_the_start_with_the_landscape_s_lr(name: str) -> None:
    landscape = LANDSCAPES[name]
    run = descend(name, None, ("SGD", "SGD"), (landscape.lr, landscape.lr), steps=1000)
    assert run.left is None
    least = landscape.value(*landscape.minima[0])
    assert run.values[-1] - least < 0.2 * (run.values[0] - least)


def test_the_start_on_the_ridge_leads_to_the_saddle() -> None:
    """Nesterov's example 1.2.2: from (1, 0) gradient descent ends where nothing is least."""
    np.testing.assert_allclose(
        descend("saddle", (1, 0), ("SGD", "SGD"), (0.1, 0.1), 500).path[-1], 0, atol=1e-12
    )
    beside = descend("saddle", (1, 1e-6), ("SGD", "SGD"), (0.1, 0.1), 500)
    np.testing.assert_allclose(beside.path[-1], (0, 1), atol=1e-6)


# --- paths -------------------------------------------------------------------------------------


def test_each_coordinate_takes_steps_of_its_own_lr() -> None:
    run = descend("quadratic", (-4, 1), ("SGD", "SGD"), (0.5, 0.01), steps=2)
    np.testing.assert_allclose(run.path, [(-4, 1), (-2, 0.5), (-1, 0.25)])
    np.testing.assert_allclose(run.values, [33, 8.25, 2.0625])
    assert run.lrs.tolist() == [[0.5, 0.01]] * 2


def test_at_lr_0_a_coordinate_does_not_move() -> None:
    run = descend("rosenbrock", None, ("Adam", "Adam"), (0.05, 0), steps=50)
    assert (run.path[:, 1] == 1).all()
    assert len(np.unique(run.path[:, 0])) > 10


def test_coordinates_share_an_optimizer_of_the_same_class() -> None:
    one = Run("beale", optimizers=("SGD", "Momentum"))
    assert isinstance(one.optimizer, SGD)
    assert [group["momentum"] for group in one.optimizer.param_groups] == [0, 0.9]
    two = Run("beale", optimizers=("SGD", "Adam"))
    assert isinstance(two.optimizer, MultipleOptimizer)
    for run in (one, two):
        assert [group["name"] for group in run.optimizer.param_groups] == ["x", "y"]
        assert [group["lr"] for group in run.optimizer.param_groups] == [0.1, 0.01]


@pytest.mark.parametrize("rule", [info.short_name for info in OPTIMIZERS.values()])
def test_every_optimizer_descends(rule: str) -> None:
    for name in ("quadratic", "noisy"):
        run = descend(name, None, (rule, rule), (0.01, 0.01), steps=30)
        assert run.path.shape == (31, 2)
        assert run.values[-1] < run.values[0]


def test_settings_reach_the_coordinates_whose_optimizer_has_them() -> None:
    run = Run("beale", optimizers=("SGD", "Adam"), momentum=0.5)
    x, y = run.optimizer.param_groups
    assert x["momentum"] == 0.5
    assert "momentum" not in y


def test_a_changed_lr_takes_effect_at_the_next_step_and_is_shown() -> None:
    run = descend("quadratic", (-4, 1), ("SGD", "SGD"), (0.5, 0.01), steps=1)
    run.optimizer.param_groups[0]["lr"] = 0.25
    run.run(1)
    assert run.lrs[:, 0].tolist() == [0.5, 0.25]
    assert run.path[-1, 0] == -1.5
    assert run.label() == ("x: SGD, lr 0.5 → 0.25", "y: SGD, lr 0.01")


def test_numbers_do_not_depend_on_the_default_dtype() -> None:
    assert descend("beale", steps=3).path.dtype == np.float64


def test_noise_depends_on_the_seed_and_values_have_none() -> None:
    first, again, other = (descend("noisy", seed=seed, steps=20) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.path, again.path)
    assert not np.array_equal(first.path, other.path)
    np.testing.assert_array_equal(first.values, LANDSCAPES["noisy"].value(*first.path.T))
    shift = 0.5 * np.random.RandomState(3).standard_normal(2)
    assert first.path[1, 0] == -4.5 - 0.1 * (-4.5 - shift[0])


def test_a_diverging_path_ends_where_it_leaves() -> None:
    run = descend("quadratic", (-4, 1), ("SGD", "SGD"), (0.1, 0.2), steps=100)
    assert run.left == f"left after {run.steps} steps"
    assert run.steps < 10
    assert np.isfinite(run.path).all()
    assert run.landscape.is_far(run.path[-1])
    assert not run.landscape.is_far(run.path[-2])
    assert run.step() is False
    assert "left after" in repr(run)


def test_a_path_to_infinity_keeps_its_finite_points() -> None:
    run = descend("quadratic", (-4, 1), ("SGD", "SGD"), (1e308, 0.01))
    assert run.path.tolist() == [[-4, 1]]
    assert run.left == "left after 0 steps"


def test_a_custom_function() -> None:
    bowl = Landscape(
        "bowl", lambda x, y: x * x + y * y, (-1, 1), (-1, 1), ((0, 0),), (1, 1), 0.1, "", ""
    )
    assert find_landscape(bowl) is bowl
    assert descend(bowl, None, ("SGD", "SGD"), (0.5, 0.25), steps=1).path[-1].tolist() == [0, 0.5]


# --- invalid arguments ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (
            {"landscape": "rosenbrok"},
            KeyError,
            "no landscape is named 'rosenbrok'; did you mean 'rosenb",
        ),
        ({"start": (1, "2")}, TypeError, "start of y must be a number, not '2'"),
        ({"start": (float("nan"), 0)}, ValueError, "start of x must be finite"),
        ({"start": (1, 2, 3)}, ValueError, "start must be a pair, for x and y, not"),
        ({"start": (1e6, 0)}, ValueError, r"start \(1e\+06, 0\) is far outside this landscape"),
        (
            {"optimizers": ("SGD", "Adma")},
            KeyError,
            "optimizer of y must be a registered name, not 'Adma'; .* 'Adam'",
        ),
        ({"optimizers": "SGD"}, ValueError, "^optimizers must be a pair, for x and y, not 'SGD'"),
        ({"lrs": (-1, 0.1)}, ValueError, "lr of x must be at least 0, not -1"),
        ({"lrs": 0.1}, ValueError, "^lrs must be a pair, for x and y, not 0.1"),
        ({"seed": -1}, ValueError, "seed must be at least 0"),
        ({"steps": 2.5}, TypeError, "steps must be an integer"),
        (
            {"momentun": 0.9},
            KeyError,
            "SGD and Adam have no setting 'momentun'; did you mean 'momentum'",
        ),
        ({"momentum": 2}, ValueError, "'x'.*momentum must be at least 0 and below 1"),
    ],
)
def test_invalid_arguments_are_named(
    given: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        descend(**{"landscape": "beale", **given})
