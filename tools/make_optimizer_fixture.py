"""Create tests/optimizer/rules/megengine_rules.npz: 40 steps of MegEngine's optimizers.

Run it with MegEngine 1.13 (Python 3.10 at most, NumPy below 2), from the root:

    pip install megengine==1.13.0 'numpy<2'
    python tools/make_optimizer_fixture.py

Four parameters in two groups, each with its own lr and weight decay, get the same random gradients
at each step. The file holds the initial values ``start_<i>``, the gradients ``grads_<i>`` (one row
per step), the cases as JSON, and the values ``<case>_<step>_<i>``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import megengine  # type: ignore[import-not-found]
import megengine.optimizer  # type: ignore[import-not-found]
import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from fineopt.files import write_file

SHAPES = [(3, 4), (4,), (2, 3, 2, 2), (1, 2, 1, 1)]
GROUPS = [[0, 1], [2, 3]]
STEPS = 40
KEPT = [1, 2, 10, 40]

# name -> class, settings, and the settings of each of the two groups
CASES: dict[str, tuple[str, dict[str, Any], list[dict[str, Any]]]] = {
    "sgd": ("SGD", {"lr": 0.05}, [{}, {"lr": 0.01, "weight_decay": 0.1}]),
    "momentum": (
        "SGD",
        {"lr": 0.05, "momentum": 0.9},
        [{"weight_decay": 0.01}, {"lr": 0.01, "momentum": 0.5, "weight_decay": 0.1}],
    ),
    "nesterov": (
        "SGD",
        {"lr": 0.05, "momentum": 0.9, "nesterov": True},
        [{}, {"lr": 0.01, "momentum": 0.5, "weight_decay": 0.1}],
    ),
    "adam": ("Adam", {"lr": 0.01}, [{}, {"lr": 0.03, "weight_decay": 0.1, "betas": [0.8, 0.9]}]),
    "adam_eps": ("Adam", {"lr": 0.01, "eps": 0.1}, [{}, {"lr": 0.03, "weight_decay": 0.1}]),
    "adamw": ("AdamW", {"lr": 0.01}, [{}, {"lr": 0.03, "weight_decay": 0.2, "eps": 0.01}]),
    "adagrad": (
        "Adagrad",
        {"lr": 0.1},
        [{"lr_decay": 0.05}, {"lr": 0.03, "weight_decay": 0.1, "eps": 0.1}],
    ),
    "adadelta": (
        "Adadelta",
        {"lr": 1.0},
        [{}, {"lr": 0.5, "weight_decay": 0.1, "rho": 0.8, "eps": 0.01}],
    ),
}


def run(
    case: tuple[str, dict[str, Any], list[dict[str, Any]]],
    start: list[Any],
    grads: list[Any],
) -> dict[int, list[Any]]:
    """Return the parameters' values after each of the steps KEPT."""
    name, settings, groups = case
    params = [megengine.Parameter(value) for value in start]
    optimizer = getattr(megengine.optimizer, name)(
        [
            {"params": [params[i] for i in held], **own}
            for held, own in zip(GROUPS, groups)  # noqa: B905 - strict is not in Python 3.8
        ],
        **settings,
    )
    kept = {}
    for step in range(STEPS):
        for p, g in zip(params, grads):  # noqa: B905
            p.grad = megengine.tensor(g[step])
        optimizer.step()
        if step + 1 in KEPT:
            kept[step + 1] = [p.numpy() for p in params]
    return kept


def main() -> None:
    random = np.random.RandomState(7)
    start = [random.standard_normal(shape).astype(np.float32) for shape in SHAPES]
    grads = [random.standard_normal((STEPS, *shape)).astype(np.float32) for shape in SHAPES]
    arrays: dict[str, Any] = {f"start_{i}": value for i, value in enumerate(start)}
    arrays |= {f"grads_{i}": value for i, value in enumerate(grads)}
    for name, case in CASES.items():
        for step, values in run(case, start, grads).items():
            arrays |= {f"{name}_{step}_{i}": value for i, value in enumerate(values)}
    about = {"megengine": megengine.__version__, "groups": GROUPS, "kept": KEPT, "cases": CASES}
    arrays["about"] = np.array(json.dumps(about))
    path = Path(__file__).parent.parent / "tests" / "optimizer" / "rules" / "megengine_rules.npz"
    write_file(path, lambda file: np.savez_compressed(file, **arrays))
    print(f"{path.name}: {path.stat().st_size} bytes, {len(CASES)} cases")


if __name__ == "__main__":
    main()
