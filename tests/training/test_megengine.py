"""LeNet against numbers computed by MegEngine 1.13, for the document's four sections.

tools/make_megengine_fixture.py creates the fixture; the tests do not need MegEngine.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import fineopt.functional as F
import fineopt.optimizer as optim
from fineopt import tensor
from fineopt.autodiff import GradManager
from fineopt.models import LeNet
from tests.support.lenet_runs import SECTIONS, STEPS, batches, digest, digit_epochs, start

FIXTURE = np.load(Path(__file__).with_name("megengine_lenet.npz"))


@pytest.mark.parametrize("section", SECTIONS)
def test_losses_and_parameters_agree(section: str) -> None:
    net = LeNet()
    for name, p in net.named_parameters():
        p[...] = start(name, p.shape)
    optimizer, attached, after = SECTIONS[section](dict(net.named_parameters()), optim)
    gm = GradManager().attach(attached)
    losses = []
    for step, (images, labels) in enumerate(batches()):
        optimizer.clear_grad()
        with gm:
            loss = F.loss.cross_entropy(net(tensor(images)), tensor(labels))
            gm.backward(loss)
        optimizer.step()
        after(step, optimizer)
        losses.append(loss.item())
        if step + 1 == STEPS // 2:
            for name, p in net.named_parameters():
                expected = FIXTURE[f"{section}/{name}"]
                np.testing.assert_allclose(
                    digest(p.numpy()), expected, rtol=0, atol=1e-5, err_msg=name
                )
    np.testing.assert_allclose(losses, FIXTURE[f"{section}/losses"], rtol=1e-5)


def test_epoch_losses_stay_within_1_percent() -> None:
    net = LeNet()
    for name, p in net.named_parameters():
        p[...] = start(name, p.shape)
    optimizer, attached, _ = SECTIONS["two_rates"](dict(net.named_parameters()), optim)
    gm = GradManager().attach(attached)
    means = []
    for epoch in digit_epochs():
        losses = []
        for images, labels in epoch:
            optimizer.clear_grad()
            with gm:
                loss = F.loss.cross_entropy(net(tensor(images)), tensor(labels))
                gm.backward(loss)
            optimizer.step()
            losses.append(loss.item())
        means.append(np.mean(losses))
    np.testing.assert_allclose(means, FIXTURE["epoch_losses"], rtol=0.01)
    assert means[-1] < 0.5  # it has learned: noise would agree too


def test_the_fixture_has_its_stated_version_and_its_parameters_moved() -> None:
    assert FIXTURE["version"] == "1.13.0"
    # if parameters had not moved, their agreement would mean little
    for name, p in LeNet().named_parameters():
        moved = np.abs(FIXTURE[f"two_rates/{name}"] - digest(start(name, p.shape))).max()
        assert moved > 3e-4, name
