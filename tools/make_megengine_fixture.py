"""Create tests/training/megengine_lenet.npz: results of MegEngine on LeNet.

Run it with Python 3.10 and ``pip install "MegEngine==1.13.0" "numpy<2"``, from the root:

    python tools/make_megengine_fixture.py

Initial values and images come from NumPy's RandomState, whose stream is frozen, through
``tests/support/lenet_runs.py``, which the test uses as well. The images contain noise so that no
maximum is tied: for ties, MegEngine's CPU kernel passes the gradient to each maximum, which is not
a subgradient.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from fineopt.files import write_file
from tests.support.lenet_runs import SECTIONS, STEPS, batches, digest, digit_epochs, start

OUT = Path(__file__).parent.parent / "tests" / "training" / "megengine_lenet.npz"


def main() -> None:
    megengine = import_module("megengine")  # not installed where this is checked
    F, M = import_module("megengine.functional"), import_module("megengine.module")

    class LeNet(M.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.conv1, self.conv2 = M.Conv2d(1, 6, 5), M.Conv2d(6, 16, 5)
            self.fc1, self.fc2 = M.Linear(400, 120), M.Linear(120, 84)
            self.classifer = M.Linear(84, 10)

        def forward(self, x: Any) -> Any:
            x = F.max_pool2d(F.relu(self.conv1(x)), 2, 2)
            x = F.flatten(F.max_pool2d(F.relu(self.conv2(x)), 2, 2), 1)
            return self.classifer(F.relu(self.fc2(F.relu(self.fc1(x)))))

    def fresh() -> Any:
        net = LeNet()
        for name, p in net.named_parameters():
            p[...] = megengine.tensor(start(name, p.shape))
        return net

    found: dict[str, Any] = {"version": megengine.__version__}
    for section, prepare in SECTIONS.items():
        found.update(run(section, prepare, fresh()))
    found["epoch_losses"] = epoch_losses(fresh())
    OUT.parent.mkdir(exist_ok=True)
    write_file(OUT, lambda file: np.savez_compressed(file, **found))
    print(OUT, OUT.stat().st_size, "bytes")


def epoch_losses(net: Any) -> Any:
    F, tensor = import_module("megengine.functional"), import_module("megengine").tensor
    optim = import_module("megengine.optimizer")
    optimizer, attached, _ = SECTIONS["two_rates"](dict(net.named_parameters()), optim)
    gm = import_module("megengine.autodiff").GradManager().attach(attached)
    means = []
    for epoch in digit_epochs():
        losses = []
        for images, labels in epoch:
            optimizer.clear_grad()
            with gm:
                loss = F.loss.cross_entropy(net(tensor(images)), tensor(labels))
                gm.backward(loss)
            optimizer.step()
            losses.append(float(loss.numpy()))
        means.append(np.mean(losses))
    return np.array(means)


def run(section: str, prepare: Callable[..., Any], net: Any) -> dict[str, Any]:
    F, tensor = import_module("megengine.functional"), import_module("megengine").tensor
    optim = import_module("megengine.optimizer")
    optimizer, attached, after = prepare(dict(net.named_parameters()), optim)
    gm = import_module("megengine.autodiff").GradManager().attach(attached)
    losses: list[float] = []
    found: dict[str, Any] = {}
    for step, (images, labels) in enumerate(batches()):
        optimizer.clear_grad()
        with gm:
            loss = F.loss.cross_entropy(net(tensor(images)), tensor(labels))
            gm.backward(loss)
        optimizer.step()
        after(step, optimizer)
        losses.append(float(loss.numpy()))
        if step + 1 == STEPS // 2:
            for name, p in net.named_parameters():
                found[f"{section}/{name}"] = digest(p.numpy())
    found[f"{section}/losses"] = np.array(losses)
    return found


if __name__ == "__main__":
    main()
