"""LeNet on the packaged digits, with the loader and groups of the document."""

from __future__ import annotations

import fineopt
from fineopt.data import DataLoader, RandomSampler, SequentialSampler
from fineopt.data.dataset import MNISTSample
from fineopt.data.transform import Compose, Normalize, Pad, ToMode
from fineopt.models import LeNet
from fineopt.optimizer import SGD
from fineopt.training import Trainer


def document_trainer(seed: int = 0) -> Trainer:
    """Return a trainer of LeNet with lr 0.05 for conv parameters and 0.01 for the others."""
    fineopt.random.seed(seed)
    transform = Compose([Normalize(mean=0.1307 * 255, std=0.3081 * 255), Pad(2), ToMode("CHW")])
    digits, test = MNISTSample(train=True), MNISTSample(train=False)
    sampler = RandomSampler(digits, batch_size=64, drop_last=True, seed=seed)
    net = LeNet()
    conv = [p for name, p in net.named_parameters() if "conv" in name]
    fc = [p for name, p in net.named_parameters() if "conv" not in name]
    optimizer = SGD(
        [{"params": conv, "name": "conv"}, {"params": fc, "lr": 0.01, "name": "fc"}], lr=0.05
    )
    return Trainer(
        net,
        optimizer,
        DataLoader(digits, sampler=sampler, transform=transform),
        test_data=DataLoader(test, SequentialSampler(test, batch_size=250), transform),
    )
